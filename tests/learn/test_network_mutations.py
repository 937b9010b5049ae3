"""The check of whole networks can fail: their backward pass is broken in many ways and each must be caught.

As test_mutations.py does for one layer. A mutation is a piece of the source of `network/backward_pass.py`, which
must occur exactly once, and what is put in its place.
"""

import inspect
from typing import NamedTuple

import pytest
from network_cases import errors, random_case

from gatewise.learn.network import backward_pass

SOURCE = inspect.getsource(backward_pass)
FAR = 1e-5  # a wrong formula is off by percents of a gradient; the check allows 1e-12


class Mutation(NamedTuple):
    id: str
    old: str
    new: str
    head: str = "last"


MUTATIONS = [
    Mutation("head-lost", "concatenate([*d_vectors, *parts, d_head])", "concatenate([*d_vectors, *parts, 0 * d_head])"),
    Mutation("steps-past-the-end", "d_y = inside(d_y, trace.lengths)", "d_y = d_y", "steps"),
    Mutation("head-output-mask", "d_outs = masked(d_z[..., :width], mask)", "d_outs = d_z[..., :width]"),
    Mutation("extra-from-outs", "d_z[..., width : width + ", "d_z[..., :"),
    Mutation("skip-lost", "d_outs is not None and architecture.skip", "False"),
    Mutation("skip-from-extra", "first = architecture.width + architecture.head_inputs", "first = architecture.width"),
    Mutation("skip-past-the-end", "first:], trace.lengths, ", "first:], None, "),
    Mutation("extra-last-step", "d_extra.sum(axis=-2)", "d_extra[..., -1, :]", "steps"),
    Mutation("one-direction", "mine = d_outs[..., direction * Q : (direction + 1) * Q]", "mine = d_outs[..., :Q]"),
    Mutation(
        "directions-swapped",
        "mine = d_outs[..., direction * Q : (direction + 1) * Q]",
        "mine = d_outs[..., (1 - direction) * Q : (2 - direction) * Q]",
    ),
    Mutation("delta-dropped", "else:\n                    delta = mine", "else:\n                    delta = 0 * mine", "steps"),
    Mutation("d_x-of-one-direction", "total = total + cells[1].d_x", "pass"),
    Mutation("mask-between-layers", "return masked(total, trace.masks.inputs[layer])", "return total"),
    Mutation("mask-of-the-layer-below", "trace.masks.inputs[layer])", "trace.masks.inputs[max(layer - 1, 1)])"),
    Mutation("recurrent-mask", '(grads[name] * mask if name == "d_U" else grads[name]).ravel()', "grads[name].ravel()"),
    Mutation(
        "recurrent-mask-on-rows", '(grads[name] * mask if name == "d_U" else grads[name]).ravel()',
        '(grads[name].T * np.tile(mask, 4) if name == "d_U" else grads[name].T).T.ravel()',
    ),
    Mutation("U-without-mask", "trace.used[layer][direction]", "network.cells[layer][direction]"),
    Mutation("W-and-U-exchanged", "for name in trace.used[layer][0].arrays)",
             'for name in ("U", "W", "b"))'),
    Mutation("layers-in-reverse", "found.insert(0, tuple(cells))", "found.append(tuple(cells))"),
    Mutation("last-state-ignored", "outside[layer][direction]", "None"),
    Mutation("last-state-of-layer-0", "outside[layer][direction]", "outside[0][direction]"),
    Mutation("last-out-not-added", '{**reaches, "out": d_out + reaches["out"]}', '{**reaches, "out": d_out}'),
    Mutation("head-not-added", '{**reaches, "out": d_out + reaches["out"]}', 'reaches'),
    Mutation("inner-states-dropped", '{**reaches, "out": d_out + reaches["out"]}', '{"state": 0 * reaches["state"], "out": d_out + reaches["out"]}'),
]  # fmt: skip


def run(source, head):
    """The largest error of each input when the backward pass comes from `source`. D = 2H, so that shapes hide little."""
    module = {"__name__": "mutated"}
    exec(compile(source, "mutated backward_pass.py", "exec"), module)
    settings = {"input_size": 8, "hidden_size": 4, "layers": 3, "bidirectional": True, "head_inputs": 2}
    case = random_case(12, T=4, head=head, skip=2 if head == "last" else 0, **settings)
    return errors(case, case.gradients(module["backward"], engine="reference"), entries=8)


@pytest.mark.parametrize("head", ["last", "steps"])
def test_unbroken_source_passes(head):
    assert max(run(SOURCE, head).values()) < 1e-12


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)
def test_broken_source_is_caught(mutation):
    assert SOURCE.count(mutation.old) == 1, f"the source has changed: {mutation.old!r}"
    try:
        found = run(SOURCE.replace(mutation.old, mutation.new), mutation.head)
    except (ValueError, AssertionError):  # shapes that do not fit any more
        return
    # By far, not by rounding, in single entries and along directions. NaN would not do either.
    assert max(found.values()) > FAR, found
    assert max(error for name, error in found.items() if name.startswith("direction")) > FAR, found
