"""Nodes that frame a person."""
