"""What each exercise of the chapter must show. Each function reads as a specification."""

from . import breaking, finding, greeting, hopping, listening, reporting, rounding

__all__ = ["breaking", "finding", "greeting", "hopping", "listening", "reporting", "rounding"]
