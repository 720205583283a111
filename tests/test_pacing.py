"""Where lines of memory are asked for."""

from staticgraph.native.pacing import Line, paced


def ask(line: Line, writes: bool) -> list[str]:
    """Name what is asked for."""
    return [f"{line[0]}+{line[1]}{'!' if writes else ''}"]


def test_lines_are_asked_for_evenly_and_array_by_array_in_turns() -> None:
    """Of two arrays, one of which has twice as many lines."""
    asked = {("%a", 64): False, ("%a", 0): False, ("%b", 0): True, ("%a", 128): False, ("%a", 192): False, ("%b", 64): True}
    made = paced(["one", "two", "three", "four"], [1, 2, 3], asked, ask)
    assert made == ["one", "%a+0", "%b+0!", "two", "%a+64", "%a+128", "three", "%b+64!", "%a+192", "four"]


def test_each_line_is_asked_for_once_whatever_the_pauses() -> None:
    """More lines than pauses, and more pauses than lines."""
    asked = {("%a", 64 * number): False for number in range(5)}
    for count in (1, 2, 7, 30):
        made = paced(["step"] * count, range(1, count + 1), asked, ask)
        assert [each for each in made if each != "step"] == [f"%a+{64 * number}" for number in range(5)]
        assert made.count("step") == count


def test_without_a_line_the_code_stays() -> None:
    """And without a pause."""
    assert paced(["one", "two"], [1, 2], {}, ask) == ["one", "two"]
    assert paced(["one"], [], {}, ask) == ["one"]
