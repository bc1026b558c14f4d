"""Nodes that judge an edit."""
