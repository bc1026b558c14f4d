"""Nodes that work on latent codes and edits."""
