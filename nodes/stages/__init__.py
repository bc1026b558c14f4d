"""Nodes for the stages of FICE, in the order in which a photo passes them."""
