"""From graph to program: who lives in which row, and where the gradient flows."""
