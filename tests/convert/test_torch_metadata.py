"""What a state_dict leaves open, kept in a safetensors file's metadata: read where it fits the tensors."""

import json

import numpy as np
import pytest
import safetensors.numpy as safetensors
from safetensors import safe_open

from gatewise import convert
from gatewise.cells import lstm
from gatewise.convert import layers_file, read
from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.engine.params import Params
from gatewise.errors import ConvertError
from gatewise.learn.sequential import Dense, Recurrent, Sequential

RNG = np.random.default_rng(3)


def layers(returns="steps", two_biases=False):
    def drawn(*shape):
        return RNG.normal(size=shape).astype("float32")

    first, second = (Params.init(D, 4, cell=lstm(), dtype="float32", seed=D) for D in (3, 4))
    first = first.replace(b=drawn(16))
    return Sequential(
        [
            Recurrent([first], name="low"), Recurrent([second], name="high", returns=returns),
            Dense(drawn(4, 4), drawn(4), function="tanh", name="square"), Dense(drawn(4, 4), function="sigmoid", name="head"),
        ]
    )  # fmt: skip


def as_torch(tmp_path, model, name="t.safetensors"):
    own = tmp_path / "own.safetensors"
    own.write_bytes(layers_file.write(Opened(path=own, format="safetensors", sequential=model), Choices())[0])
    convert.model(own, tmp_path / name, to="torch")
    return tmp_path / name


@pytest.mark.parametrize("returns", ["steps", "last", "row"])
def test_a_state_dict_keeps_names_functions_and_what_is_returned(tmp_path, returns):
    """Of two square layers the order cannot be told by sizes: it is kept, too."""
    model = layers(returns)
    path = as_torch(tmp_path, model)
    opened = read(path)
    assert opened.notes == ()
    assert [each.name for each in opened.layers().layers] == ["low", "high", "square", "head"]
    x = RNG.normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_array_equal(opened.layers().forward(x), model.forward(x))
    assert [each.biases for each in opened.layers().recurrent] == [(None,), (None,)]
    convert.model(path, tmp_path / "again.safetensors", to="torch")
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()
    chosen = read(path, layers=["low", "lstm_l1"], returns="steps").layers()
    assert [each.name for each in chosen.layers] == ["low", "high"]
    assert read(path, functions={"head": "relu"}).layers().layers[-1].function == "relu"


def test_without_the_metadata_it_is_read_as_any_state_dict(tmp_path):
    path = as_torch(tmp_path, layers("last"))
    tensors = safetensors.load_file(path)
    path.write_bytes(safetensors.save(tensors, {"format": "pt"}))
    with pytest.raises(ConvertError, match="in which order its layers stand cannot be told"):
        read(path)
    opened = read(path, layers=["lstm", "head0", "head1"])
    assert any("a state_dict does not say" in note for note in opened.notes)


@pytest.mark.parametrize(
    "change", ["another tensor", "another size", "a gate's cell", "damaged", "a later format"]
)
def test_metadata_that_do_not_fit_the_tensors_are_left_aside(tmp_path, change):
    path = as_torch(tmp_path, layers("steps"))
    tensors = safetensors.load_file(path)
    del tensors["head1.weight"]
    head = path.read_bytes()
    metadata = json.loads(head[8 : 8 + int.from_bytes(head[:8], "little")])["__metadata__"]
    document = json.loads(metadata["gatewise"])
    document["state_dict"].pop()
    if change == "another tensor":
        tensors["more.weight"], tensors["more.bias"] = np.ones((2, 4), "float32"), np.ones(2, "float32")
    elif change == "another size":
        document["state_dict"][0]["directions"] = 2
    elif change == "a gate's cell":
        document["state_dict"][0]["cell"] = "gru"
    elif change == "damaged":
        document["state_dict"][2] = {"kind": "dense", "tensors": ["head0"], "function": {}}
    else:
        document["format"] = 9
    path.write_bytes(safetensors.save(tensors, metadata | {"gatewise": json.dumps(document)}))
    opened = read(path, returns="steps")
    assert [each.name for each in opened.layers().recurrent] == ["lstm_l0", "lstm_l1"]
    assert opened.layers().layers[2].function == "linear"
    assert ("what its metadata say of layers is of other tensors, and is left aside" in opened.notes) == (
        change != "a later format"
    )


def test_weights_that_were_trained_on_are_those_that_are_read(tmp_path):
    """A second bias that is not 0 any more is kept, with the functions of the metadata."""
    path = as_torch(tmp_path, layers("last"))
    tensors = safetensors.load_file(path)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    tensors["lstm.bias_hh_l0"] += 1
    path.write_bytes(safetensors.save(tensors, metadata))
    found = read(path).layers()
    assert found.layers[2].function == "tanh"
    assert found.recurrent[0].biases[0] is not None
    assert found.recurrent[1].biases[0] is None
