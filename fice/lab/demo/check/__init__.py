"""`fice demo-check`: the figures of the model card, measured on seeds never trained on."""

from .run import CheckSizes, run_check

__all__ = ["CheckSizes", "run_check"]
