"""All contact with ComfyUI."""
