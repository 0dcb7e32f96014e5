"""Chapter 4, web servers: its words, its checks, its right answers and its wrong ones."""
