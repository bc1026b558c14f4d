"""`fice batch` measured: the same drawn figures and texts by each way of doing them."""
