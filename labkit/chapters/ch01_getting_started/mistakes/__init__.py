"""Wrong answers, each with the finding that names its wrong idea."""

from . import breaking, finding, greeting, hopping, listening, reporting

__all__ = ["breaking", "finding", "greeting", "hopping", "listening", "reporting"]
