"""Chapter 2, clients and servers: its words, its checks, its right answers and its wrong ones."""
