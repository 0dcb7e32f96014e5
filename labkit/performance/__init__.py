"""The project's figures, each a ratio against a baseline measured in the same run.

Printed by `python3 -m labkit figures`; nothing in the tests depends on them.
"""

from ._figures import Figure, main, measure

__all__ = ["Figure", "main", "measure"]
