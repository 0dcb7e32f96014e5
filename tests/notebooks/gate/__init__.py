"""The gate: what a notebook has to be, in sentences about what is wrong with it.

Nothing here asserts; every function returns its findings, so that the gate itself is tested.
"""
