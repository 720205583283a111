"""What the user is told, and when not."""

import io
import os
import subprocess
import sys
import time
import warnings

import pytest

from staticgraph.compiler import notices


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    monkeypatch.setattr(notices, "_warned", set())
    monkeypatch.setattr(notices, "PATIENCE_SECONDS", 0.01)
    monkeypatch.delenv(notices.QUIET, raising=False)


@pytest.mark.parametrize(("quiet", "said"), [(None, True), ("", True), ("0", True), ("1", False), ("yes", False)])
def test_a_line_is_printed_unless_the_user_wants_quiet(quiet, said, monkeypatch, capsys):
    if quiet is not None:
        monkeypatch.setenv(notices.QUIET, quiet)
    notices.say("something")
    assert capsys.readouterr() == ("", "staticgraph: something\n" if said else "")


def test_nobody_to_tell_is_no_error(monkeypatch, capsys):
    closed = io.StringIO()
    closed.close()
    for nobody in (None, closed):
        monkeypatch.setattr(sys, "stderr", nobody)
        notices.say("something")
    assert capsys.readouterr().out == ""


def said(capsys, seconds=10.0):
    """Return what has been printed once something has been, or after some seconds."""
    text, until = "", time.monotonic() + seconds
    while not text and time.monotonic() < until:
        time.sleep(0.01)
        text = capsys.readouterr().err
    return text


def test_what_takes_long_is_told(capsys):
    notices.say_if_long(lambda: "it takes long", lambda: True)
    assert said(capsys) == "staticgraph: it takes long\n"


@pytest.mark.parametrize(("lasts", "done"), [(False, False), (True, True)])
def test_what_has_ended_is_not_told(lasts, done, monkeypatch, capsys):
    """Neither what was interrupted nor what is done in time; the thread ends."""
    asked = []
    monkeypatch.setattr(notices, "PATIENCE_SECONDS", 60.0 if done else 0.01)
    finish = notices.say_if_long(lambda: "it takes long", lambda: asked.append(1) or lasts)
    if done:
        finish()
    assert said(capsys, 0.2) == ""
    assert bool(asked) != done


def test_where_no_thread_can_be_started_nothing_is_told(monkeypatch, capsys):
    def start(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(notices._thread, "start_new_thread", start)
    notices.say_if_long(lambda: "it takes long", lambda: True)()
    assert said(capsys, 0.05) == ""


FORK = """
import os
from staticgraph.compiler import notices
for _ in range(100):
    finish = notices.say_if_long(lambda: "it takes long", lambda: True)
    child = os.fork()
    finish()
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
def test_a_fork_while_it_waits_is_safe():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_warning_comes_once_for_each_topic():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for topic, text in (("a", "first"), ("a", "second"), ("b", "third")):
            notices.warn_once(topic, text)
    assert [(each.category, str(each.message)) for each in caught] == [(RuntimeWarning, "first"), (RuntimeWarning, "third")]


def test_where_warnings_are_errors_it_is_printed(capsys):
    notices.warn_once("a", "first")
    assert capsys.readouterr().err == "staticgraph: first\n"
