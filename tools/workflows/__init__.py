"""Builds the workflow files, their thumbnails, and the pictures of the documentation.

The graphs are written in `scenes` in API format; the real frontend turns them into the files that
it would save itself. Needs a ComfyUI checkout and Chromium (see CONTRIBUTING):

    python -m tools.workflows [--only files|blueprint|pictures|views|help] [--match TEXT]
"""
