"""`gatewise explore DOCUMENT`: marks on its numbers, and what is a document."""

import pytest
from explore_pages import OUT, cells, page, refuse
from paths import DOCUMENTS

import gatewise
from gatewise.errors import GatewiseError
from gatewise.teach.problem import load_problem


def test_a_document_wears_its_marks(run, tmp_path):
    assert run("explore", DOCUMENTS / "worked-example.md", *OUT)[0] == 0
    data = page(tmp_path)
    assert data["document"]["name"] == "worked-example.md"
    assert len(data["marks"]) > 40
    run("explore", DOCUMENTS / "worked-example.md", *OUT, "--learning-rate", 0.5)
    assert page(tmp_path)["learningRate"] == 0.5


def test_a_worksheet_is_a_document_in_each_form_that_check_reads(run, tmp_path):
    for suffix in ("md", "json", "tex"):
        run("work", "-o", f"sheet.{suffix}")
        assert run("explore", f"sheet.{suffix}", *OUT)[0] == 0
        assert {mark["verdict"] for mark in page(tmp_path)["marks"]} == {"exact"}, suffix


def test_a_document_without_its_problem_takes_one(run, tmp_path):
    (tmp_path / "part.md").write_text(
        "$a_0 = 0.81775$\n\n$i_0 = 0.96083$\n\n$state_0 = 0.78572$\n\n$out_0 = 0.53631$\n"
    )
    (tmp_path / "own.toml").write_text(load_problem().to_toml())
    code, _, err = run("explore", "part.md", *OUT)
    assert code == 2
    assert "Say of which model it is: --model PROBLEM.toml." in err
    assert run("explore", "part.md", "--model", "own.toml", *OUT)[0] == 0
    assert {mark["key"] for mark in page(tmp_path)["marks"]} >= {"a@0", "state@0"}


@pytest.fixture
def sheet(run, tmp_path):
    run("work", "-o", "sheet.md")
    return (tmp_path / "sheet.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["notes.rst", "notes.org", "notes.adoc", "notes.text", "NOTES.RST", "notes"])
def test_every_text_that_check_reads_is_a_document_whatever_it_is_called(run, tmp_path, sheet, name):
    (tmp_path / name).write_text(sheet, "utf-8")
    assert run("check", name)[0] == 0
    assert run("explore", name, *OUT)[0] == 0
    assert page(tmp_path)["document"]["name"] == name
    assert gatewise.explore(tmp_path / name).data["marks"] == page(tmp_path)["marks"]


def test_prose_that_begins_like_toml_is_a_document_and_toml_by_another_name_a_problem(run, tmp_path):
    (tmp_path / "notes.rst").write_text("W = 3\n\nis the weight of the input.\n")
    assert "does not say W, U, b and x@0" in refuse(run, tmp_path, "notes.rst")
    (tmp_path / "own.cfg").write_text(load_problem(cell="gru", seed=1).to_toml())
    assert run("explore", "own.cfg", *OUT)[0] == 0
    assert cells(page(tmp_path)) == ["gru"]


def test_what_is_no_text_says_so(run, tmp_path):
    (tmp_path / "scan.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "notes.org").write_bytes(b"a = 1\0\n")
    assert "is a picture" in refuse(run, tmp_path, "scan.png")
    assert "is a binary file" in refuse(run, tmp_path, "notes.org")
    assert "No such file" in refuse(run, tmp_path, "none.rst")
    with pytest.raises(GatewiseError, match=r"none.rst cannot be read: No such file"):
        gatewise.explore(tmp_path / "none.rst")
