"""Chapter 1, getting started: its words, its checks, its right answers and its wrong ones."""
