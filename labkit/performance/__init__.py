"""The project's figures, each a ratio against a baseline measured in the same run.

Printed by `python3 -m labkit figures`; nothing in the tests depends on them. Importing
this loads nothing: what is measured starts from nothing, and runs in a module beside it.
"""
