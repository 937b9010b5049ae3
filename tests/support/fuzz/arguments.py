"""Calls of public functions with drawn arguments: most valid, one or several of them hostile.

A call is a short script, so that what is found can be repeated by itself; oracle.py carries it out and judges it.
"""

import functools
import inspect
import os
import re
import resource
from dataclasses import dataclass

from fuzz import find, hostile, valid
from fuzz.faces import targets
from fuzz.oracle import evaluate, judge

import gatewise

MOST_MEMORY = 8 << 30  # bytes of addresses
TARGETS = tuple(targets())
OFTEN = re.compile(
    r"gatewise\.(forward|backward|Stepper|train_steps|Params)\b|network\.(forward|backward)|optimizers\."
)
ENGINES = ("auto", "native", "native", "reference", *gatewise.available())
_HEAVY = (
    "sklearn.",
    "gatewise.fit",
    "gatewise.info",
    "gatewise.worksheet",
    "gatewise.check",
    "data.",
    "exercises.",
    "gatewise.Model",
    "train.",
)


@dataclass(frozen=True)
class Call:
    """A call as lines of Python: what it is called on, its arguments by name, and the call itself."""

    target: str
    lines: tuple[tuple[str, str], ...]  # (variable, what makes it)
    call: str
    hostile: tuple[str, ...]  # the names of arguments that were made hostile

    def script(self):
        """All of it, to be run by itself."""
        body = [f"{name} = {line}" for name, line in self.lines]
        used = helpers("\n".join([*body, self.call]))
        return "\n".join([hostile.PRELUDE.rstrip(), *used, "", *body, f"print({self.call})", ""])


@functools.lru_cache(1000)
def helpers(text):
    """The sources of the helpers that a text uses, and of those that they use."""
    found = [helper for helper in hostile.HELPERS if re.search(rf"\b{helper.__name__}\b", text)]
    return tuple(f"\n{inspect.getsource(helper)}" for helper in found)


WEIGHTS = [8 if OFTEN.match(t.name) else 1 if t.name.startswith(_HEAVY) else 3 for t in TARGETS]


def drawn(choose, only=""):
    """A call that `choose`, a random.Random, has drawn; `only` is a pattern of the names that may be called."""
    those = [(t, w) for t, w in zip(TARGETS, WEIGHTS, strict=True) if re.search(only, t.name)]
    ladder = [t for t, w in those for _ in range(w)]
    target = ladder[choose.randrange(len(ladder))]
    sizes = valid.Sizes.draw(choose, ENGINES)
    lines, always = {}, valid.ALWAYS.get(target.name, {})
    for parameter in target.parameters:
        name = parameter.name
        needed = parameter.default is inspect.Parameter.empty and parameter.kind.name != "VAR_KEYWORD"
        if needed or name in always or name in ("engine", "options") or choose.random() < 0.35:
            line = always.get(name) or valid.line_for(target.name, name, sizes)
            lines[name] = choose.choice(hostile.ANYTHING) if line is None else line
    spoilt = _spoil(choose, lines, always)
    owner = [("self", valid.OBJECTS[target.owner](sizes))] if target.owner else []
    return Call(target.name, (*owner, *lines.items()), _written(target, lines), spoilt)


def _spoil(choose, lines, always):
    """Make some of the arguments hostile, in place; how many of them is drawn, too."""
    names = [name for name in lines if name not in always]
    spoilt = []
    for _ in range(choose.choice((0, 1, 1, 1, 1, 2, 3)) if names else 0):
        name = choose.choice(names)
        if name == "engine" and choose.random() < 0.8:  # nothing behind it is reached then
            continue
        spoilt.append(name)
        lines[name] = another(choose, lines[name])
    return tuple(spoilt)


_ARRAY = re.compile(r"np\.random\.default_rng\(\d+\)\.standard_normal\(\([^()]*\)\)(?:\.\w+\([^()]*\))*")


def another(choose, line):
    """A hostile line in place of a valid one: anything, the same in another form, or an array in it spoilt."""
    if "huge(" in line or "tall(" in line:  # of which nothing can be made that has memory of its own
        return choose.choice(hostile.ANYTHING)
    arrays = _ARRAY.findall(line)
    if arrays and choose.random() < 0.7:
        array = choose.choice(arrays)
        change = choose.choice(hostile.SAME if choose.random() < 0.4 else hostile.SPOILT)
        return line.replace(array, change.format(*[array] * change.count("{}")), 1)
    if line.startswith("np.array") and choose.random() < 0.7:
        change = choose.choice(hostile.WHOLE if choose.random() < 0.5 else hostile.SAME + hostile.SPOILT)
        return change.format(*[line] * change.count("{}"))
    if line.startswith("{") and choose.random() < 0.5:  # a table: one column or option of it
        return f"{line} | {{{choose.choice(('y', 'z', 'a', 0, None))!r}: {choose.choice(hostile.ANYTHING)}}}"
    return choose.choice(hostile.ANYTHING)


def _written(target, lines):
    """The call: by position as far as the arguments stand in order, then by name."""
    given, in_order = [], True
    for parameter in target.parameters:
        name, kind = parameter.name, parameter.kind.name
        in_order = in_order and name in lines and kind.startswith("POSITIONAL")
        if name in lines:
            given.append(f"**{name}" if kind == "VAR_KEYWORD" else name if in_order else f"{name}={name}")
    face, _, rest = target.name.partition(".")
    if target.owner:
        return f"self.{rest.rpartition('.')[2]}({', '.join(given)})"
    path = target.name if face == "gatewise" else f"gatewise.{target.name}"
    return f"{path}({', '.join(given)}){valid.AFTER.get(target.name, '')}"


class Arguments:
    """The fuzzer of every public function."""

    name = "arguments"
    instrument = ("gatewise.",)
    only = ""  # a pattern of the names that are called

    def begin(self):
        """Bound what the process may take, where no sanitizer does: its shadow memory is beyond any such bound."""
        for line in (valid.FITTED, valid.SHEET, valid.OBJECTS["Worksheet"](None)):
            evaluate(line)  # what is imported and made once shall not count for the first example
        if "ASAN_OPTIONS" in os.environ:
            find.LONGEST *= 4  # every access is watched
        else:
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.RLIM_INFINITY))

    def one(self, choose, note):
        """Draw a call, tell it, try it; how it ended."""
        call = drawn(choose, self.only)
        note(call.script())
        return judge(call)

    def end(self):
        """Nothing is left behind."""


KINDS = {Arguments.name: Arguments}
