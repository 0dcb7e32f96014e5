"""The lab in a kernel: pictures for values, failures under their cell, a prompt that returns."""

from __future__ import annotations

import importlib
import os
import tempfile
import time
from queue import Empty

import pytest
from twisted.python.failure import Failure

from labkit.bench._failures import LogLine
from labkit.notebook import _aftermath, _formats, view
from labkit.notebook._aftermath import Trouble
from labkit.notebook._card import card
from labkit.notebook._traces import short, steady
from labkit.refresh import private

from .kernels import IMPORTS, Kernel

# Values


@pytest.mark.parametrize(
    ("module", "name"), [(m, n) for m, names in _formats.KINDS.items() for n in names]
)
def test_every_kind_that_is_shown_exists(module: str, name: str) -> None:
    """The formatter knows kinds by their names, which must be those that they have."""
    kind = getattr(importlib.import_module(module), name)
    assert (kind.__module__, kind.__name__) == (module, name)


@pytest.mark.parametrize(
    "code",
    [
        "serve(Echo)",
        "serve(Echo).wire",
        "serve(Echo).wire.hex",
        "servers() or serve(Echo) and servers()",
        "doctor()",
        "doctor().needs",
        "progress('02')",
        "hint('c2-upper')",
        "reveal('c2-lines')",
        "check('c2-upper', ...)",
        "check('c2-upper', Echo)",
        "predict('c2-pieces')",
        "order('c2-life')",
        "reset('c2-upper')",
        "begin('02')",
        "time_travel(lambda lab: None)",
        "time_travel(lambda lab: None).schedule",
    ],
)
def test_a_value_is_shown_as_a_page_with_its_words(kernel: Kernel, code: str) -> None:
    """Each value of the lab has HTML, and text with the same information."""
    (kind, content), *_ = kernel.run(code).outputs
    assert kind == "execute_result"
    page, text = content["data"]["text/html"], content["data"]["text/plain"]
    assert page.startswith(("<div", "<img"))
    assert text and not text.startswith("<labkit") and "object at 0x" not in text


def test_a_trip_shows_where_it_stands(kernel: Kernel) -> None:
    """Also what a step raised, which is told there and nowhere else."""
    cell = (
        "def story(lab):\n    lab.clock.callLater(4, lambda: 1 / 0)\n"
        "trip = time_travel(story)\ntrip.step()"
    )
    (text,) = kernel.run(cell).texts
    assert "4 s" in text and "ZeroDivisionError" in text and "line 2" in text
    assert "ZeroDivisionError" not in kernel.run("trip.back()").texts[0]


def test_a_story_that_raises_shows_the_readers_frames(kernel: Kernel) -> None:
    """The line that handed it over and the line that raised; none of the lab's."""
    (text,) = kernel.run("def story(lab):\n    moor\ntime_travel(story)").texts
    assert "time_travel(story)" in text and "NameError: name 'moor' is not defined" in text
    assert "labkit" not in text


def test_a_server_is_shown_without_its_port(kernel: Kernel) -> None:
    """The port changes from run to run; what is stored must not."""
    port = kernel.run("harbour = serve(Echo, name='harbour'); print(harbour.port)").texts[0]
    shown = kernel.run("harbour").outputs[0][1]["data"]
    assert port.removeprefix("stdout: ").strip() not in str(shown)
    assert "harbour" in shown["text/plain"] and "listening" in shown["text/plain"]


def test_the_readers_own_tuples_look_as_always(kernel: Kernel) -> None:
    """Only a tuple of servers is the lab's."""
    content = kernel.run("(1, ('two', b'3'))").outputs[0][1]
    assert content["data"] == {"text/plain": "(1, ('two', b'3'))"}


def test_a_deferred_is_shown_without_its_address(kernel: Kernel) -> None:
    """The same cell shows the same again."""
    assert kernel.run("Deferred()").texts == ["<Deferred, waiting>"]


# What happened in the reactor


def test_a_failure_in_the_reactor_is_shown_under_its_cell(kernel: Kernel) -> None:
    """Once, with the reader's own line, and the cell itself succeeds."""
    shown = kernel.run("with connect(serve(Text)) as c:\n    c.send(b'x')\n    c.expect_close()")
    assert shown.status == "ok"
    assert shown.cards == [
        "✗ in the reactor · TypeError: Data must be bytes\n"
        "  cell, line 12, in Text.dataReceived: self.transport.write(data.decode())"
    ]
    assert kernel.run("1").cards == []


def test_nothing_prints_from_the_reactors_thread(kernel: Kernel) -> None:
    """The card is all: no traceback on stderr beside it."""
    shown = kernel.run("reactor.callFromThread({}.__getitem__, 'anchor')")
    assert [kind for kind, _ in shown.outputs] == ["display_data"]
    assert shown.cards[0].startswith("✗ in the reactor · KeyError: 'anchor'")


def test_a_failure_that_nobody_handled_is_shown(kernel: Kernel) -> None:
    """A lost Deferred is reported when it is collected, which the hook sees to."""
    shown = kernel.run("def lost():\n    fail(ValueError('no anchor'))\nwait(lost)")
    assert [c.splitlines()[0] for c in shown.cards] == ["✗ nobody handled: ValueError: no anchor"]


