"""A C source file and its header: the functions of entries, for a row and for a batch."""

from collections.abc import Sequence

from ..native.batch import DONE, NEGATIVE_ROWS, NO_ADDRESS, Array, Entry, check
from ..native.frame import GRADIENTS, INPUTS, PARAMETERS, SUMS, TOTALS, VALUES
from ..native.whole import ALL, BODY, CLOSE, OPEN, Whole
from .c_names import c_names
from .c_rules import Types
from .c_stages import Rules, Stage, stage
from .c_sums import FUNCTIONS, MOST_ROWS, loops

FLAGS = "-std=c99 -O2 -ffp-contract=off -fno-math-errno -lm"
"""What a compiler needs to keep the bits: no fusing of products and sums that the source has apart. Without `-fno-math-errno` a square
root of a negative number calls a library."""
HEAD = """/* {name}: {what}
 *
 * Written by staticgraph; C99, no library but math.h's exactly rounded functions. With these flags it makes the bits of Python's calls:
 * flags: {flags}
 * On 32-bit x86 also -msse2 -mfpmath=sse. Where the processor has fma, a flag such as -mfma or -march=native makes it as fast as can be.
 */
"""


class Source:
    """A source file that is being written.

    Parameters
    ----------
    name : str
        Of the file.
    entries : dict of str to Entry
        By their calls.
    """

    def __init__(self, name: str, entries: dict[str, Entry]) -> None:
        self.name, self.entries = name, entries
        self.types = Types(next(iter(entries.values())).program.dtype)
        self.rules = Rules(self.types)
        self.stages: list[Stage] = []
        self.functions: list[str] = []
        for call, entry in entries.items():
            check(entry)
            self._write(f"{name}_{call}", entry)

    def _write(self, symbol: str, entry: Entry) -> None:
        names = c_names(entry.arrays)
        places = {array.place: name for array, name in zip(entry.arrays, names, strict=True) if array.place is not None}
        program = entry.program
        places |= {place: f"unused_{place[0]}_{place[1]}_" for place in _all_places(entry) if place not in places}
        places[TOTALS, 0] = "totals_"
        stages = {"one": ALL, "open": OPEN, "body": BODY, **({"close": CLOSE} if entry.summing else {})}
        made = [stage(program, each, f"{symbol}_{what}_", self.rules, places) for what, each in stages.items()]
        self.stages += made
        self.functions += [_row(symbol, entry, names, places, made[0], self.types), _batch(symbol, entry, names, places, made, self.types)]

    def source(self, what: str) -> str:
        """Return the source file."""
        head = HEAD.format(name=self.name, what=what, flags=FLAGS)
        includes = f'#include "{self.name}.h"\n\n#include <math.h>\n#include <stddef.h>\n'
        sums = FUNCTIONS.replace("NUMBER", self.types.number) if any(entry.summing for entry in self.entries.values()) else ""
        body = "\n".join([*self.rules.texts, *filter(None, [sums]), *(each.text for each in self.stages), *self.functions])
        return "\n".join([*filter(None, [head + includes, self.types.helpers(body), *self.rules.tables.values()]), body])

    def header(self, what: str) -> str:
        """Return the header."""
        guard = f"STATICGRAPH_{self.name.upper()}_H"
        head = HEAD.format(name=self.name, what=what, flags=FLAGS)
        lines = [head + f"#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>\n", '#ifdef __cplusplus\nextern "C" {\n#endif\n']
        for call, entry in self.entries.items():
            names = c_names(entry.arrays)
            for one in (False, True):
                lines.append(_documentation(call, entry, names, one) + _head(f"{self.name}_{call}", entry, names, self.types, one) + ";\n")
        return "\n".join([*lines, "#ifdef __cplusplus\n}\n#endif\n", f"#endif /* {guard} */", ""])


def _all_places(entry: Entry) -> list[tuple[int, int]]:
    """Return all that the program's functions may read and write."""
    program = entry.program
    counts = {
        INPUTS: len(program.inputs), GRADIENTS: len(program.inputs), VALUES: len(program.outputs),
        PARAMETERS: len(program.parameters), SUMS: len(program.parameters),
    }  # fmt: skip
    return [(array, number) for array, count in counts.items() for number in range(count)]


def _documentation(call: str, entry: Entry, names: Sequence[str], one: bool) -> str:
    """Return what a header says of a function."""
    lines = [f"/* {call.replace('_', ' ')}, {'of one row' if one else 'of rows that lie one after another'}."]
    for what, arrays in (("in ", entry.arguments), ("out", entry.results)):
        for array in arrays:
            name = names[entry.arrays.index(array)]
            shape = array.shape if one or not array.varying else ("rows", *array.shape)
            lines.append(f" * {what} {name} {str(shape).replace(chr(39), '')}{'' if array.varying else ': one for all rows'}")
    refused = f"{NO_ADDRESS} if an address is null"
    refused = refused if one else f"{NEGATIVE_ROWS} if rows is negative or more than memory holds, {refused}"
    return "\n".join([*lines, f" * Returns 0; or writes nothing and returns {refused}. Results must not overlap arguments. */\n"])


