"""The file around the data: one policy, no host, nothing that ends a script early, in a notebook and on a disk."""

import base64
import hashlib
import html
import json
import re

import numpy as np
import pytest
from page_data import data_in

import gatewise
from gatewise.cells import CELLS
from gatewise.engine.params import Params
from gatewise.errors import GatewiseError
from gatewise.learn.network import Architecture, Network
from gatewise.learn.sequential import Dense, Recurrent, Sequential
from gatewise.support import pages
from gatewise.support.files import OutputError
from gatewise.teach.problem import load_problem


def params(D=2, H=2, cell="lstm"):
    return Params.init(D, H, cell=CELLS[cell], seed=0, dtype="float64")


@pytest.fixture(scope="module")
def example():
    return gatewise.explore()


def test_the_page_has_the_data_and_says_what_it_is(example):
    page = example.html
    assert data_in(page) == json.loads(json.dumps(example.data))
    assert "<title>The worked example</title>" in page
    assert '<html lang="en">' in page
    assert re.search(r"<noscript>.*gatewise work.*</noscript>", page, re.DOTALL)
    assert data_in(page)["version"] == gatewise.__version__


def test_its_policy_allows_its_own_style_and_script_alone(example):
    (allowed,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', example.html)
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", example.html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in allowed
    assert allowed.startswith("default-src 'none'; img-src data:;")  # so that nothing is connected to, either


def test_nothing_in_it_is_fetched(example):
    page = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", example.html, flags=re.DOTALL)
    assert not re.search(r"https?://", page)
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert not re.search(r"\bimport\(|\bfetch\(|XMLHttpRequest|sendBeacon|url\((?!data:)", example.html)


def test_no_title_ends_the_script_or_the_page():
    page = gatewise.explore(params(), np.ones((2, 2)), title='</script><script>alert("1")</script>&<!--').html
    assert data_in(page)["title"] == '</script><script>alert("1")</script>&<!--'
    assert page.count("<script") == gatewise.explore().html.count("<script")


def test_a_name_that_is_no_text_does_not_stop_the_page(tmp_path):
    page = gatewise.explore(
        title="weights\udcff.keras"
    )  # as Python has the name of a file in another encoding
    page.save(tmp_path / "page.html")
    assert "<title>weights?.keras</title>" in (tmp_path / "page.html").read_text("utf-8")


def test_beside_the_app_the_worked_examples_page_has_at_most_100_kb(example):
    app = sum(len(pages.bundle(name).encode()) for name in ("explore.js", "explore.css"))
    assert len(example.html.encode()) - app <= 102_400


def test_saving_is_one_step_and_gives_the_path(example, tmp_path):
    assert example.save(tmp_path / "page.html") == tmp_path / "page.html"
    assert (tmp_path / "page.html").read_text("utf-8") == example.html
    with pytest.raises(OutputError, match="its folder does not exist"):
        example.save(tmp_path / "none" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_path_saves_at_once(tmp_path):
    gatewise.explore(path=tmp_path / "page.html")
    assert "The worked example" in (tmp_path / "page.html").read_text("utf-8")


def test_a_notebook_shows_it_in_a_frame_of_its_own(example):
    shown = example._repr_html_()
    (source,) = re.findall(r'srcdoc="([^"]*)"', shown)
    assert html.unescape(source) == example.html
    assert re.search(r'<iframe title="The worked example" .*height="\d{3}"', shown, re.DOTALL)
    assert "allow-same-origin" not in shown


def test_an_app_that_was_not_built_is_said_so(monkeypatch):
    monkeypatch.setattr(pages, "files", lambda package: __import__("pathlib").Path("/nowhere"))
    pages.source.cache_clear()
    with pytest.raises(
        GatewiseError, match=r"explore.css is missing in gatewise/support/bundles.*npm run build"
    ):
        _ = gatewise.explore().html
    monkeypatch.undo()
    pages.source.cache_clear()


# What explore takes ---------------------------------------------------------------------------------------------------


def blocks(page):
    return [(block["kind"], block["cell"], block["steps"]) for block in page.data["blocks"]]


def test_it_takes_whatever_has_a_cell(tmp_path):
    x, label = np.ones((3, 2)), np.zeros((3, 2))
    network = Network.init(Architecture(input_size=2, hidden_size=2, outputs=1, layers=2, cell="gru"), seed=0)
    (tmp_path / "own.toml").write_text(load_problem(cell="gru").to_toml())
    given = {
        "parameters": ((params(), x, label), [("cell", "lstm", 3)]),
        "a problem": ((load_problem(cell="mgu"),), [("cell", "mgu", 2)]),
        "a problem file": ((tmp_path / "own.toml",), [("cell", "gru", 2)]),
        "its name": ((str(tmp_path / "own.toml"),), [("cell", "gru", 2)]),
        "a network": ((network, x), [("cell", "gru", 3), ("cell", "gru", 3), ("head", "head", 1)]),
        "layers": ((Sequential([Recurrent([params()])]),), [("cell", "lstm", 3)]),
        "nothing": ((), [("cell", "lstm", 2)]),
    }
    for name, (arguments, found) in given.items():
        assert blocks(gatewise.explore(*arguments)) == found, name


def test_what_it_is_told_stands_on_the_page():
    data = gatewise.explore(
        digits=7, rounding="hand", notation="torch", ties="half-even", learning_rate=0.5, title="Mine"
    ).data
    assert [data[key] for key in ("digits", "rounding", "notation", "ties", "learningRate", "title")] == [
        7, "hand", "torch", "half-even", 0.5, "Mine"
    ]  # fmt: skip
    assert data["blocks"][0]["given"]["learning_rate"] == 0.5


def test_layers_without_data_draw_them_and_say_so():
    model = Sequential([Recurrent([params()], returns="last"), Dense(np.ones((1, 2)))])
    page, again, other = (gatewise.explore(model, seed=seed) for seed in (1, 1, 2))
    assert page.notes == ("x and label are drawn: 3 steps of numbers of two decimals",)
    assert page.data == again.data
    assert page.data != other.data


def test_of_a_batch_one_sequence_is_shown():
    x = np.random.default_rng(0).normal(size=(2, 3, 2))
    page = gatewise.explore(params(), x, np.zeros((2, 3, 2)), batch=1)
    assert page.data["blocks"][0]["given"]["x@0"] == pytest.approx(x[1, 0])
    layers = gatewise.explore(Sequential([Recurrent([params()])]), x, np.zeros((2, 3, 2)), batch=1)
    assert layers.data["blocks"][0]["given"]["x@0"] == pytest.approx(x[1, 0])


class Raising:
    """An object whose attributes raise, whichever is asked for."""

    def __getattr__(self, name):
        raise RuntimeError(name)


ONE, LAST = Sequential([Recurrent([params()])]), Sequential([Recurrent([params()], returns="last")])
BOTH = Sequential([Recurrent([params(), params()])])
REFUSED = {
    "parameters without x": ((params(),), {}, "x is missing"),
    "x of another width": ((params(), np.ones((2, 3))), {}, r"x is \(2, 3\)"),
    "a label of another shape": ((params(), np.ones((2, 2)), np.ones((2, 3))), {}, r"label is \(2, 3\)"),
    "NaN in x": ((params(), np.full((2, 2), np.nan)), {}, r"x\[0, 0\] is nan; a page needs finite numbers"),
    "a complex x": ((params(), np.ones((2, 2)) * 1j), {}, "x is complex; a page needs real numbers"),
    "no model": ((3,), {}, "model is the number 3; it must be Params"),
    "an object that raises": ((Raising(),), {}, "model is a Raising; it must be Params"),
    "both directions": ((BOTH,), {}, "goes both ways; a page shows layers of one direction"),
    "two dense layers": (
        (Sequential([Recurrent([params()]), Dense(np.ones((2, 2))), Dense(np.ones((1, 2)))]),), {}, "2 dense layers; a page shows one"
    ),
    "digits": ((), {"digits": 0}, "digits=0; it must be a whole number from 1 to 12"),
    "a notation that a cell has not": ((load_problem(cell="gru"),), {"notation": "keras"}, "notation='keras' has no names"),
    "a label alone": ((Sequential([Recurrent([params()])]), None, np.ones((2, 2))), {}, "label was given without x"),
    "an x beside a problem": ((load_problem(), np.ones((2, 2))), {}, "x was given, and the problem has its own"),
    "a row of no run": ((), {"at": 3}, "at was given, and it is for a run"),
    "a state of layers": ((Sequential([Recurrent([params()])]),), {"state": (0, 0)}, "it is for Params"),
    "a sequence of drawn ones": ((Sequential([Recurrent([params()])]),), {"batch": 1}, "batch=1: one sequence is drawn"),
    "a title of numbers": ((), {"title": 3}, "title is the number 3; it must be text"),
    "a title without a letter": ((), {"title": " "}, "it must be text, and not empty"),
    "a seed of nothing drawn": ((), {"seed": 3}, "seed was given, and it is for layers without x"),
    "a seed beside an x": ((ONE, np.ones((2, 2))), {"seed": 3}, "seed was given, and with x nothing is drawn"),
    "a complex x of layers": ((ONE, np.ones((2, 2)) * 1j), {}, "x is complex"),
    "a complex label of layers": ((ONE, np.ones((2, 2)), np.ones((2, 2)) * 1j), {}, "label is complex"),
    "a label with T and H exchanged": ((ONE, np.ones((3, 2)), np.ones((2, 3))), {}, r"label is \(2, 3\); with x \(3, 2\) it must be \(3, 2\)"),
    "a label without the batch of x": (
        (LAST, np.ones((4, 3, 2)), np.ones((1, 2))), {}, r"label is \(1, 2\); with x \(4, 3, 2\) it must be \(4, 1, 2\)"
    ),
    "one number as the label of a batch": ((ONE, np.ones((2, 3, 2)), 3.0), {}, r"label is \(\); with x"),
    "an infinite label": ((ONE, np.ones((1, 2)), np.full((1, 2), np.inf)), {}, "label has inf"),
    "a seed below 0": ((), {"seed": -1}, "seed=-1; it must be a whole number from 0"),
    "a rate below 0": ((params(), np.ones((2, 2))), {"learning_rate": -1}, "learning_rate=-1; it must be a finite number"),
    "codes that are no class": (
        (Sequential([Recurrent([params()], returns="last"), Dense(np.ones((2, 2)), function="softmax")]), np.ones((2, 2)), [2]), {},
        "codes of classes; they must be 0 to 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_page_cannot_show_is_refused(name):
    arguments, options, said = REFUSED[name]
    with pytest.raises(GatewiseError, match=said):
        gatewise.explore(*arguments, **options)


@pytest.mark.parametrize("label", [[0, 1], [[0], [1]], np.eye(2), np.eye(2)[:, np.newaxis]])
def test_the_label_of_a_batch_of_classes_may_have_each_of_its_forms(label):
    model = Sequential([*LAST.layers, Dense(np.ones((2, 2)), function="softmax")])
    page = gatewise.explore(model, np.ones((2, 3, 2)), label, batch=1)
    assert page.data["blocks"][-1]["given"]["label@0"] == [0, 1]
