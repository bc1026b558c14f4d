"""The same numbers with less work: folded norms, Winograd, one query in attention pooling."""
