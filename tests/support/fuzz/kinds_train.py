"""The kinds of files of the training half, one fuzzer for each: configurations, tables, run folders. files.py has the rest."""

import io
import json
import struct
import tempfile
from pathlib import Path

import numpy as np
from fuzz.damage_bytes import damaged, damaged_tree, toml_file
from fuzz.damage_inside import in_json, in_toml
from fuzz.files import Files
from paths import SUPPORT
from series_files import SMALL, series, write_csv

import gatewise
from gatewise.train.run import checkpoint

LEAKY = {
    "name": "leaky", "words": {"g": "leak"},
    "equations": "g_t = σ(W_g·x_t + U_g·out_{t-1} + b_g)\nout_t = (1 - g_t) ⊙ out_{t-1} + g_t",
}  # fmt: skip


class Configs(Files):
    """Configurations of a training."""

    name, call = "configs", "c = gatewise.train.FitConfig\nc.make(c.read(path / 'fit.toml'))"

    def samples(self):
        whole = gatewise.train.FitConfig.make(SMALL).to_toml()
        more = {
            **SMALL,
            "loss": "pinball",
            "quantiles": [0.1, 0.9],
            "optimizer_options": {"beta1": 0.8},
            "schedule": "cosine",
            "validation": 0.2,
            "calendar": ["hour"],
        }
        own = gatewise.train.FitConfig.make({**SMALL, "cell": LEAKY}).to_toml()
        return [
            *({"fit.toml": text.encode()} for text in (whole, own)),
            *({"fit.toml": toml_file(keys)} for keys in (SMALL, more, {**SMALL, "cell": "projected"})),
        ]

    def damaged(self, files, choose):
        if choose.random() < 0.7:
            return {"fit.toml": in_toml(files["fit.toml"], choose)}
        return super().damaged(files, choose)


class Csv(Files):
    """Tables as text."""

    name = "csv"
    call = "d = gatewise.data.read(path / 't.csv', target='load', time='time')\ngatewise.data.Windows.fit(d, window=4, horizon=2)"

    def samples(self):
        place = Path(tempfile.mkdtemp()) / "t.csv"
        text = write_csv(place, series(60)).read_bytes()
        other = text.replace(b",", b";").replace(b".", b",")
        gaps = b"\n".join(
            line if k % 7 else line.rpartition(b",")[0] + b"," for k, line in enumerate(text.split(b"\n"))
        )
        series_ids = b"\n".join(
            (b"id," if k == 0 else b"ab"[k % 2 : k % 2 + 1] + b",") + line
            for k, line in enumerate(text.strip().split(b"\n"))
        )
        return [
            {"t.csv": each}
            for each in (
                text,
                other,
                gaps,
                series_ids,
                text.replace(b"2024-", b"01.02."),
                b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"),
                text.decode().encode("utf-16"),
            )
        ]

    def damaged(self, files, choose):
        if choose.random() < 0.5:
            rows = [line.split(b",") for line in files["t.csv"].split(b"\n")]
            for _ in range(choose.choice((1, 2, 10))):
                row = choose.choice(rows)
                row[choose.randrange(len(row))] = choose.choice(CELLS)
            return {"t.csv": b"\n".join(b",".join(row) for row in rows)}
        return super().damaged(files, choose)


CELLS = (
    b"", b"NA", b"nan", b"inf", b"-inf", b"1e999", b"1e308", b"-9999", b"0x10", b"1,5", b"1.234,5", b"1'000", b"5 %", b"12:00", b"24:00", b"2024-02-30", b"2024-01-01T00:00:00Z", b"9999-12-31 23:59",
    b"0000-00-00", b"1.1.24", b"Q1 2024", b"2024-W53-7", b"00:60", b"=cmd", b'"', b'"a', b'""', b"\xff", b"\0", b"9" * 5000, b"1" * 309, b"\xe2\x88\x921", b"true", b"load", b"time", b"1e400000000",
)  # fmt: skip


