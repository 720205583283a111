"""The instruction array: what it is, how it reads, and the proof that it may run."""
