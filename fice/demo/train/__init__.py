"""Training of the demo world's networks; `python -m fice.demo.train --help`."""