def test_a_failed_deferred_as_a_last_value_is_not_kept_quiet(kernel: Kernel) -> None:
    """IPython would keep it in Out, and its failure would never be reported."""
    shown = kernel.run("fail(ValueError('no anchor'))")
    assert shown.texts[0] == "<Deferred, failed with ValueError>"
    assert shown.cards[0].startswith("✗ nobody handled: ValueError: no anchor")


def test_a_warning_in_the_log_is_shown(kernel: Kernel) -> None:
    """Log lines of the reader's program are not swallowed."""
    shown = kernel.run("from twisted.logger import Logger\nLogger('pier').warn('low tide')")
    assert shown.cards == ["! logged · warn: low tide"]


def test_what_happens_between_two_cells_is_charged_to_neither(kernel: Kernel) -> None:
    """A client from outside may come while no cell runs; the next cell tells of it."""
    kernel.run("import socket\nport = serve(Text).port")
    kernel.run("from threading import Event\ndone = Event()")
    kernel.run(
        "def late():\n    try:\n        {}['anchor']\n    finally:\n        done.set()\n"
        "get_ipython().events.register('pre_execute', once := lambda: "
        "(get_ipython().events.unregister('pre_execute', once), "
        "reactor.callFromThread(late), done.wait(5), wait(lambda: None)))"
    )
    shown = kernel.run("1")
    assert shown.cards[0].startswith("✗ between two cells · KeyError: 'anchor'")


def test_a_guess_is_answered_under_the_next_cell(kernel: Kernel) -> None:
    """Not under the cell that notes it, nor under one that notes another, nor twice."""
    assert len(kernel.run("predict('c2-pieces', 'a')").outputs) == 1
    assert len(kernel.run("predict('c2-close', 'a')").outputs) == 1
    told = kernel.run("None").texts
    assert ["c2-pieces" in told[0], "c2-close" in told[1], len(told)] == [True, True, 2]
    assert kernel.run("None").texts == []


def test_a_guess_waits_while_cells_fail(kernel: Kernel) -> None:
    """A cell that broke off has shown nothing to compare with."""
    kernel.run("predict('c2-pieces', 'a')")
    assert len(kernel.run("1 / 0").outputs) == 1
    assert "c2-pieces" in kernel.run("None").texts[0]


# Errors in a cell


def test_an_error_of_the_lab_is_a_sentence_with_its_cure(kernel: Kernel) -> None:
    """No frame of the lab's own; the reader's line is there."""
    shown = kernel.run("check('c2-uper', Echo)")
    assert shown.status == "error"
    (text,) = shown.texts
    assert "No chapter has an exercise 'c2-uper'" in text
    assert "Did you mean c2-upper" in text
    assert "line 1: check('c2-uper', Echo)" in text
    assert len(text.splitlines()) == 3


def test_a_failure_that_was_waited_for_shows_the_readers_frames(kernel: Kernel) -> None:
    """The traceback leads from the cell to the reader's function, past the lab and Twisted."""
    shown = kernel.run("def moor():\n    raise KeyError('anchor')\nwait(moor)")
    (text,) = shown.texts
    assert "wait(moor)" in text and "raise KeyError('anchor')" in text
    assert not any(word in text for word in ("labkit", "twisted/", "hidden"))


def test_an_error_of_the_readers_own_is_left_as_it_is(kernel: Kernel) -> None:
    """IPython's traceback, with the frames of other people's libraries."""
    (text,) = kernel.run("import json\njson.loads('x')").texts
    assert "JSONDecodeError" in text and "raw_decode" in text


def test_a_cell_that_is_no_python_is_told_as_always(kernel: Kernel) -> None:
    """A slip of the keyboard shows the line and a caret, and no more."""
    shown = kernel.run("def f(:\n    pass")
    assert shown.status == "error"
    assert "SyntaxError" in shown.texts[0] and "run_cell" not in shown.texts[0]


def test_awaiting_a_deferred_in_a_cell_is_explained(kernel: Kernel) -> None:
    """Python's own words for it are about a task's bad yield."""
    (text,) = kernel.run("await Deferred()").texts
    assert "cannot be awaited in a cell" in text and "await run(f)" in text


def test_what_a_call_in_the_reactor_comes_to_can_be_awaited(kernel: Kernel) -> None:
    """run() gives something that a cell can await."""
    assert kernel.run("await run(lambda: 7)").texts == ["7"]


# The prompt comes back


@pytest.mark.parametrize(
    "code",
    [
        "wait(Deferred(), timeout=60)",
        "await run(Deferred)",
        "connect(serve(Echo)).expect(b'never', within=60)",
        "with serve(Echo).busy():\n    wait(Deferred(), timeout=60)",
    ],
)
def test_stop_gives_the_prompt_back(kernel: Kernel, code: str) -> None:
    """An interrupt ends a cell that waits, and the next cell runs."""
    begun = time.monotonic()
    cell = f"print('begun', flush=True)\n{code}"
    shown = kernel.run(cell, meanwhile=kernel.manager.interrupt_kernel)
    assert shown.status == "error"
    assert time.monotonic() - begun < 20  # of 60 that the cell would take
    assert "asyncio" not in shown.texts[1] and "labkit" not in shown.texts[1]
    assert kernel.run("7").texts == ["7"]


