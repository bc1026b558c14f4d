"""The demo world: procedural figures, the small networks trained on them, and their weights."""
