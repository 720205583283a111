"""How existing NumPy code becomes nodes: arrays that hold nodes, and rewritten code that runs on them."""