def test_stop_works_while_the_reactor_is_blocked(kernel: Kernel) -> None:
    """The hook says which line the reactor stands in, and does not wait for it."""
    kernel.run("from threading import Event\nfree, begun = Event(), Event()")
    blocking = "def spin():\n    begun.set()\n    free.wait(60)\n"
    cell = blocking + (
        "reactor.callFromThread(spin)\nbegun.wait(5)\n"
        "print('begun', flush=True)\nwait(Deferred(), timeout=60)"
    )
    try:
        shown = kernel.run(cell, meanwhile=kernel.manager.interrupt_kernel)
        again = kernel.run("None")
    finally:
        kernel.run("free.set()")
    assert shown.status == "error"
    assert "! the reactor stands still" in shown.cards[0] + again.cards[0]
    assert "in spin: free.wait(60)" in shown.cards[0] + again.cards[0]
    kernel.run("wait(lambda: None)")
    assert kernel.run("None").cards == []


def test_stop_works_while_a_callback_spins() -> None:
    """Python code that never lets go leaves enough time to bring the prompt back."""
    cell = (
        "from threading import Event\nspinning = Event()\n"
        "def spin():\n    spinning.set()\n    while True: pass\n"
        "reactor.callFromThread(spin)\nspinning.wait(5)\n"
        "print('begun', flush=True)\nwait(Deferred(), timeout=60)"
    )
    with private() as variables:
        own = Kernel(dict(variables))
        try:
            own.run(IMPORTS)
            shown = own.run(cell, meanwhile=own.manager.interrupt_kernel)
            assert shown.status == "error"
            assert "KeyboardInterrupt" in shown.texts[1]
            assert "in spin: while True: pass" in shown.cards[0]
            assert own.run("7").texts[0] == "7"
        finally:
            own.stop()


def test_using_the_face_twice_installs_once(kernel: Kernel) -> None:
    """Hooks are not doubled when the lab is imported, or installed, again."""
    kernel.run("from labkit.notebook import install\ninstall(get_ipython())")
    assert len(kernel.run("reactor.callFromThread({}.__getitem__, 'anchor')").cards) == 1


# Without a kernel


def failure(error: Exception) -> Failure:
    return Failure(error)


def test_messages_lose_what_changes_from_run_to_run() -> None:
    """Addresses, ports and temporary files; other numbers stay."""
    folder = tempfile.gettempdir()
    text = f"<Echo at 0x7f3a5c001234> 127.0.0.1:40123, port=40123, {folder}/labkit-7x/socket, 4096"
    assert steady(text) == ("<Echo at 0x…> 127.0.0.1:…, port=…, a temporary file, 4096")


def test_the_same_trouble_is_told_once_and_counted() -> None:
    """A failure in each of twenty connections is one block."""
    told = _aftermath.text_of([Trouble("failure", "✗ one", (), "note")] * 20)
    assert told == "✗ one (20 times)\n  note"


def test_many_different_troubles_are_cut() -> None:
    """A page of cards would hide what matters: the first few, and how many more."""
    told = _aftermath.text_of([Trouble("failure", f"✗ {n}") for n in range(9)])
    assert told.splitlines() == ["✗ 0", "✗ 1", "✗ 2", "✗ 3", "and 5 more"]


def test_a_failure_without_a_line_of_the_readers_says_where_it_is_from() -> None:
    """Not every failure comes from the reader's code."""
    trouble = _aftermath.of_failure(failure(ValueError("no anchor")))
    assert trouble.lines == (
        "✗ in the reactor · ValueError: no anchor",
        "none of your lines is in it; it comes from a Deferred that was handed a failure",
    )


def test_a_long_message_is_cut() -> None:
    """A card is no place for a megabyte."""
    trouble = _aftermath.of_line(LogLine("warn", "x" * 10_000))
    assert len(trouble.what) < 500


def test_a_card_escapes_what_it_shows() -> None:
    """A message may hold markup."""
    assert "<script>" not in card("✗ <script>\n<script>", True)


def test_a_file_of_the_package_is_named_from_the_package_on() -> None:
    """What is stored does not tell where the checkout lies."""
    path = os.sep.join(["", "home", "ada", "labkit", "labkit", "protocols", "chat.py"])
    assert short(path) == "labkit/protocols/chat.py"


def test_the_terminal_has_the_same_words() -> None:
    """The command line shows a value's text without IPython."""
    from labkit.exercises import NotStarted

    assert view(NotStarted("c2-upper", "begin")).text.startswith("○ c2-upper · not started")


def test_a_kernel_that_has_nothing_to_say_is_quiet(kernel: Kernel) -> None:
    """No output under a cell that did nothing."""
    assert kernel.run("x = 1").outputs == []
    with pytest.raises(Empty):
        kernel.client.get_iopub_msg(timeout=0)
