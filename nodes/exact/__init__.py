"""Nodes that put the result of any editor back onto its photo, exactly."""
