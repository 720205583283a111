"""What Python code and compiled code share: an instruction, and the table of a call."""
