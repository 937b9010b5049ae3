"""Files of Keras that are damaged or hostile: one message, within bounds, and nothing is run or followed."""

import io
import json
import shutil
import sys
import zipfile

import numpy as np
import pytest

from gatewise import convert
from gatewise.cells import GRU, GRU_RESET_AFTER, lstm
from gatewise.convert.keras import archive, hdf5
from gatewise.engine.params import Params
from gatewise.errors import ConvertError
from gatewise.learn.sequential import Dense, Recurrent, Sequential

h5py = pytest.importorskip("h5py", reason="h5py is not installed; pip install 'gatewise[keras]'")


def layers(dtype="float32", cell=None, **about):
    rng = np.random.default_rng(0)
    cell = lstm() if cell is None else cell

    def drawn(D, H):
        params = Params.init(D, H, cell=cell, dtype=dtype)
        return params.replace(**{n: rng.normal(size=a.shape).astype(dtype) for n, a in params.arrays.items()})

    head = Dense(rng.normal(size=(2, 8)).astype(dtype), rng.normal(size=2).astype(dtype), name="head")
    return Sequential(
        [
            Recurrent([drawn(3, 5)], name="first"),
            Recurrent([drawn(5, 4), drawn(5, 4)], returns="last", name="both", **about),
            head,
        ]
    )


def saved(tmp_path, name="a.keras", model=None):
    opened = convert.Opened(path=tmp_path, format="safetensors", sequential=model or layers())
    key = "keras" if name.endswith(".keras") else "keras-weights"
    path = tmp_path / name
    path.write_bytes(convert.FORMATS[key].load().write(opened, convert.formats.Choices())[0])
    return path


def changed(path, **parts):
    """A .keras file with some members exchanged."""
    with zipfile.ZipFile(path) as old:
        held = {name: old.read(name) for name in old.namelist()} | {
            {"config": archive.CONFIG, "weights": archive.WEIGHTS}[key]: value for key, value in parts.items()
        }
    with zipfile.ZipFile(path, "w") as new:
        for name, data in held.items():
            new.writestr(name, data)
    return path


def config_of(path):
    with zipfile.ZipFile(path) as held:
        return json.loads(held.read(archive.CONFIG))


