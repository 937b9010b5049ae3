"""A key and answers, a sheet and a format, in each other's place."""

import pytest

from gatewise import exercises
from gatewise.errors import ArgumentError

SHEET = exercises.exercise("fill", 1, 1)
KEY = exercises.key_of(SHEET)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: exercises.mark({}, KEY), "key comes first, and a dict was given there. The Key stands where answers"),
        (lambda: exercises.mark(SHEET, {}), "an Exercise was given there. It must be a Key"),
        (lambda: exercises.mark(KEY, ["0.5"]), "answers comes second, and a list of 1 was given there"),
        (lambda: exercises.render("md", SHEET), "exercise comes first, and the text 'md' was given there"),
        (lambda: exercises.render(KEY, "md"), "a Key was given there. It must be an Exercise"),
    ],
)  # fmt: skip
def test_exchanged_arguments_are_told_which_comes_where(call, words):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert words in str(caught.value)
