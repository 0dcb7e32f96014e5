"""Chapter 3, Deferreds: its words, its checks, its right answers and its wrong ones."""
