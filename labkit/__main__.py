"""Run the workbook's commands: python3 -m labkit lab.

Needs the standard library alone: the environment may not exist yet.
"""

from __future__ import annotations

import sys

from labkit import _bootstrap

if __name__ == "__main__":
    sys.exit(_bootstrap.main(sys.argv[1:]))
