"""`gatewise explain`: a page, the list, other cells, and what is not there."""

import pytest

from gatewise.teach.explain import listing


def test_a_page_of_a_mistake(run):
    code, out, err = run("explain", "B2/without-d_state_next*f_next")
    assert (code, err) == (0, "")
    assert out.startswith("B2/without-d_state_next*f_next\nThe path through the state forgotten.\n")
    assert "With numbers (the worked example, 5 decimals)" in out


def test_a_page_of_a_verdict(run):
    code, out, _ = run("explain", "arithmetic")
    assert code == 0
    assert "0.99" in out


def test_alone_it_lists_them_all(run):
    code, out, _ = run("explain")
    assert (code, out.rstrip("\n")) == (0, listing().rstrip("\n"))


def test_other_cells(run):
    code, out, _ = run("explain", "F4/out_prev-for-k", "--cell", "gru")
    assert code == 0
    assert "gatewise work --cell gru" in out
    assert "F4/out_prev-for-k" in run("explain", "--cell", "gru")[1]
    assert run("explain", "F4/out_prev-for-k")[0] == 2


def test_ascii_and_width(run):
    _, out, _ = run("explain", "F5/coupled", "--ascii", "--width", "50")
    assert out.isascii()
    assert all(len(line) <= 50 or "=" in line for line in out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (["B2/without-d_state_nxt"], "The nearest: B2/without-d_state_next*f_next"),
        (["nothing"], "gatewise explain lists them all"),
        (["arithmetic", "--cell", "lsmt"], "lsmt"),
        (["arithmetic", "--width", "3"], "--width"),
    ],
)
def test_what_is_not_there_ends_with_2_and_a_sentence(run, arguments, fragment):
    code, out, err = run("explain", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("gatewise: ")
    assert fragment in err
