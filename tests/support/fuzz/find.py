"""What a fuzzer looks for."""

import traceback

# What others are mending: an exception that passes there is counted as "open" and is no find.
OPEN = ("/train/data/reading/", "/train/run/", "/support/files.py")


def is_open(error):
    """Whether an exception comes from what is being mended."""
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return any(place in name for name in frames for place in OPEN)


LONGEST = 5.0  # seconds of CPU for a call or a file; a driver that slows everything down raises it


class Find(AssertionError):
    """What a call or a file may not do. `key` is the same for finds of one cause."""

    def __init__(self, key, message):
        super().__init__(message)
        self.key = tuple(key)
        self.script = ""


class HangsError(BaseException):
    """Raised in a call that goes on and on; no `except Exception` keeps it."""


class OpenError(Exception):
    """How a call ended that met what is being mended."""
