"""How a rule becomes typed vector code: the only place that knows LLVM."""
