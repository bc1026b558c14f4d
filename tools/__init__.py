"""Programs that are run by hand, and what they share with the tests; not installed."""
