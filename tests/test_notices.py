"""What the user is told, and when not."""

import io
import sys
import warnings

import pytest

from staticgraph import notices


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


def waited():
    for thread in notices.threading.enumerate():
        if thread.name == "staticgraph-notice":
            thread.join()


@pytest.mark.parametrize(("lasts", "said"), [(True, True), (False, False)])
def test_what_takes_long_is_told_while_it_lasts(lasts, said, capsys):
    notices.say_if_long(lambda: "it takes long", lambda: lasts)
    waited()
    assert capsys.readouterr().err == ("staticgraph: it takes long\n" if said else "")


def test_what_is_done_in_time_is_not_told(monkeypatch, capsys):
    monkeypatch.setattr(notices, "PATIENCE_SECONDS", 60.0)
    notices.say_if_long(lambda: "it takes long", lambda: True).set()
    waited()
    assert capsys.readouterr().err == ""


def test_where_no_thread_can_be_started_nothing_is_told(monkeypatch, capsys):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(notices.threading.Thread, "start", start)
    notices.say_if_long(lambda: "it takes long", lambda: True).set()
    assert capsys.readouterr().err == ""


def test_a_warning_comes_once_for_each_topic():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for topic, text in (("a", "first"), ("a", "second"), ("b", "third")):
            notices.warn_once(topic, text)
    assert [(each.category, str(each.message)) for each in caught] == [(RuntimeWarning, "first"), (RuntimeWarning, "third")]


def test_where_warnings_are_errors_it_is_printed(capsys):
    notices.warn_once("a", "first")
    assert capsys.readouterr().err == "staticgraph: first\n"
