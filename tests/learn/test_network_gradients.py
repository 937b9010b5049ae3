"""The backward pass of a whole network against complex steps: every parameter and input, every kind of network."""

import itertools

import numpy as np
import pytest
from network_cases import errors, random_case

# The accuracy promised, relative to the largest entry of each gradient. Measured: 2e-15.
FLOAT64_GRADIENT = 1e-12

KINDS = [
    {"layers": layers, "bidirectional": both, "head": head, "head_inputs": E}
    for layers, both, head, E in itertools.product((1, 3), (False, True), ("last", "steps"), (0, 2))
]
# Of the skipped rows some are before a sequence's first: lengths go down to 0.
KINDS += [
    {"layers": layers, "bidirectional": both, "head": "last", "head_inputs": E, "skip": 3}
    for layers, both, E in ((1, False, 0), (2, True, 2))
]
# Learned vectors: one table and two, at every place where they are joined to x and parted from it.
KINDS += [
    {"layers": layers, "bidirectional": both, "head": head, "head_inputs": E, "embeddings": tables} | skip
    for layers, both, head, E, tables, skip in (
        (1, False, "last", 0, (("store", 4, 3),), {}),
        (2, True, "last", 2, (("store", 4, 3), ("town", 2, 1)), {"skip": 3}),
        (1, True, "steps", 0, (("store", 4, 3), ("town", 2, 1)), {}),
    )
]


def name_of(kind):
    """For example `3-both-steps-E2`."""
    name = (
        f"{kind['layers']}-{'both' if kind['bidirectional'] else 'one'}-{kind['head']}-E{kind['head_inputs']}"
    )
    return name + ("-skip" if "skip" in kind else "") + "-vectors" * ("embeddings" in kind)


@pytest.mark.parametrize("dropout", [True, False], ids=["dropout", "whole"])
@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_gradient(engine, kind, dropout):
    case = random_case(7, dropout=dropout, **kind)
    found = errors(case, case.gradients(engine=engine))
    assert max(found.values()) < FLOAT64_GRADIENT, found


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_without_lengths(engine, kind):
    case = random_case(8, T=5, lengths=None, **kind)
    found = errors(case, case.gradients(engine=engine), entries=2)
    assert max(found.values()) < FLOAT64_GRADIENT, found


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_a_single_sequence_is_a_batch_of_one(engine, kind):
    case = random_case(9, N=1, **kind)
    whole = case.gradients(engine=engine)
    alone = case._replace(
        inputs={name: value if name == "vector" else value[0] for name, value in case.inputs.items()},
        lengths=case.lengths[0],
        codes=None if case.codes is None else case.codes[0],
        d_y=case.d_y[0],
        d_last=[[type(state)(state.out[0], state.state[0]) for state in cells] for cells in case.d_last],
    )
    for name, value in alone.gradients(engine=engine).items():
        np.testing.assert_array_equal(value, whole[name] if name == "vector" else whole[name][0], name)
