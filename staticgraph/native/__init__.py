"""Native code: how a program is turned into straight-line code, kept, and run.

The way of a program, with the file of each step::

    program -elements-> operations (SSA) -schedule-> functions -emission-> LLVM text -engine-> code at addresses -running-> results

- `elements` undoes the reuse of rows, while the `kinds` write their instructions out. What they make are `operations`, which say which rule
  they apply; `templates` looks up the text of a rule.
- `schedule` orders the operations, cuts them into functions, and gives spill slots to values that a later function reads.
- `emission` writes each function in the words of `text`. A function is given a `frame`, the table of all addresses.
- `engine` compiles, keeps the code on disk and loads it, for one program and either kind of upstream gradients; `size` and
  `compiler.memory` say which programs are left to the interpreter.
- `running` prepares a call; `driver` runs the functions over its rows, and moves what they cannot read or write in place.
"""

from ..compiler import worker as worker
