"""What a user writes, and the graph that it makes."""
