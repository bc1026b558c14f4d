"""Programs that try and measure how weight files are read."""
