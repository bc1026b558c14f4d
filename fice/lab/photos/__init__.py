"""Training and measuring of the segmenter for photos of people."""
