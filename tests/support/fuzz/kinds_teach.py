"""The kinds of files of the teaching half, one fuzzer for each: problem files, hand-ins, keys. files.py has the rest."""

import functools
import io
import json
import zipfile

import numpy as np
from fuzz.damage_bytes import damaged, damaged_zip, toml_file, zip_of
from fuzz.damage_inside import in_json, in_npz, in_toml, npz
from fuzz.files import Files
from paths import EXAMPLES
from problem_cells import OWN_CELLS
from problem_files import GATE_TABLES, STACKED

import gatewise

KEY = functools.cache(lambda kind: gatewise.exercises.write_key(gatewise.exercises.exercise(kind, 3)))


class Problems(Files):
    """Problem files, with the .npz files that they name."""

    name, call = "problems", "gatewise.load_problem(path / 'a.toml')"

    def samples(self):
        arrays = npz(W=np.ones((8, 2)), U=np.ones((8, 2)), b=np.ones(8))
        data = npz(x=np.ones((2, 3, 2)), label=np.ones((2, 3, 2)), lengths=np.array([1, 3]))
        texts = [path.read_text("utf-8") for path in sorted(EXAMPLES.glob("*.toml"))]
        texts += [f"{tables}x = [[1.0, 2.0], [0.5, 3.0]]\nlabel = [[0.5], [1.25]]\n" for tables in (STACKED,)]
        texts += [f"x = [[1.0, 2.0], [0.5, 3.0]]\n{GATE_TABLES}"]
        drawn = [gatewise.load_problem(cell=cell) for cell in ("peephole", "projected", "gru", "rnn", OWN_CELLS["leaky"])]  # fmt: skip
        texts += [problem.to_toml() for problem in drawn]
        made = [{"a.toml": text.encode()} for text in texts]
        made += [
            {"a.toml": b'weights = "a.npz"\ninputs = "a.npz"\n', "a.npz": each.to_npz()} for each in drawn
        ]
        return [
            *made,
            {
                "a.toml": b'weights = "w.npz"\ninputs = "d.npz"\nlearning_rate = 0.1\n',
                "w.npz": arrays,
                "d.npz": data,
            },
        ]

    def damaged(self, files, choose):
        names = [name for name in files if name.endswith(".npz")]
        if names and choose.random() < 0.7:
            name = choose.choice(names)
            return {**files, name: in_npz(files[name], choose)}
        if choose.random() < 0.6:
            return {**files, "a.toml": in_toml(files["a.toml"], choose)}
        return super().damaged(files, choose)


class HandIns(Files):
    """What a class hands in: Markdown, TOML, JSON, CSV, notebooks, folders and zips of them."""

    name = "hand-ins"
    call = (
        "import pathlib\nkey = gatewise.exercises.read_key(path / 'sheet.key.json')\n"
        "for one, known in gatewise.exercises.read_answers(next(p for p in path.iterdir() if p.name != 'sheet.key.json'), [key]):\n"
        "    str(gatewise.exercises.mark(known, one.given, one.name))"
    )

    def samples(self):
        sheet = gatewise.exercises.exercise("fill", 3)
        key = KEY("fill").encode()
        ids = [item.id for item in sheet.items]
        answers = dict.fromkeys(ids, "0.5") | {ids[0]: sheet.items.__iter__().__next__().key}
        md = gatewise.exercises.render(sheet, "md", solved=True).encode()
        lines = "".join(f"{id} = 0,5\n" for id in ids).encode()
        toml = toml_file({"name": "A", "sheet": sheet.name, "answers": answers})
        table = "name,id,answer\n" + "".join(f"A,{id},0.5\n" for id in ids)
        wide = "name," + ",".join(ids) + "\nA" + ",0.5" * len(ids) + "\nB" + ",x" * len(ids) + "\n"
        notebook = json.dumps(
            {
                "cells": [
                    {"cell_type": "markdown", "source": [md.decode()]},
                    {"cell_type": "code", "source": "1"},
                ],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        ).encode()
        inner = zip_of([("B.md", md)])
        archive = zip_of(
            [
                ("A_12_assignsubmission_file/a.md", md),
                ("C.toml", toml),
                ("in.zip", inner),
                ("D.ipynb", notebook),
                ("x.pdf", b"%PDF-1"),
                ("../e.csv", wide.encode()),
            ]
        )
        many = [json.dumps({"A": answers, "B": {}}).encode(), json.dumps(answers).encode()]
        made = [
            ("a.md", md),
            ("a.txt", lines),
            ("a.toml", toml),
            ("a.csv", table.encode()),
            ("a.csv", wide.encode()),
            ("a.ipynb", notebook),
            ("a.zip", archive),
            *(("a.json", each) for each in many),
        ]
        return [{name: data, "sheet.key.json": key} for name, data in made] + [
            {"in/A/a.md": md, "in/B.toml": toml, "in/C/c.zip": inner, "sheet.key.json": key}
        ]

    def damaged(self, files, choose):
        name = choose.choice([name for name in files if name != "sheet.key.json"])
        data, suffix = files[name], name.rpartition(".")[2]
        if suffix == "zip":
            return {**files, name: self.in_zip(data, choose)}
        if choose.random() < 0.6 and suffix in ("json", "ipynb", "toml"):
            return {**files, name: in_toml(data, choose) if suffix == "toml" else in_json(data, choose)}
        return {**files, name: damaged(damaged(data, choose, self.all), choose, self.all)}

    def in_zip(self, data, choose):
        """A zip, damaged in its headers, or in a member, whose checksum is made right."""
        if choose.random() < 0.5:
            return damaged_zip(data, choose)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
        k = choose.randrange(len(members))
        name, inside = members[k]
        other = choose.choice(
            (
                name,
                name,
                "/a.md",
                "..\\..\\a.md",
                "a\0.md",
                "CON.md",
                "é.md",
                "a/" * 200 + "b.md",
                "b.zip",
                ".hidden.md",
                members[0][0],
                "x" * 300 + ".md",
            )
        )
        bomb = choose.choice(
            (
                inside,
                damaged(inside, choose),
                damaged(inside, choose),
                b"a" * 6_000_000,
                b"\0" * 1000,
                zip_of(members),
            )
        )
        members[k] = (other, bomb)
        members += members[: choose.choice((0, 0, 1))]
        return zip_of(members, choose.choice((0, 8, 8, 12, 14)))


class Keys(Files):
    """Keys of exercise sheets."""

    name = "keys"
    call = "key = gatewise.exercises.read_key(path / 'a.key.json')\nstr(gatewise.exercises.mark(key, {item.id: '0.5' for item in key.items[:40]}))"

    def samples(self):
        return [{"a.key.json": KEY(kind).encode()} for kind in gatewise.exercises.KINDS]

    def damaged(self, files, choose):
        if choose.random() < 0.75:
            return {"a.key.json": in_json(files["a.key.json"], choose)}
        return super().damaged(files, choose)


KINDS = {kind.name: kind for kind in (Problems, HandIns, Keys)}
