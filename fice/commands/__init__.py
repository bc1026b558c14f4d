"""The `fice` command: reads arguments, calls the library, says what came of it."""
