"""An answer of a helper that somebody took over brings values, and calls nothing."""

import io
import os
import pickle
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from detectors.content.base import Answer, Still
from detectors.content.stills_asked import Made
from domain.media import Probe, Problem, ProblemCode, Track, TrackKind
from domain.timespan import Span
from indexer.answers import NoAnswer, value_of
from indexer.guard import LastWords, Ready, receive, send

NOW = datetime(2026, 11, 27, 1, tzinfo=UTC)


class Calls:
    """Pickled as a call of any function with any arguments."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize(
    "value",
    [
        Made(((timedelta(seconds=1), Still(timedelta(0), None, b"x")),)),
        Probe("mp4", "libav", 5, timedelta(seconds=3), NOW, problems=(Problem(ProblemCode.TRUNCATED, "x"),)),
        (Fraction(1, 3), {"a": [1.5, None, True]}, {1, 2}, frozenset({3}), NOW, Span(NOW, NOW)),
        Ready(),
        LastWords("x"),
        TrackKind.VIDEO,
    ],
)
def test_values_come_as_they_were_sent(value: object) -> None:
    assert value_of(pickle.dumps(value)) == value
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(theirs, value)
        assert receive(ours) == value


def pickled(value: object) -> bytes:
    """As a helper does it, whatever other libraries in this process have taught its pickling (Dask: tracebacks)."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer)
    pickler.dispatch_table = {}  # type: ignore[misc]
    pickler.dump(value)
    return buffer.getvalue()


def test_an_error_of_the_store_comes_as_one() -> None:
    for error in (OSError(5, "x"), FileNotFoundError(2, "y"), MemoryError("z")):
        found = value_of(pickled(error))
        assert (type(found), found.args) == (type(error), error.args)  # type: ignore[attr-defined]


def test_the_classes_of_answers_are_all_known() -> None:
    assert Answer.__module__.startswith("detectors.")
    assert Track.__module__.startswith("domain.")


def test_nothing_that_was_sent_is_called(tmp_path: Path) -> None:
    made = tmp_path / "made"
    hostile = [
        Calls(os.system, f"touch {made}"),
        Calls(subprocess.Popen, ["touch", str(made)]),
        Calls(eval, f"open({str(made)!r}, 'w')"),
        Calls(getattr, "x", "upper"),
        Calls(Path.touch, made),
        Calls(__import__, "antigravity"),
    ]
    for one in hostile:
        with pytest.raises(NoAnswer):
            value_of(pickle.dumps(one))
    assert not made.exists()


@pytest.mark.parametrize(
    "name",
    [
        *("indexer.guard\nsubprocess.Popen", "indexer.guard\nnamed", "indexer.guard\nGuard"),
        *("indexer.transcoding\ntranscode", "indexer.no_such\nx", "antigravity\nx", "datetime\nsys"),
        *("posix\nsystem", "builtins\neval", "builtins\ngetattr"),
    ],
)
def test_a_name_of_anything_but_a_value_is_refused(name: str) -> None:
    with pytest.raises(NoAnswer):
        value_of(f"c{name}\n.".encode())


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\x80\x05", b"(lp0\n", b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f."]
)
def test_what_is_no_pickle_is_no_answer(content: bytes) -> None:
    with pytest.raises(NoAnswer):
        value_of(content)
