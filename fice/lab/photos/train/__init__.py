"""Training of the segmenter for photos."""
