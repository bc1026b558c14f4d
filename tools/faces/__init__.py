"""The faces of the pack: icon and banner for the registry, the gallery, the moving picture.

    python -m tools.faces [icon|banner|gallery|film]

The film needs a ComfyUI checkout and Chromium (see CONTRIBUTING); all else only the library.
"""
