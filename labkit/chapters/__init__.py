"""One room a notebook, found by name; rooms do not see each other."""
