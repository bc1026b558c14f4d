"""Networks that turn an image into W+ of a generator."""
