"""Entries on disk: whole or absent, whatever happens to the files; and which folder they are in."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import staticgraph as sg
from staticgraph.compiler import notices, store
from staticgraph.native import engine

OBJECTS = [b"", b"first object", bytes(range(256)) * 40]
NAME = store.key("a", b"b")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(store.FOLDER, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    monkeypatch.setattr(notices, "_warned", set())


def path_of(folder, name=NAME):
    return folder / (name + store.SUFFIX)


def test_what_is_saved_is_loaded(folder):
    assert store.load(NAME) is None
    store.save(NAME, OBJECTS)
    assert store.load(NAME) == OBJECTS
    store.save(NAME, OBJECTS[:1])
    assert store.load(NAME) == OBJECTS[:1]
    assert [path.name for path in folder.iterdir()] == [path_of(folder).name]


def test_parts_of_a_key_are_apart():
    assert len({store.key("ab", "c"), store.key("a", "bc"), store.key("abc"), store.key("abc", "")}) == 4


@pytest.mark.parametrize("position", [0, 10, 30, 60, 100, 130, -300, -40, -33, -32, -1])
def test_a_changed_byte_is_noticed(folder, position):
    store.save(NAME, OBJECTS)
    data = bytearray(path_of(folder).read_bytes())
    data[position] ^= 1
    path_of(folder).write_bytes(data)
    assert store.load(NAME) is None
    store.save(NAME, OBJECTS)
    assert store.load(NAME) == OBJECTS


@pytest.mark.parametrize("kept", [0, 1, 21, 22, 50, 86, 94, 118, 130, 5000, -32, -1])
def test_a_file_cut_short_is_noticed(folder, kept):
    store.save(NAME, OBJECTS)
    path_of(folder).write_bytes(path_of(folder).read_bytes()[:kept])
    assert store.load(NAME) is None


def test_an_entry_under_another_name_is_none(folder):
    store.save(NAME, OBJECTS)
    other = store.key("other")
    shutil.copy(path_of(folder), path_of(folder, other))
    assert store.load(other) is None


def test_a_folder_in_the_place_of_an_entry_is_no_entry(folder):
    path_of(folder).mkdir(parents=True, mode=0o700)
    assert store.load(NAME) is None
    store.save(NAME, OBJECTS)
    assert store.load(NAME) == OBJECTS


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no named pipes")
def test_neither_a_pipe_nor_a_link_is_an_entry(folder):
    store.save(NAME, OBJECTS)
    path_of(folder).rename(folder / "elsewhere")
    path_of(folder).symlink_to(folder / "elsewhere")
    assert store.load(NAME) is None
    path_of(folder).unlink()
    os.mkfifo(path_of(folder), 0o600)
    assert store.load(NAME) is None
    store.save(NAME, OBJECTS)
    assert store.load(NAME) == OBJECTS


def test_switched_off(monkeypatch):
    monkeypatch.setenv(store.FOLDER, store.OFF)
    store.save(NAME, OBJECTS)
    assert store.folder() is None
    assert store.load(NAME) is None


def test_the_folder_is_where_the_platform_keeps_such_things(monkeypatch, tmp_path):
    monkeypatch.delenv(store.FOLDER, raising=False)
    monkeypatch.delenv(store.NUMBA_FOLDER, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert store.folder() == tmp_path / "staticgraph"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert store.folder() == Path.home() / ".cache" / "staticgraph"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert store.folder() == Path.home() / "Library" / "Caches" / "staticgraph"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert store.folder() == tmp_path / "staticgraph" / "Cache"


@pytest.mark.parametrize(
    ("ours", "numbas", "expected"),
    [
        ("~/kept", None, "/home/me/kept"),
        ("$BASE/kept", "/numba", "/scratch/kept"),
        ("", "~/numba", "/home/me/numba/staticgraph"),
        (None, "${BASE}", "/scratch/staticgraph"),
        (store.OFF, "/numba", None),
    ],
)
def test_the_environment_chooses_the_folder(ours, numbas, expected, monkeypatch):
    for variable, value in {store.FOLDER: ours, store.NUMBA_FOLDER: numbas, "HOME": "/home/me", "BASE": "/scratch"}.items():
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path.replace("~", "/home/me"))
    assert store.folder() == (None if expected is None else Path(expected))


def made_a_file(folder, monkeypatch):
    folder.write_text("")


def below_a_file(folder, monkeypatch):
    (folder.parent / "file").write_text("")
    monkeypatch.setenv(store.FOLDER, str(folder.parent / "file" / "folder"))


def writable_by_a_group(folder, monkeypatch):
    folder.mkdir()
    folder.chmod(0o775)


def of_another_user(folder, monkeypatch):
    folder.mkdir(mode=0o700)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)


def full(folder, monkeypatch):
    def replace(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", replace)


def read_only(folder, monkeypatch):
    def mkdir(*_, **__):
        raise PermissionError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", mkdir)


def without_a_home(folder, monkeypatch):
    def home(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv(store.FOLDER, "~/folder")
    monkeypatch.setattr(Path, "expanduser", home)


def too_small(folder, monkeypatch):
    monkeypatch.setenv(store.LIMIT, "0.001")


UNUSABLE = {
    made_a_file: "File exists|already exists",
    below_a_file: "Not a directory|cannot find the path",
    full: "kept: No space left on device",
    read_only: "kept: Read-only file system",
    without_a_home: "the user has no home folder",
    too_small: r"0.0099 megabytes are too many for the 0.001 of STATICGRAPH_CACHE_MB",
}
if hasattr(os, "geteuid"):
    UNUSABLE |= {writable_by_a_group: "others may write there", of_another_user: "belongs to another user"}


@pytest.mark.parametrize("make", UNUSABLE, ids=lambda make: make.__name__)
def test_a_folder_that_is_not_used_is_mentioned_once(make, folder, monkeypatch):
    make(folder, monkeypatch)
    assert store.load(NAME) is None
    with pytest.warns(RuntimeWarning, match=rf"every process.*({UNUSABLE[make]}).*set (it|the .* STATICGRAPH_CACHE_DIR) to"):
        store.save(NAME, OBJECTS)
    store.save(NAME, OBJECTS)
    assert store.load(NAME) is None
    assert not folder.is_dir() or list(folder.iterdir()) == []


def test_where_warnings_are_errors_what_is_made_is_used_all_the_same(folder, monkeypatch, capsys):
    """Also by the thread that compiles, in which an exception would be the end of the code that it has compiled."""
    full(folder, monkeypatch)
    monkeypatch.setattr(engine, "store", store)
    assert sg.compile(sg.input("x") * 2.5, engine="native").engine == "native"
    assert capsys.readouterr().err.startswith("staticgraph: compiled code cannot be kept")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions are those of POSIX")
def test_what_others_may_write_is_not_run(folder):
    store.save(NAME, OBJECTS)
    path_of(folder).chmod(0o666)
    assert store.load(NAME) is None
    path_of(folder).chmod(0o600)
    assert store.load(NAME) == OBJECTS
    folder.chmod(0o777)
    assert store.load(NAME) is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="owners are those of POSIX")
def test_what_another_user_owns_is_not_run(folder, monkeypatch):
    store.save(NAME, OBJECTS)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert store.load(NAME) is None
    with pytest.warns(RuntimeWarning, match="another user"):
        store.save(store.key("other"), OBJECTS)
    assert [path.name for path in folder.iterdir()] == [path_of(folder).name]


def test_the_entries_used_last_are_kept(folder, monkeypatch):
    monkeypatch.setenv(store.LIMIT, "0.1")
    names = [store.key(str(number)) for number in range(10)]
    for number, name in enumerate(names[:9]):
        store.save(name, [bytes(11_000)])
        os.utime(path_of(folder, name), (1e9 + number, 1e9 + number))
    assert store.load(names[0]) is not None
    store.save(names[9], [bytes(11_000)])
    assert store.load(names[0]) is not None
    assert store.load(names[9]) is not None
    assert store.load(names[1]) is None
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 0.75 * 0.1 * 2**20


def test_an_entry_too_large_displaces_no_others(folder, monkeypatch):
    store.save(NAME, OBJECTS)
    monkeypatch.setenv(store.LIMIT, "0.1")
    with pytest.warns(RuntimeWarning, match=r"0.086 megabytes are too many"):
        store.save(store.key("large"), [bytes(90_000)])
    assert [path.name for path in folder.iterdir()] == [path_of(folder).name]


def test_other_files_in_the_folder_stay(folder, monkeypatch):
    monkeypatch.setenv(store.LIMIT, "0.1")
    folder.mkdir(mode=0o700)
    others = [folder / f"results{store.SUFFIX}", folder / f"thesis{store.UNFINISHED}"]
    for path in others:
        path.write_bytes(bytes(200_000))
        os.utime(path, (1e9, 1e9))
    for number in range(10):
        store.save(store.key(str(number)), [bytes(20_000)])
    assert all(path.exists() for path in others)


@pytest.mark.parametrize("wrong", ["much", "-1", "0", "nan", "inf"])
def test_a_wrong_limit_is_mentioned_once(wrong, folder, monkeypatch):
    monkeypatch.setenv(store.LIMIT, wrong)
    with pytest.warns(RuntimeWarning, match=rf"STATICGRAPH_CACHE_MB must be a positive number of megabytes, got '{wrong}': 256 are used"):
        store.save(NAME, OBJECTS)
    store.save(NAME, OBJECTS)
    assert store.load(NAME) == OBJECTS


def test_abandoned_files_go(folder):
    store.save(NAME, OBJECTS)
    old, new = (folder / f"{NAME}.{token}{store.UNFINISHED}" for token in ("01d", "2e3"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    store.save(NAME, OBJECTS)
    assert not old.exists()
    assert new.exists()


WRITER = """
import sys
from staticgraph.compiler import store
mine = [sys.argv[1].encode() * 20_000]
for _ in range(150):
    store.save("shared", mine)
    found = store.load("shared")
    assert found is not None and len(found) == 1 and len(found[0]) == 20_000 and len(set(found[0])) == 1
"""


def test_two_processes_at_once_see_whole_entries(folder):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, each], env=os.environ | {store.FOLDER: str(folder)}) for each in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
