"""Predictions and orders: the guess is noted before the truth is shown."""

from __future__ import annotations

import random
import string
from collections.abc import Collection
from functools import cache

from attrs import frozen

from labkit.errors import BadAnswer

from . import _registry
from ._course import Option, Order, Prediction
from ._rooms import room_of
from ._store import store


@frozen
class Question:
    """A question with its options, before it is answered. `how` says how to answer."""

    id: str
    text: str
    snippet: str
    options: tuple[tuple[str, str], ...]
    how: str


@frozen
class Guess:
    """A noted guess; the truth comes after the next cell, or from `outcome()`."""

    id: str
    key: str
    text: str

    def outcome(self) -> GuessResult:
        """The guess beside the truth, at once: for programs without cells."""
        for n, (prediction, option) in enumerate(_pending):
            if (prediction.id, option.key) == (self.id, self.key):
                return _settle(*_pending.pop(n))
        return _beside_truth(*_chosen(self.id, self.key))


@frozen
class GuessResult:
    """A guess beside the truth. `belief` names the misconception behind a wrong one."""

    id: str
    right: bool
    guess: str
    truth: str
    belief: str
    reply: str


_pending: list[tuple[Prediction, Option]] = []


def predict(id: str, guess: object = None) -> Question | Guess:
    """Note what you expect, before you run the cell that shows it.

    Without a guess it shows the question and its options. The answer to your
    guess appears under the next cell that you run.
    """
    prediction = _prediction(id)
    if guess is None or guess is Ellipsis:
        return Question(
            id, prediction.question, prediction.snippet,
            tuple((o.key, o.text) for o in prediction.options), f'predict("{id}", "a")',
        )  # fmt: skip
    _, option = _chosen(id, guess)
    forget_guesses([id])
    _pending.append((prediction, option))
    return Guess(id, option.key, option.text)


def _prediction(id: str) -> Prediction:
    chapter = room_of(id).chapter
    found = chapter.prediction(id)
    if found is None:
        asks = f'order("{id}", "…")' if chapter.order(id) else f'check("{id}", YourCode)'
        raise BadAnswer(f"{id} is no prediction", f"Hand in your answer: {asks}")
    return found


def _chosen(id: str, guess: object) -> tuple[Prediction, Option]:
    prediction = _prediction(id)
    option = prediction.option(str(guess).strip().lower())
    if option is None:
        keys = ", ".join(o.key for o in prediction.options)
        raise BadAnswer(f"{guess!r} is none of the options", f"Choose one of {keys}")
    return prediction, option


def pending_guesses() -> tuple[tuple[str, str], ...]:
    """The guesses that wait for their truth, as (id, key)."""
    return tuple((p.id, o.key) for p, o in _pending)


def settle_guesses() -> tuple[GuessResult, ...]:
    """What became of the guesses that were pending; each is told once, and saved."""
    settled = []
    while _pending:
        settled.append(_settle(*_pending.pop(0)))
    return tuple(settled)


def forget_guesses(ids: Collection[str]) -> None:
    """Let go of guesses whose truth was not told yet."""
    _pending[:] = [(p, o) for p, o in _pending if p.id not in ids]


def _settle(prediction: Prediction, option: Option) -> GuessResult:
    result = _beside_truth(prediction, option)
    store().guessed(prediction.id, option.key, result.right)
    return result


def _beside_truth(prediction: Prediction, option: Option) -> GuessResult:
    true = prediction.option(prediction.answer)
    assert true is not None, prediction.id
    right = option is true
    return GuessResult(prediction.id, right, option.text, true.text, option.belief, option.reply)


def order(id: str, guess: object = None) -> Question | GuessResult:
    """Put pieces in order: without a guess it shows them, lettered; then order(id, "CABD")."""
    task = room_of(id).chapter.order(id)
    if task is None:
        asks = "predict" if room_of(id).chapter.prediction(id) else "check"
        raise BadAnswer(f"{id} is not a task to order", f'Answer with {asks}("{id}", …)')
    letters = lettered(task)
    how = f'order("{id}", "{"".join(letters)}")'
    if guess is None or guess is Ellipsis:
        return Question(id, task.question, "", tuple(letters.items()), f"in your order: {how}")
    given = [c for c in str(guess).upper() if c.isalnum()]
    if sorted(given) != sorted(letters):
        raise BadAnswer(
            f"{guess!r} does not name each piece once",
            f"Write all the letters {''.join(letters)} in your order",
        )
    result = judge_order(task, [letters[c] for c in given])
    store().guessed(id, "".join(given), result.right)
    return result


def judge_order(task: Order, given: list[str]) -> GuessResult:
    """An order beside the true one; a wrong one is answered by the first belief that it shows."""
    right = tuple(given) == task.pieces
    place = given.index
    shown = [b for b in task.beliefs if place(b.first) < place(b.before)]
    belief = shown[0] if shown and not right else None
    reply = (
        "Right: this is the order in which it happens." if right else _first_difference(task, given)
    )
    return GuessResult(
        task.id, right, " → ".join(given), " → ".join(task.pieces) if right else "",
        belief.id if belief else "", belief.reply if belief else reply,
    )  # fmt: skip


def _first_difference(task: Order, given: list[str]) -> str:
    """How far the letters were right, without the one that would have been."""
    letter = {piece: key for key, piece in lettered(task).items()}
    pairs = zip(given, task.pieces, strict=True)
    at = next((n for n, (said, true) in enumerate(pairs) if said != true), 0)
    known, wrong = ", ".join(letter[piece] for piece in given[:at]), letter[given[at]]
    if not known:
        return f"It does not begin with {wrong}."
    return f"{known} {'is' if at == 1 else 'are'} right; the next is not {wrong}."


@cache
def lettered(task: Order) -> dict[str, str]:
    """The pieces by letter, shuffled in a way that is always the same."""
    pieces = list(task.pieces)
    random.Random(task.id).shuffle(pieces)
    return dict(zip(string.ascii_uppercase, pieces, strict=False))


def right_guess(id: str) -> str:
    """What to hand in to be right: an option's key, or the letters in order."""
    chapter = room_of(id).chapter
    prediction, task = chapter.prediction(id), chapter.order(id)
    if prediction is not None:
        return prediction.answer
    assert task is not None, id
    letter = {piece: key for key, piece in lettered(task).items()}
    return "".join(letter[piece] for piece in task.pieces)


def truth_of(id: str) -> object:
    """What really happens, found out by running it, where the room has a way to; else None."""
    room_of(id).load()
    find_out = _registry.truths.get(id)
    return find_out() if find_out is not None else None
