"""What a fuzzer looks for."""

LONGEST = 5.0  # seconds of CPU for a call or a file; a driver that slows everything down raises it


class Find(AssertionError):
    """What a call or a file may not do. `key` is the same for finds of one cause."""

    def __init__(self, key, message):
        super().__init__(message)
        self.key = tuple(key)
        self.script = ""


class HangsError(BaseException):
    """Raised in a call that goes on and on; no `except Exception` keeps it."""
