"""From what was found or painted to a mask of the photo, and the new garment through it."""