def refuses(path, why):
    with pytest.raises(ConvertError, match=why) as caught:
        convert.read(path)
    assert len(str(caught.value)) < 1500
    assert path.name in str(caught.value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", [lstm(), lstm(bias=False), GRU, GRU_RESET_AFTER], ids=lambda c: c.name)
@pytest.mark.parametrize("name", ["a.keras", "a.weights.h5"])
def test_what_was_written_is_read_to_the_bit(name, cell, dtype, tmp_path):
    model = layers(dtype, cell)
    found = convert.read(saved(tmp_path, name, model)).layers()
    x = np.random.default_rng(1).normal(size=(2, 6, 3)).astype(dtype)
    np.testing.assert_array_equal(found.forward(x), model.forward(x))
    for ours, theirs in zip(found.recurrent, model.recurrent, strict=True):
        for one, other in zip(ours.cells, theirs.cells, strict=True):
            assert one.cell == other.cell
            for part in other.arrays:
                np.testing.assert_array_equal(one.arrays[part], other.arrays[part])


def test_the_same_model_gives_the_same_bytes(tmp_path):
    first = saved(tmp_path).read_bytes()
    assert saved(tmp_path, "b.keras").read_bytes() == first


def cell_model(cell, **about):
    return Sequential([Recurrent([Params.init(3, 4, cell=cell)], name="odd", **about)])


@pytest.mark.parametrize(
    "options", [{"peepholes": True}, {"coupled": True}, {"projected": True}, {"clip": 3}, {"state_clip": 2}]
)
def test_cells_that_keras_has_not_are_refused_by_the_layers_name(options, tmp_path):
    with pytest.raises(ConvertError, match="layer odd: Keras has no cell"):
        saved(tmp_path, model=cell_model(lstm(**options)))


@pytest.mark.parametrize(
    "about", [{"reverse": True}, {"reverse": True, "returns": "row"}], ids=["in the order of x", "row"]
)
def test_outs_in_an_order_that_keras_does_not_give_are_refused(about, tmp_path):
    with pytest.raises(ConvertError, match="layer odd"):
        saved(tmp_path, model=cell_model(lstm(), **about))


def test_files_that_are_cut_short_are_refused(tmp_path):
    for name in ("a.keras", "a.weights.h5"):
        path = saved(tmp_path, name)
        data = path.read_bytes()
        for size in (0, 1, 100, len(data) // 2, len(data) - 1):
            path.write_bytes(data[:size])
            with pytest.raises(ConvertError):
                convert.read(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(archive.CONFIG, json.dumps({}))
        file.writestr(archive.WEIGHTS, bytes(300_000_000))
    refuses(path, "would unpack")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(archive.CONFIG, b"[" * (archive.MOST_CONFIG + 1))
        file.writestr(archive.WEIGHTS, b"")
    refuses(path, "would unpack")


def test_deep_json_and_a_config_of_another_kind_are_refused(tmp_path):
    for config, why in (
        ("[" * 50_000, "nested too deep"), ("[1]", "no table"), ("{", "not JSON"), ('{"class_name": "Mine"}', "Mine"),
        (json.dumps({"class_name": "Sequential", "config": {"layers": [3]}}), "no configuration"),
        (json.dumps({"class_name": "Functional", "config": {"layers": []}}), "0 inputs"),
    ):  # fmt: skip
        refuses(changed(saved(tmp_path), config=config), why)


def test_a_model_of_very_many_layers_is_refused(tmp_path):
    path = saved(tmp_path)
    config = config_of(path)
    config["config"]["layers"] += config["config"]["layers"][-1:] * 20_000
    refuses(changed(path, config=json.dumps(config)), "at most 1,000")


def test_a_lambda_is_refused_and_never_run(tmp_path):
    path = saved(tmp_path)
    config = config_of(path)
    config["config"]["layers"][1]["class_name"] = "Lambda"
    refuses(changed(path, config=json.dumps(config)), "'first'.*never run")


def weights_with(change, path):
    data = io.BytesIO()
    with zipfile.ZipFile(path) as held:
        data.write(held.read(archive.WEIGHTS))
    with h5py.File(data, "r+") as file:
        change(file)
    return changed(path, weights=data.getvalue())


def replaced(make):
    def change(file):
        del file["layers/lstm/cell/vars/0"]
        make(file["layers/lstm/cell/vars"])

    return change


HDF5 = {
    "an external link": (replaced(lambda g: g.__setitem__("0", h5py.ExternalLink("/etc/passwd", "/x"))), "link"),
    "a soft link": (replaced(lambda g: g.__setitem__("0", h5py.SoftLink("/layers/lstm/cell/vars/1"))), "link"),
    "external data": (replaced(lambda g: g.create_dataset("0", (3, 20), "f4", external=[("/etc/passwd", 0, 240)])), "another file"),
    "a huge shape": (replaced(lambda g: g.create_dataset("0", (3, 1 << 40), "f4", chunks=(1, 1024))), "more than the file"),
    "a bomb": (replaced(lambda g: g.create_dataset("0", data=np.zeros((3, 10_000_000), "f4"), compression="gzip")), "more than the file"),
    "another shape": (replaced(lambda g: g.create_dataset("0", data=np.ones((3, 19), "f4"))), "'first'.*kernel"),
    "whole numbers": (replaced(lambda g: g.create_dataset("0", data=np.ones((3, 20), "i1"))), "real numbers"),
    "no numbers": (replaced(lambda g: g.create_dataset("0", data=h5py.Empty("f4"))), "real numbers"),
    "a group": (replaced(lambda g: g.create_group("0")), "is a group"),
    "nothing": (replaced(lambda g: None), "'first'"),
}  # fmt: skip


@pytest.mark.parametrize("what", HDF5)
def test_weights_that_are_linked_forged_or_missing_are_refused(what, tmp_path):
    change, why = HDF5[what]
    refuses(weights_with(change, saved(tmp_path)), why)


def test_groups_that_hold_themselves_come_to_an_end(tmp_path):
    path = saved(tmp_path, "a.weights.h5")
    with h5py.File(path, "r+") as file:
        file["layers/lstm/again"] = file["layers"]
        del file["layers/lstm/cell"]
    with pytest.raises(ConvertError):
        convert.read(path)


def test_a_virtual_dataset_is_refused(tmp_path):
    path = saved(tmp_path, "a.weights.h5")
    with h5py.File(path, "r+") as file:
        del file["layers/lstm/cell/vars/0"]
        layout = h5py.VirtualLayout((3, 20), "f4")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3, 20))
        file.create_virtual_dataset("layers/lstm/cell/vars/0", layout)
    refuses(path, "another file")


@pytest.mark.parametrize("units", [1_000_000_000, "x", 4.5, True])
@pytest.mark.parametrize("place", [0, 2])
def test_units_that_are_not_those_of_the_weights_are_refused(tmp_path, units, place):
    path = saved(tmp_path)
    with zipfile.ZipFile(path) as old:
        held = {name: old.read(name) for name in old.namelist()}
    config = json.loads(held[archive.CONFIG])
    found = [each for each in config["config"]["layers"] if "units" in each["config"]]
    found[place // 2]["config"]["units"] = units
    held[archive.CONFIG] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, data in held.items():
            new.writestr(name, data)
    with pytest.raises(ConvertError, match="its configuration has units="):
        convert.read(path)


def test_a_file_that_its_library_never_returns_from_is_given_up(tmp_path, monkeypatch):
    """The free space of a heap of texts is said to be 0 bytes long, and HDF5 goes on to the next for ever."""
    monkeypatch.setattr(hdf5, "LONGEST", 3)
    path = saved(tmp_path)
    with zipfile.ZipFile(path) as held:
        data = bytearray(held.read(archive.WEIGHTS))
    heap = data.index(b"GCOL") + 16
    data[heap : heap + 16] = bytes(16)
    refuses(changed(path, weights=bytes(data)), "did not come back.* in 3 seconds")


def test_a_file_is_read_in_this_process_where_no_other_can_be_started(tmp_path, monkeypatch):
    path = saved(tmp_path)
    there = convert.read(path).layers()
    for executable in ("/nowhere/python", "", shutil.which("false")):
        monkeypatch.setattr(sys, "executable", executable)
        here = convert.read(path).layers()
        assert all(
            np.array_equal(here.layers[0].cells[0].arrays[name], array)
            for name, array in there.layers[0].cells[0].arrays.items()
        )
