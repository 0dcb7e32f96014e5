"""Chapter 5, web clients: its words, its checks, its right answers and its wrong ones."""
