"""Networks in plain torch, frozen when they are used, and what makes them quick."""
