"""Messages name an option as their reader writes it: gate_order='haste' in Python, --gate-order haste typed."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import gatewise
from gatewise.cli import main
from gatewise.convert import Dense, Recurrent, Sequential, model, read
from gatewise.convert.formats import Choices
from gatewise.convert.layers_file import write
from gatewise.convert.opened import Opened
from gatewise.errors import GatewiseError

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)
PACKAGE = Path(gatewise.__file__).parent
SOURCES = sorted([*(PACKAGE / "convert").rglob("*.py"), *(PACKAGE / "onnx").rglob("*.py")])
OPTIONS = (
    "of", "to", "format", "layers", "returns", "functions", "dtype", "gate_order", "layer", "reverse", "name",
    "lengths", "scan",
)  # fmt: skip
IN_PYTHON = re.compile(rf"(?<![\w.-])({'|'.join(OPTIONS)})=")
AS_FLAG = re.compile(r"(?<![\w-])--[a-z]")


def drawn(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype("float32")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layers = [
        Recurrent([gatewise.Params.init(3, 4, dtype="float32")], name="first"),
        Recurrent([gatewise.Params.init(4, 4, dtype="float32")], name="second", returns="last"),
        Dense(drawn(2, 4), name="head"),
    ]
    opened = Opened(path=tmp_path, format="safetensors", sequential=Sequential(layers))
    Path("own.safetensors").write_bytes(write(opened, Choices())[0])
    H = 4
    one = {"weight_ih_l0": drawn(4 * H, H), "weight_hh_l0": drawn(4 * H, H)}
    torch = {f"{block}.{name}": array for block in ("one", "two") for name, array in one.items()}
    Path("torch.safetensors").write_bytes(safetensors.save(torch))
    odd = {f"lstm.{name}": array for name, array in one.items()} | {"conv.weight": drawn(2, 3, 3)}
    Path("conv.safetensors").write_bytes(safetensors.save(odd))
    Path("problem.toml").write_text(gatewise.load_problem().to_toml())
    Path("named.onnx").write_bytes(Path("own.safetensors").read_bytes())
    Path("what.xyz").write_bytes(b"\x00\x01")
    return tmp_path


WRONG = [
    ("own.safetensors", "b.xyz", {}),
    ("own.safetensors", "b.safetensors", {"to": "caffe"}),
    ("own.safetensors", "b.safetensors", {"of": "caffe"}),
    ("own.safetensors", "b.safetensors", {"to": "torch", "gate_order": "haste"}),
    ("own.safetensors", "b.safetensors", {"gate_order": "caffe"}),
    ("own.safetensors", "b.safetensors", {"dtype": "float16"}),
    ("own.safetensors", "b.safetensors", {"layer": 1}),
    ("own.safetensors", "b.safetensors", {"reverse": True}),
    ("own.safetensors", "b.safetensors", {"lengths": True}),
    ("own.safetensors", "b.safetensors", {"scan": True}),
    ("own.safetensors", "b.safetensors", {"name": "net"}),
    ("own.safetensors", "b.safetensors", {"returns": "steps"}),
    ("own.safetensors", "b.safetensors", {"functions": {"head": "relu"}}),
    ("torch.safetensors", "b.safetensors", {"returns": "all", "layers": ("one",)}),
    ("torch.safetensors", "b.safetensors", {"functions": {"one_l0": "relu"}, "layers": ("one",)}),
    ("torch.safetensors", "b.safetensors", {"functions": {"fc": "relu"}, "layers": ("one",)}),
    ("own.safetensors", "b.safetensors", {"layers": ("third",)}),
    ("own.safetensors", "my-net.h", {}),
    ("own.safetensors", "b.h", {"name": "a" * 40}),
    ("own.safetensors", "b.toml", {}),
    ("own.safetensors", "b.toml", {"layer": 7}),
    ("own.safetensors", "b.toml", {"layer": "third"}),
    ("own.safetensors", "b.toml", {"layer": 0, "reverse": True}),
    ("torch.safetensors", "b.safetensors", {}),
    ("conv.safetensors", "b.safetensors", {}),
    ("problem.toml", "b.safetensors", {"layers": ("first",)}),
    ("named.onnx", "b.safetensors", {}),
    ("own.safetensors", "b.toml", {"of": "onnx"}),
    ("what.xyz", "b.toml", {}),
]  # fmt: skip


def typed(options):
    """Return options as they are typed."""
    arguments = []
    for name, value in options.items():
        arguments.append({"of": "--from"}.get(name, f"--{name.replace('_', '-')}"))
        if isinstance(value, dict):
            arguments.append(",".join(f"{key}={each}" for key, each in value.items()))
        elif value is not True:
            arguments.append(",".join(value) if isinstance(value, tuple) else str(value))
    return arguments


@pytest.mark.parametrize(("a", "b", "options"), WRONG, ids=str)
def test_a_message_names_an_option_as_it_was_written(folder, capsys, a, b, options):
    with pytest.raises(GatewiseError) as refused:
        model(a, b, **options)
    in_python = str(refused.value)
    assert not AS_FLAG.search(in_python)
    assert main(["convert", a, b, *typed(options)]) == 2
    on_command_line = capsys.readouterr().err
    assert not IN_PYTHON.search(on_command_line)
    assert on_command_line.count("\n") == 1
    # Both say the same: what Python spells one way is a flag in the other.
    for name in IN_PYTHON.findall(in_python):
        flag = {"of": "--from", "format": "--from"}.get(name, f"--{name.replace('_', '-')}")
        assert flag in on_command_line


def test_after_a_command_python_is_spelled_as_python_again(folder):
    assert main(["convert", "own.safetensors", "b.safetensors", "--dtype", "float16"]) == 2
    with pytest.raises(GatewiseError, match="dtype='float16'"):
        model("own.safetensors", "b.safetensors", dtype="float16")
    with pytest.raises(GatewiseError, match="format='safetensors'"):
        read("named.onnx")


@pytest.mark.parametrize("command", ["work", "check"])
def test_other_commands_name_their_own_flags(folder, capsys, command):
    arguments = (
        [command, "torch.safetensors"]
        if command == "work"
        else [command, "doc.md", "--model", "torch.safetensors"]
    )
    Path("doc.md").write_text("i_0 = 0.5")
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "--layer NAME" in err
    assert "--layers" not in err
    assert not IN_PYTHON.search(err)


def raised_texts(path):
    """Return (line, text) of every text in a raise of a file, and of the calls that make an error to raise."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        refusing = isinstance(node, ast.Call) and (
            getattr(node.func, "attr", getattr(node.func, "id", "")).endswith(("refuse", "Error"))
        )
        if isinstance(node, ast.Raise) or refusing:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.lineno, inner.value


def test_no_message_of_the_sources_spells_an_option_itself():
    """It would be right for one of its two readers alone; `spelled` knows which of them reads it."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text}"
        for path in SOURCES
        for line, text in raised_texts(path)
        if IN_PYTHON.search(text) or AS_FLAG.search(text)
    ]
    assert not found
    assert sum(1 for path in SOURCES for _ in raised_texts(path)) > 300  # it does look
