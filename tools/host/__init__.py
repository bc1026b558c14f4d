"""A real ComfyUI and its frontend, for tests and tools."""
