"""Frozen networks that look at an image: CLIP, DensePose charts, garment regions."""
