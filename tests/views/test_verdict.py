"""The form of a verdict: what is in it, in which order, and how much room it takes."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from labkit.exercises._verdict import CouldNotTell, Finding, NotStarted, Passed, Refused
from labkit.views import html, picture
from labkit.wire import Remark

from .test_picture import Tags

FRAGMENTED = Finding(
    "fragmented",
    "TCP keeps order, not message borders: dataReceived may see half a line.",
    "certain",
    "it answers once per call",
)
SHOUT = Refused(
    exercise="c2-shout",
    step=4,
    steps=6,
    doing="the same bytes in pieces",
    finding=FRAGMENTED,
    cites="Each line is answered by the same line in capitals.",
    seed=7,
    dialogue=(
        Remark("client", "server", b"he"),
        Remark("client", "server", b"llo\r\n"),
    ),
    expected=b"HELLO\r\n",
    got=b"HE\r\nLLO\r\n",
    caret="a reply after 2 bytes: no line had ended yet",
    where="your dataReceived, line 6",
    replay="{ printf 'he'; sleep 1; printf 'llo\\r\\n'; } | nc 127.0.0.1 40123",
)
FORM = r"""
✗ c2-shout · step 4 of 6: the same bytes in pieces                      [fragmented, seed 7]
  client → server   b'he'
  client → server   b'llo\r\n'
  expected          b'HELLO\r\n'
  got               b'HE\r\nLLO\r\n'
                        ^ a reply after 2 bytes: no line had ended yet
  Task  Each line is answered by the same line in capitals.
  Why   TCP keeps order, not message borders: dataReceived may see half a line.   (certain)
  Look  your dataReceived, line 6: it answers once per call
  Try   { printf 'he'; sleep 1; printf 'llo\r\n'; } | nc 127.0.0.1 40123
  Next  hint("c2-shout")
"""

some = st.text(max_size=120)
findings = st.builds(Finding, some, some, st.sampled_from(["certain", "likely", "possible"]), some)
values = st.none() | st.binary(max_size=200) | some
refusals = st.builds(
    Refused,
    exercise=some,
    step=st.integers(1, 99),
    steps=st.integers(1, 99),
    doing=some,
    finding=findings,
    cites=some,
    seed=st.none() | st.integers(),
    dialogue=st.lists(st.builds(Remark, some, some, st.binary(), some), max_size=9).map(tuple),
    expected=values,
    got=values,
    caret=some,
    where=some,
    replay=some,
    times_seen=st.integers(1, 5),
)
verdicts = (
    refusals
    | st.builds(Passed, some, st.lists(some, max_size=9).map(tuple))
    | st.builds(NotStarted, some, some)
    | st.builds(CouldNotTell, some, st.integers(1, 9), st.integers(1, 9), some, some)
)


def test_a_refusal_has_one_form() -> None:
    """Step, talk, difference, caret, task, why, look, try, next."""
    assert picture(SHOUT).text == FORM.strip("\n")


@given(verdicts)
def test_any_verdict_fits(verdict: object) -> None:
    """At most fifteen lines of at most a hundred columns."""
    lines = picture(verdict).text.split("\n")
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100
    assert "".join(lines).isprintable()


@given(verdicts)
def test_nothing_of_the_reader_becomes_markup(verdict: object) -> None:
    """Names and data are text on the page, without scripts, and the same each time."""
    page = html(picture(verdict))
    assert {tag for tag, _ in Tags(page).found} <= {"div", "span", "pre"}
    assert page == html(picture(verdict))


def test_only_the_last_remarks_are_shown() -> None:
    """Four of them, whatever came before."""
    talk = tuple(Remark("client", "server", b"%d" % n) for n in range(9))
    text = picture(evolve(SHOUT, dialogue=talk)).text
    assert [f"b'{n}'" in text for n in range(9)] == [False] * 5 + [True] * 4


def test_what_was_not_bytes_is_said() -> None:
    """A client that closes or resets."""
    assert "closes" in picture(evolve(SHOUT, dialogue=(Remark("a", "b", note="closes"),))).text


@pytest.mark.parametrize(
    ("got", "column"),
    [
        (b"HE\r\nLLO\r\n", len("b'HE")),
        (b"\x00", len("b'")),
        (b"HELLO\n", len("b'HELLO")),
        (b"HELLO\r\x00", len(r"b'HELLO\r")),
        (b"HELLO\r\nx", len(r"b'HELLO\r\n")),
        (b"HELLO\r", len(r"b'HELLO\r")),
        (b"", len("b'")),
    ],
)
def test_the_caret_stands_under_the_first_byte_that_differs(got: bytes, column: int) -> None:
    """Escapes count as they are written."""
    lines = picture(evolve(SHOUT, got=got, caret="here")).text.split("\n")
    place = next(n for n, line in enumerate(lines) if line.startswith("  got"))
    assert lines[place].index("b'") + column == lines[place + 1].index("^ here")


def test_words_in_place_of_bytes_are_shown_as_they_are() -> None:
    """No caret where there is no byte to point at."""
    text = picture(
        evolve(SHOUT, expected="the server closes", got="it is still open", caret="")
    ).text
    assert "expected          the server closes" in text
    assert "^" not in text


@pytest.mark.parametrize(("times", "short"), [(1, False), (2, False), (3, True), (9, True)])
def test_the_third_time_is_short(times: int, short: bool) -> None:
    """Who has read the explanation twice needs the difference and the line."""
    text = picture(evolve(SHOUT, times_seen=times)).text
    assert ("Why" not in text) is short
    assert f"Task  {SHOUT.cites[:20]}" in text
    assert (f"seen {times} times" in text) is short
    assert "HELLO" in text
    assert "line 6" in text
    assert 'hint("c2-shout")' in text


def test_the_command_on_the_card_can_be_copied_whole() -> None:
    """However long; the text twin breaks it."""
    command = "printf '" + "ab c" * 90 + "' | nc 127.0.0.1 40123"
    page = html(picture(evolve(SHOUT, replay=command)))
    assert command.replace("'", "&#x27;") in page


def test_a_pass_says_what_was_shown() -> None:
    """Which properties held."""
    text = picture(Passed("c2-upper", ("any chunking", "20 clients at once"))).text
    assert text == "✓ c2-upper · passed: any chunking, 20 clients at once"


def test_a_starter_is_neither_passed_nor_refused() -> None:
    """And says what to do."""
    text = picture(NotStarted("c2-upper", "write your class")).text
    assert text == "○ c2-upper · not started\n  Next  write your class"


def test_could_not_tell_is_not_counted() -> None:
    """And says why."""
    text = picture(CouldNotTell("c2-upper", 3, 5, "twenty clients", "no descriptors left")).text
    assert "not counted" in text
    assert "Why   no descriptors left" in text
