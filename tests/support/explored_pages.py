"""Pages to play with, as `gatewise explore` writes them, and the data in them."""

from page_data import data_in

from gatewise import cli


def explored(path, *arguments):
    """Write the page that `gatewise explore` makes of these arguments."""
    assert cli.main(["explore", *map(str, arguments), "-o", str(path), "--no-open"]) == 0
    return path


def data_of(path):
    """Return the data that a page holds."""
    return data_in(path.read_text("utf-8"))
