"""How a batch is cut into tiles, spread over threads, and summed, and which engine runs it."""
