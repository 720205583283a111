"""How a rule becomes typed vector code. Here and in `native` alone LLVM is known, and here alone Numba's decorators.

The way of a rule, with the file of each step::

    rule -value-> vector operations -kinds, contraction-> loops -kernels-> LLVM module -objects-> object code -library-> address

- `value` has what a rule is traced on: lanes, whose operators emit instructions. `along` is the same for the elements of an axis.
- The loops around the rules are those of the `kinds`, one room up; `contraction` has those of matrix products with `sums_of_products`.
  `rules` says what an operation of native code applies, `decode` has the code by which a loop reads its instruction, `tree` pairwise
  joining. `moving` and `adding` are loops without a rule.
- `kernels` makes one module of a gate, a direction and a case; `library` compiles it when a program first needs it, or loads it from disk.
- Functions that Numba compiles, which surround the kernels: `jit` has the decorators, `kept` keeps what is compiled, `memory`, `clock` and
  `environment` are their operations. `ieee` sets the floating-point environment for Python code.
"""
