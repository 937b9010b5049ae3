"""Functions whose branches a fuzzer that is guided by coverage follows, and places of exceptions."""

import inspect
import sys
import traceback


def functions(packages):
    """Every function of these packages that is imported by now."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(tuple(packages)):
            continue
        for thing in list(vars(module).values()):
            for part in [thing, *(vars(thing).values() if inspect.isclass(thing) else ())]:
                for function in (part, *(getattr(part, at, None) for at in ("fget", "func", "__func__"))):
                    if inspect.isfunction(function) and function.__module__ == name:
                        yield function


def place_of(error):
    """The file and line where an exception was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.filename.rpartition("/")[2], last.lineno
