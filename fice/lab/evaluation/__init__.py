"""`fice eval`: methods measured on photos and texts, by judges that guide none of them."""
