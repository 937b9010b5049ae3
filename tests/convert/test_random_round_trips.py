"""Small models drawn at random go through every pair of formats that can express them, and come back as they were."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from onnx_served import drawn_cell, drawn_dense

from gatewise.convert import FORMATS, Opened, model, read
from gatewise.convert.formats import Choices
from gatewise.errors import ConvertError
from gatewise.learn.sequential import FUNCTIONS, Recurrent, Sequential, apart, joined

for package, extra in (("safetensors", "train"), ("h5py", "keras"), ("onnx", "onnx")):
    pytest.importorskip(package, reason=f"{package} is not installed; pip install 'gatewise[{extra}]'")

FILES = {
    "torch": "m.safetensors",
    "safetensors": "m.safetensors",
    "keras": "m.keras",
    "keras-weights": "m.weights.h5",
    "onnx": "m.onnx",
}
WHOLE = ("safetensors", "keras", "onnx")  # which say directions, what is returned, and functions
TWO_BIASES = ("safetensors", "torch", "onnx")
USUAL = ("lstm", "gru-reset-after", "rnn", "lstm+no-bias", "gru", "rnn+no-bias", "gru-reset-after+no-bias")
OTHERS = (
    "peephole",
    "coupled",
    "projected",
    "lstm+clip=0.5",
    "rnn-relu",
    "mgu",
    "lstm1997",
    "coupled+peephole",
)
SEEDS = range(8)


def drawn(seed):
    """One to three recurrent layers with dense ones before, between and after them."""
    rng = np.random.default_rng(seed)

    def one_of(*options):
        return options[rng.integers(len(options))]

    dtype = one_of("float32", "float32", "float64")
    cell = one_of(*USUAL, *USUAL, *OTHERS)
    width = int(rng.integers(2, 4))
    layers, count = [], int(rng.integers(1, 4))

    def dense():
        nonlocal width
        units = int(rng.integers(1, 5))
        name = f"dense_{len(layers)}"
        layers.append(drawn_dense(width, units, rng, one_of(*FUNCTIONS), bool(rng.integers(2)), dtype, name))
        width = units

    if rng.random() < 0.15:
        dense()
    for number in range(count):
        way = one_of("forwards", "forwards", "both", "backwards", "turned", "turned")
        returns = "steps" if number < count - 1 else one_of("steps", "last", "row")
        if returns != "steps" and way == "turned":
            way = "backwards"
        if returns == "row" and way == "forwards":
            returns = "last"  # the same
        cells = [drawn_cell(cell, width, 3, rng, dtype) for _ in range(1 + (way == "both"))]
        biases = None
        if "b" in cells[0].arrays and rng.random() < 0.5:
            biases = [two_of(each, rng, dtype) for each in cells]
            cells = [each.replace(**joined(each.cell, two)) for each, two in zip(cells, biases, strict=True)]
        layers.append(
            Recurrent(
                cells, biases=biases, reverse=way in ("backwards", "turned"), turned=way == "turned",
                returns=returns, name=f"layer_{len(layers)}",
            )
        )  # fmt: skip
        width = layers[-1].width
        if rng.random() < 0.4:
            dense()
    return Sequential(layers)


def two_of(params, rng, dtype):
    return tuple(rng.standard_normal(params.b.shape).astype(dtype) for _ in range(2))


def said(found, *, whole, biases):
    """What a model is, with the bits of its weights; what a format cannot say left out."""
    for layer in found.layers:
        if not isinstance(layer, Recurrent):
            yield layer.W.dtype, layer.W.tobytes(), None if layer.b is None else layer.b.tobytes()
            yield layer.function if whole else ""
            continue
        yield layer.cell.name, [{n: a.tobytes() for n, a in each.arrays.items()} for each in layer.cells]
        if whole:
            yield layer.reverse, layer.turned, layer.returns, layer.name
        if biases:  # one bias is that and 0, of a format that has two
            both = [apart(layer, direction) for direction in range(len(layer.cells))]
            yield [two and [each.tobytes() for each in two] for two in both]


def saved(found, key, folder):
    path = folder / FILES[key]
    folder.mkdir()
    path.write_bytes(FORMATS[key].load().write(Opened(path=path, format=key, sequential=found), Choices())[0])
    return path


@pytest.mark.share(4)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_model_drawn_at_random_comes_back_from_every_format(seed, tmp_path):
    expected = drawn(seed)
    for first in FILES:
        try:
            a = saved(expected, first, tmp_path / f"{first}-a")
            start = read(a, format=first).layers()
        except ConvertError:
            continue
        for second in FILES:
            b, c = (tmp_path / f"{first}-{second}-{end}" for end in "bc")
            b.mkdir()
            c.mkdir()
            try:
                model(a, b / FILES[second], of=first, to=second)
                between = read(b / FILES[second], format=second)
            except ConvertError:
                continue
            weights = {"whole": False, "biases": False}
            if list(said(between.layers(), **weights)) != list(said(start, **weights)):
                assert second not in WHOLE
                assert between.notes  # which say what was taken as most have it, such as the order of layers
                continue
            model(b / FILES[second], c / FILES[first], of=second, to=first)
            about = {
                "whole": first in WHOLE and second in WHOLE,
                "biases": first in TWO_BIASES and second in TWO_BIASES,
            }
            found = list(said(read(c / FILES[first], format=first).layers(), **about))
            assert found == list(said(start, **about)), (first, second)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("lengths", "scan"), list(itertools.product([False, True], repeat=2)))
def test_onnx_gives_back_what_was_written_however_it_was_written(seed, lengths, scan, tmp_path):
    expected = drawn(seed)
    opened = Opened(path=tmp_path / "a", format="safetensors", sequential=expected)
    try:
        data, _ = FORMATS["onnx"].load().write(opened, Choices(lengths=lengths, scan=scan))
    except ConvertError:
        assert lengths
        assert any(layer.turned for layer in expected.recurrent)
        return
    (tmp_path / "m.onnx").write_bytes(data)
    found = read(tmp_path / "m.onnx").layers()
    everything = {"whole": True, "biases": True}
    assert list(said(found, **everything)) == list(said(expected, **everything))


def test_the_models_drawn_are_of_many_kinds():
    layers = [layer for seed in SEEDS for layer in drawn(seed).recurrent]
    assert {layer.returns for layer in layers} >= {"steps", "last"}
    assert {len(layer.cells) for layer in layers} == {1, 2}
    assert any(layer.turned for layer in layers)
    assert any(any(layer.biases) for layer in layers)
    assert len({layer.cell for layer in layers}) > 4
