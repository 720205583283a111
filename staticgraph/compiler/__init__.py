"""The worker's thread, which alone enters the compilers, and what it keeps on disk."""
