"""Measuring: evaluation, benchmarks, and the training and checks of the demo networks."""
