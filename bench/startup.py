"""Print the seconds from the import of the package to the first gradient. Run as a script, in a new process."""

import importlib
import time

start = time.perf_counter()
sg = importlib.import_module("staticgraph")

x, y, z = sg.inputs("x y z")
sg.compile((x + y) * z).value_and_grad(-2.0, 5.0, -4.0)

print(time.perf_counter() - start)
