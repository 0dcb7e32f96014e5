"""Predictions and orders."""

from __future__ import annotations

import pytest

from labkit.errors import BadAnswer
from labkit.exercises import (
    Guess,
    GuessResult,
    Question,
    order,
    predict,
    progress,
    settle_guesses,
)
from labkit.exercises._guesses import right_guess

pytestmark = pytest.mark.usefixtures("room")


def test_without_a_guess_the_question_is_shown() -> None:
    """All options, and how to answer; nothing is noted."""
    question = predict("c98-guess")
    assert isinstance(question, Question)
    assert [key for key, _ in question.options] == ["a", "b"]
    assert settle_guesses() == ()


def test_a_guess_is_told_once_after_the_next_cell() -> None:
    """It says nothing at once; what comes true is told once."""
    assert not isinstance(predict("c98-guess", "a"), GuessResult)
    (told,) = settle_guesses()
    assert (told.right, told.belief, told.reply) == (False, "silence", "It is not silent.")
    assert settle_guesses() == ()


def test_a_second_thought_replaces_the_first() -> None:
    """Before the cell runs, the newest guess counts."""
    predict("c98-guess", "a")
    predict("c98-guess", "B ")
    assert [t.right for t in settle_guesses()] == [True]
    assert {line.id: line.state for line in progress("98").lines}["c98-guess"] == "passed"


def test_without_cells_the_guess_itself_is_asked() -> None:
    """A program gets the truth from the guess; it is saved once, and not told again."""
    guess = predict("c98-guess", "a")
    assert isinstance(guess, Guess)
    assert (guess.outcome().right, guess.outcome().reply) == (False, "It is not silent.")
    assert settle_guesses() == ()
    assert {line.id: line.tries for line in progress("98").lines}["c98-guess"] == 1


@pytest.mark.parametrize("guess", ["z", "", 3])
def test_an_option_that_is_not_there_is_refused_with_the_keys(guess: object) -> None:
    """The keys to choose from are named."""
    with pytest.raises(BadAnswer, match="Choose one of a, b"):
        predict("c98-guess", guess)


def test_predicting_an_exercise_points_to_check() -> None:
    """The two are told apart."""
    with pytest.raises(BadAnswer, match="check"):
        predict("c98-shout", "a")
    with pytest.raises(BadAnswer, match="order"):
        predict("c98-life", "a")
    with pytest.raises(BadAnswer, match="predict"):
        order("c98-guess")


def test_the_right_order_is_right() -> None:
    """Whatever letters the shuffle gave."""
    result = order("c98-life", " ".join(right_guess("c98-life")).lower())
    assert isinstance(result, GuessResult) and result.right


def test_a_wrong_order_is_told_its_belief() -> None:
    """The first belief that the order shows."""
    question = order("c98-life")
    assert isinstance(question, Question)
    letter = {text: key for key, text in question.options}
    result = order("c98-life", letter["working"] + letter["born"] + letter["retired"])
    assert isinstance(result, GuessResult)
    assert (result.right, result.belief) == (False, "child-labour")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("born retired working", "{born} is right; the next is not {retired}."),
        ("retired born working", "It does not begin with {retired}."),
    ],
)
def test_another_wrong_order_is_told_how_far_it_is_right(given: str, said: str) -> None:
    """In letters, as it was answered; and not what would have been right."""
    question = order("c98-life")
    assert isinstance(question, Question)
    letter = {text: key for key, text in question.options}
    result = order("c98-life", "".join(letter[piece] for piece in given.split()))
    assert isinstance(result, GuessResult)
    assert result.reply == said.format(**letter)


def test_letters_are_always_the_same() -> None:
    """A stored page and a new run show the same letters."""
    assert order("c98-life") == order("c98-life")


@pytest.mark.parametrize("guess", ["AB", "AAB", "ABCD"])
def test_an_order_must_name_each_piece_once(guess: str) -> None:
    """Neither too few nor twice."""
    with pytest.raises(BadAnswer, match="all the letters ABC"):
        order("c98-life", guess)
