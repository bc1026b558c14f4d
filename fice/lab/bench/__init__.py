"""What an inversion costs, and how far that is from what the machine can do."""