def _head(symbol: str, entry: Entry, names: Sequence[str], types: Types, one: bool) -> str:
    given = [f"const {types.number} *{name}" for name in names[: len(entry.arguments)]]
    given += [f"{_type(array, types)} *{name}" for array, name in zip(entry.results, names[len(entry.arguments) :], strict=True)]
    return f"int {symbol}{'_row' if one else ''}({', '.join([*given, *([] if one else ['int64_t rows'])])})"


def _type(array: Array, types: Types) -> str:
    return "uint8_t" if array.boolean else types.number


def _refusal(names: Sequence[str]) -> list[str]:
    return [f"if ({' || '.join(f'!{name}' for name in names)}) return {NO_ADDRESS};"] if names else []


def _unused(entry: Entry, places: dict[tuple[int, int], str], stages: Sequence[Stage], types: Types) -> list[str]:
    """Return memory for what functions write that nobody asked for, and read that nobody gave."""
    program = entry.program
    inputs, parameters = ([leaf.size for leaf in leaves] for leaves in (program.inputs, program.parameters))
    sizes = [inputs, [], [each.size for each in program.outputs], inputs, parameters, parameters]
    asked = {array.place for array in entry.arrays}
    wanted = dict.fromkeys(place for each in stages for place in each.arrays if place not in asked and place[0] != TOTALS)
    lines = []
    for array, number in wanted:
        boolean = array == VALUES and program.outputs[number].boolean
        given = " = {0}" if array == PARAMETERS else ""
        lines.append(f"{'uint8_t' if boolean else types.number} {places[array, number]}[{sizes[array][number]}]{given};")
    return lines


def _zeros(entry: Entry, names: Sequence[str], one: bool) -> list[str]:
    """Return what fills the results that are 0 whatever the data."""
    lines = []
    for array, name in zip(entry.results, names[len(entry.arguments) :], strict=True):
        if array.place is None:
            count = f"{array.size} * rows" if array.varying and not one else str(array.size)
            lines.append(f"for (int64_t k_ = 0; k_ < {count}; k_++) {name}[k_] = 0;")
    return lines


def _call(made: Stage, entry: Entry, places: dict[tuple[int, int], str], row: str | None, others: dict[str, str]) -> str:
    """Return the call of a stage for a row, None for the only one."""
    varying = {array.place: array for array in entry.arrays if array.varying}
    given = []
    for place in made.arrays:
        array = varying.get(place)
        given.append(f"{places[place]} + {array.size} * {row}" if array is not None and row is not None else places[place])
    return f"{made.name}({', '.join([*given, *(others[other] for other in made.others)])});"


def _row(symbol: str, entry: Entry, names: Sequence[str], places: dict[tuple[int, int], str], made: Stage, types: Types) -> str:
    lines = [*_refusal(names), *_unused(entry, places, [made], types), _call(made, entry, places, None, {}), *_zeros(entry, names, True)]
    return _body(_head(symbol, entry, names, types, True), lines)


def _batch(
    symbol: str, entry: Entry, names: Sequence[str], places: dict[tuple[int, int], str], made: Sequence[Stage], types: Types
) -> str:  # fmt: skip
    _, opening, body, *closing = made
    held = max(1, len(Whole(entry.program, False, OPEN).held))
    others = {"uniform": "uniform_", "summed": "summed_"}
    lines = [f"if (rows < 0 || rows >= {MOST_ROWS}) return {NEGATIVE_ROWS};", *_refusal(names), f"{types.number} uniform_[{held}];"]
    lines += [*_unused(entry, places, made[1:], types), _call(opening, entry, places, None, others)]
    row = _call(body, entry, places, "row_", others)
    if entry.summing:
        lines += loops(entry.program.slots, entry.program.width, types.number, row)
        lines.append(_call(closing[0], entry, places, None, others))
    else:
        lines.append(f"{types.number} summed_[{max(1, entry.program.slots * entry.program.width)}];")
        lines.append("(void)summed_;")
        lines.append(f"for (int64_t row_ = 0; row_ < rows; row_++) {row}")
    lines += ["(void)uniform_;", *_zeros(entry, names, False)]
    return _body(_head(symbol, entry, names, types, False), lines)


def _body(head: str, lines: Sequence[str]) -> str:
    return "\n".join([head + " {", *(f"    {line}" for line in lines), f"    return {DONE};", "}", ""])
