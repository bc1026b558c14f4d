"""The drawn world: figures, their attributes and their captions."""
