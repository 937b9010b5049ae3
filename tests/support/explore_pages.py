"""What `gatewise explore` wrote, and what it refused."""

from page_data import data_in

OUT = ("-o", "page.html", "--no-open")


def page(folder, name="page.html"):
    return data_in((folder / name).read_text("utf-8"))


def cells(data):
    return [block["cell"] for block in data["blocks"]]


def refuse(run, tmp_path, *arguments):
    code, out, err = run("explore", *arguments, *OUT)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert not (tmp_path / "page.html").exists()
    return err
