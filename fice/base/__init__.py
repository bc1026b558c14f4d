"""Values, errors and files that every room uses; it imports nothing of `fice`."""
