"""Nodes that add wishes to an inversion."""
