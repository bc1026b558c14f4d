"""The demo networks: how they are trained, checked and judged."""
