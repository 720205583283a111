"""Files of functions with complex or nested results, and of those whose rows may raise."""

import numpy as np
import pytest

import staticgraph as sg
from tools import fuzz

FUNCTIONS = {f.__name__: f for f in fuzz.formed()}


def flat(found):
    if isinstance(found, dict):
        return [(key, *flat(each)) for key, each in found.items()]
    if isinstance(found, (tuple, list)):
        return [(type(found).__name__, getattr(found, "_fields", ())), *(flat(each) for each in found)]
    return [(found.dtype, found.tobytes())]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_and_rows_that_raise_are_kept(name, tmp_path):
    f = FUNCTIONS[name]
    f.save(tmp_path / "f.sg")
    found = sg.load(tmp_path / "f.sg")
    given = np.random.default_rng(0).normal(size=(9, f.inputs[0].size)) * 2.0, 0.5
    assert flat(found(*given)) == flat(f(*given))
    assert str(found.raises(*given)) == str(f.raises(*given))
    assert [type(each.exception) for each in found.raises(*given)] == [type(each.exception) for each in f.raises(*given)]
    found.save(tmp_path / "again.sg")
    assert (tmp_path / "again.sg").read_bytes() == (tmp_path / "f.sg").read_bytes()
    assert (tmp_path / "f.sg").read_bytes()[8] == 2


FORMAT_2 = bytes.fromhex("""
    895347460d0a1a0a0200000000000000a50200000000000000000100050000000100000066000000000700000067726561746572080000006d756c7469706c79
    05000000776865726503000000636f730300000073696e0f00000001000000030000000000000000000000000000000100000000000000780300000000000000
    000000000800000000000000000000000000f03f0401000000000000020000000000000000000000000000000100000003000000000000000000000008000000
    00000000000000000000f87f03000000000000000000000008000000000000000000000000000040040000000100000002000000000000000000000000000000
    0400000004000000020000000300000000000000000000000200000003000000050000000300000000000000000000000800000000000000000000000000f87f
    0300000000000000000000000800000000000000000000000000f03f040000000100000002000000000000000000000008000000000000000400000003000000
    01000000000000000000000009000000040000000200000003000000000000000000000002000000070000000a00000003000000000000000000000008000000
    00000000000000000000f87f0400000004000000010000000000000000000000090000000400000002000000030000000000000000000000020000000c000000
    0d00000000000000060000000b0000000e0000000101000000040200000000010000006101070000000000000000000000000100000000030000000100000001
    0000000000000000000000000000000100000000000000780300000000000000000000000800000000000000000000000000f03f040100000000000002000000
    0000000000000000000000000100000000000000020000000a00000056616c75654572726f72050000006c617267650a0000006d6f64656c2e70793a347f02b7
    e03f89c5e6d4038e8c3bd36c693f3b404d1bac3d343a12cbc2cec14974
""")
"""`{"a": x * 2.0, 7: np.exp(1j * x)}`, after `if x > 1.0: raise ValueError("large")`."""


def test_format_2_stays(tmp_path):
    (tmp_path / "f.sg").write_bytes(FORMAT_2)
    f, x = sg.load(tmp_path / "f.sg"), np.array([0.5, 2.0])
    found = f(x)
    assert list(found) == ["a", 7]
    assert found["a"][0] == 1.0 and np.isnan(found["a"][1])
    assert np.allclose(found[7][0], np.exp(0.5j), rtol=1e-15)
    (entry,) = f.raises(x)
    assert (repr(entry.exception), entry.rows.tolist()) == ("ValueError('large')", [1])
    f.save(tmp_path / "again.sg")
    assert (tmp_path / "again.sg").read_bytes() == FORMAT_2


class OddError(Exception):
    """One that no file names."""


def odd(x):
    if x > 0:
        raise OddError("why")
    return x


def test_other_exceptions_keep_their_names_and_messages(tmp_path):
    sg.function(inputs={"x": ()})(odd).save(tmp_path / "f.sg")
    (entry,) = sg.load(tmp_path / "f.sg").raises(np.array([-1.0, 2.0]))
    assert (type(entry.exception), str(entry.exception), entry.rows.tolist()) == (RuntimeError, "OddError: why", [1])


def test_keys_that_files_have_no_room_for(tmp_path):
    with pytest.raises(ValueError, match=r"under the key 1\.5"):
        sg.function(inputs={"x": ()})(lambda x: {1.5: x}).save(tmp_path / "f.sg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_changed_bytes_give_a_function_or_a_value_error(name, tmp_path):
    FUNCTIONS[name].save(tmp_path / "f.sg")
    data, rng, found = (tmp_path / "f.sg").read_bytes(), np.random.default_rng(3), set()
    for number in range(300):
        found.add(fuzz.outcome(tmp_path / "f", fuzz.changed(data, rng), number % 30 == 0))
    assert {"errors", "functions"} <= found
