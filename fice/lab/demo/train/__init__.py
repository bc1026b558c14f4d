"""Training of the demo world's networks; `python -m fice.lab.demo.train --help`."""
