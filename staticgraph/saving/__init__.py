"""A function in a file: how it is written, how it is read, and which graphs are refused. `docs/format.md` has the format."""