class Parquet(Files):
    """Tables as Parquet."""

    name, textual = "parquet", False
    call = "d = gatewise.data.read(path / 't.parquet', target='load', time='time')\ngatewise.data.Windows.fit(d, window=4, horizon=2)"

    def samples(self):
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = series(60)
        odd = [
            {}, {"load": [str(v) for v in table["load"]]}, {"time": [str(v) for v in table["time"]]}, {"load": [None, *table["load"][1:].tolist()]}, {"load": [[v] for v in table["load"].tolist()]},
            {"load": [{"a": v} for v in table["load"].tolist()]}, {"time": table["time"].astype("M8[D]")}, {"load": [v > 0 for v in table["load"].tolist()]}, {"load": [b"a"] * 60}, {"time": [None] * 60},
            {"load": [None] * 60}, {"warmth": pa.array(["a", "b"] * 30).dictionary_encode()}, {"load": pa.array([10**20] * 60, pa.decimal128(30, 2))}, {"time": pa.array(range(60), pa.duration("s"))},
            {"load": pa.array([2**62] * 60)}, {"time": pa.array([2**62] * 60, pa.timestamp("ns"))}, {"time": pa.array([-(2**62)] * 60, pa.timestamp("s", tz="Europe/Berlin"))}, {"": [1.0] * 60}, {"time": pa.array([1] * 60, pa.time64("us"))},
        ]  # fmt: skip
        made = []
        for change in odd:
            for compression in ("none", "snappy"):
                file = io.BytesIO()
                try:
                    pq.write_table(pa.table({**table, **change}), file, compression=compression)
                except pa.ArrowException:  # a type that this version does not write
                    continue
                made.append({"t.parquet": file.getvalue()})
        return made


class Runs(Files):
    """Run folders: a model and a checkpoint, forged with checksums that are right, and what lies beside them."""

    name, textual = "runs", False
    table = series(40)
    call = (
        "import sys; sys.path.append({support!r})\nfrom series_files import series, SMALL\nm = gatewise.load(path / 'run')\nm.predict(series(40))\n"
        "m.stepper()\nm.evaluate(series(60))\n"
    )

    def samples(self):
        self.call = type(self).call.format(support=str(SUPPORT))
        place = Path(tempfile.mkdtemp()) / "run"
        made = []
        regress = {"task": "regress", "horizon": None, "features": ["warmth"]}
        on = {"engine": "reference"}
        for keys in ({}, regress, {"loss": "pinball"}, {"cell": "gru", **on}, {"cell": LEAKY, **on}):
            gatewise.fit(
                series(160),
                run=place,
                **{k: v for k, v in {**SMALL, "epochs": 1, **keys}.items() if v is not None},
            )
            files = {
                f"run/{each.name}": each.read_bytes()
                for each in sorted(place.iterdir())
                if each.is_file() and each.name != "report.html"
            }
            made.append({"run/model.safetensors": files.pop("run/model.safetensors"), **files})
            for each in place.iterdir():
                each.unlink()
            place.rmdir()
        return made

    def damaged(self, files, choose):
        name = choose.choice(
            ("run/model.safetensors", "run/model.safetensors", "run/model.safetensors", *files)
        )
        data = files[name]
        if name.endswith(".safetensors") and choose.random() < 0.8:
            return {**files, name: in_safetensors(data, choose)}
        if name.endswith(".json") and choose.random() < 0.7:
            return {**files, name: in_json(data, choose)}
        if choose.random() < 0.1:
            return {each: content for each, content in files.items() if each != name} or files
        return {**files, name: damaged(data, choose)}


def in_safetensors(data, choose):
    """A file of arrays and a document, forged: another document or array, with the checksum that belongs to it."""
    import safetensors.numpy

    arrays = safetensors.numpy.load(data)
    (size,) = struct.unpack("<Q", data[:8])
    head = json.loads(json.loads(data[8 : 8 + size])["__metadata__"][checkpoint.KEY])
    document = json.loads(head["document"])
    where = choose.random()
    if where < 0.65:
        for _ in range(choose.choice((1, 1, 2))):
            document = damaged_tree(document, choose)
    elif where < 0.8:
        name = choose.choice(sorted(arrays))
        old = arrays[name]
        arrays[choose.choice((name, name, name, "weights.x", ""))] = choose.choice(
            (
                old[:0],
                old.T.copy(),
                old.astype("float64"),
                old.astype("int8"),
                np.zeros(3, "f4"),
                np.full_like(old, np.nan),
                np.zeros((), "f4"),
                old * 1e38,
            )
        )
    elif where < 0.9:
        head = damaged_tree(head, choose)
    text = json.dumps(document)
    if isinstance(head, dict):
        head = {**head, "document": text} if where < 0.8 else head
        if where < 0.8:
            head["checksum"] = checkpoint._checksum(arrays, text)
    made = safetensors.numpy.save(arrays, {checkpoint.KEY: json.dumps(head)})
    if where >= 0.9:
        header = damaged_tree(json.loads(made[8 : 8 + struct.unpack("<Q", made[:8])[0]]), choose)
        inside = json.dumps(header).encode()
        made = struct.pack("<Q", len(inside)) + inside + made[8 + struct.unpack("<Q", made[:8])[0] :]
    return damaged(made, choose) if choose.random() < 0.05 else made


KINDS = {kind.name: kind for kind in (Configs, Csv, Parquet, Runs)}
