"""Write exercises.json: pages of exercise sheets as HTML by kind, a solved copy, and the answers by kind."""

import json
import sys
from pathlib import Path

from gatewise.teach.exercises import KINDS, exercise, render

if __name__ == "__main__":
    made = {kind: exercise(kind, 7, 1) for kind in KINDS}
    pages = {kind: render(sheet, "html") for kind, sheet in made.items()}
    pages["solved"] = render(made["fill"], "html", solved=True)
    answers = {kind: {item.id: item.key for item in sheet.items} for kind, sheet in made.items()}
    Path(sys.argv[1]).write_text(json.dumps({"pages": pages, "answers": answers}))
