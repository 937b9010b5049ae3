"""A page's data are packed: smaller, and the same when they are unpacked, in Python and on the page."""

import json
import shutil
import subprocess

import pytest
from page_data import packed_data_in
from paths import ROOT

import gatewise
from gatewise.cells import CELLS
from gatewise.engine.params import Params
from gatewise.teach.explore.packing import packed, unpacked


def plain(data):
    return json.loads(json.dumps(data))


@pytest.mark.parametrize("cell", CELLS)
def test_what_was_packed_is_unpacked(cell):
    data = gatewise.explore(
        Params.init(2, 3, cell=CELLS[cell], seed=1, dtype="float64"), [[1.0, 2.0]] * 3
    ).data
    page = plain(packed(data))
    assert unpacked(page) == plain(data)
    assert len(json.dumps(page)) < 0.8 * len(json.dumps(plain(data)))


def test_what_is_repeated_in_something_repeated_is_written_once():
    text, other = "a text that is long", ["another one", "a text that is long"]
    page = packed({"first": text, "second": [other, other], "third": {"inner": [text, other]}})
    assert page["repeated"] == [text, ["another one", {"$": 0}]]
    assert unpacked(page)["third"] == {"inner": [text, other]}


@pytest.mark.parametrize(
    "data", [{}, {"a": []}, {"a": [], "b": [], "c": {}, "d": "", "e": None, "f": [1.5, None]}]
)
def test_little_is_left_as_it_is(data):
    assert packed(data) == {"data": data, "repeated": []}
    assert unpacked(packed(data)) == data


@pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "web/node_modules/vite").exists(),
    reason="no node or web/node_modules; make web installs what runs this",
)
def test_the_page_unpacks_the_same():
    example = gatewise.explore()
    script = """
        import { createServer } from "vite";
        let text = "";
        for await (const part of process.stdin) text += part;
        const server = await createServer({ server: { middlewareMode: true, hmr: false, ws: false }, logLevel: "silent", appType: "custom" });
        const { unpack } = await server.ssrLoadModule("/src/core/unpack.ts");
        process.stdout.write(JSON.stringify(unpack(JSON.parse(text))));
        await server.close();
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps(packed_data_in(example.html)), capture_output=True, text=True, cwd=ROOT / "web", timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == plain(example.data)
