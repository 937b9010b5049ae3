"""Every error gatewise raises on purpose. All are `GatewiseError`, which is a `ValueError`.

A message says what was given, what is needed and what to do, with the numbers.
"""


class GatewiseError(ValueError):
    """Something given to gatewise cannot be used."""


class ShapeError(GatewiseError):
    """An array does not have the shape its place needs."""


class DtypeError(GatewiseError):
    """An array is not of numbers, or of another precision than the parameters."""


class ArgumentError(GatewiseError):
    """An option has a value that is not offered, or a number is out of its range."""


class EngineError(GatewiseError):
    """The engine that was named does not exist or cannot run here."""


class ConvertError(GatewiseError):
    """A file of weights cannot be read, or one side of a conversion cannot express what the other has."""


class NotKeptError(GatewiseError, AttributeError):
    """A field was read that the run did not keep; `hasattr` answers False for it."""
