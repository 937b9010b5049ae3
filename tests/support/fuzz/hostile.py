"""What a hostile or careless caller hands over, each as a line of Python that makes it.

Helpers come first: a repro repeats those that it uses, so each needs only what PRELUDE imports. Below them stand the
lines: CHANGED, with {} for a valid array, and ANYTHING, without one. An object that lies about an address of memory is not
among them, for NumPy itself reads where it points, nor one whose iteration never ends, for NumPy's goes on as long.
"""

import array
import ctypes
import datetime
import decimal
import fractions
import mmap
import threading
import time
from multiprocessing import sharedctypes

import numpy as np

PRELUDE = """\
import array, ctypes, datetime, decimal, fractions, mmap, pathlib, threading, time
from multiprocessing import sharedctypes
import numpy as np
import gatewise
"""

C_TYPES = {"f": ctypes.c_float, "d": ctypes.c_double, "l": ctypes.c_int64, "q": ctypes.c_int64}


def as_ctypes(given):
    """A ctypes array, whose buffer has no strides."""
    return np.ctypeslib.as_ctypes(np.ascontiguousarray(given))


def as_shared(given):
    """Memory that processes share."""
    kind = {"f": ctypes.c_float, "d": ctypes.c_double, "l": ctypes.c_int64}[given.dtype.char]
    for size in reversed(given.shape):
        kind = kind * size
    made = sharedctypes.RawValue(kind)
    np.ctypeslib.as_array(made)[...] = given
    return made


def as_mapped(given):
    """An array in mapped memory."""
    made = np.frombuffer(mmap.mmap(-1, max(given.nbytes, 1)), given.dtype, given.size).reshape(given.shape)
    made[...] = given
    return made


def as_cast(given):
    """Bytes that are read in another format."""
    return memoryview(given.tobytes()).cast("B").cast(given.dtype.char, given.shape)


def unaligned(given):
    """An array that stands on no multiple of its item's size."""
    made = np.zeros(given.nbytes + 1, np.uint8)[1:].view(given.dtype).reshape(given.shape)
    made[...] = given
    return made


def read_only(given):
    """An array that cannot be written to."""
    made = given.copy()
    made.flags.writeable = False
    return made


def with_first(given, value):
    """The same with another first entry."""
    made = np.array(given)
    made.flat[:1] = value
    return made


def masked(given, count=1):
    """A masked array, so many entries of it masked."""
    return np.ma.array(given, mask=np.arange(given.size).reshape(given.shape) < count)


def huge(given, axis, size):
    """One entry, seen as an array of a size for which there is no memory."""
    shape = [*given.shape]
    shape[axis % max(len(shape), 1)] = size
    return np.broadcast_to(given.flat[0] if given.size else given.dtype.type(0), shape)


def tall(given, size):
    """One step, seen so many times; each lies in one piece, as compiled code has it."""
    if given.ndim < 2:
        return np.broadcast_to(given[:1], (size,))
    return np.broadcast_to(given[..., :1, :], (*given.shape[:-2], size, given.shape[-1]))


class Subclass(np.ndarray):
    """A subclass of an array that has nothing of its own."""


def with_thread(given):
    """An array that a thread goes on to change for 20 ms."""
    made, spoilt, end = given.copy(), np.array(given), time.monotonic() + 0.02
    spoilt.fill(np.iinfo(given.dtype).max if given.dtype.kind in "iu" else np.nan)

    def change():
        while time.monotonic() < end:
            made[...] = spoilt
            made[...] = given

    threading.Thread(target=change, daemon=True).start()
    return made


def deep(depth, inner=0.5):
    """A list in a list in a list."""
    for _ in range(depth):
        inner = [inner]
    return inner


def cyclic():
    """A list that holds itself."""
    made = []
    made.append(made)
    return made


def raises(*names, error=RuntimeError, **more):
    """An object whose methods of these names raise."""

    def method(*_, **__):
        raise error("not this one")

    return type("Raises", (), dict.fromkeys(names, method) | more)()


def lies(base=object, **answers):
    """An object whose methods give these answers, whatever they are asked."""
    made = {name: (lambda *_, _answer=answer, **__: _answer) for name, answer in answers.items()}
    return type("Lies", (base,), made)()


def interface(**fields):
    """An object with an array interface over bytes of its own."""
    memory = {"shape": (4, 2), "typestr": "<f4", "version": 3, "data": bytearray(32)}
    return type("Interface", (), {"__array_interface__": memory | fields})()


def struct(*fields, count=4):
    """A ctypes array of structures."""
    return (type("Point", (ctypes.Structure,), {"_fields_": list(fields)}) * count)()


SAME = (
    "as_ctypes({})", "as_shared({})", "as_mapped({})", "as_cast({})", "memoryview({})", "unaligned({})", "read_only({})",
    "{}[::-1].copy()[::-1]", "np.repeat({}, 2, axis=0)[::2]", "np.asfortranarray({})", "{}.tolist()", "{}.astype({}.dtype.newbyteorder())",
    "{}.view(Subclass)", "tuple({}.tolist())", "masked({}, 0)", "lies(__array__={})", "{}.astype(object)", "np.matrix({})",
)  # fmt: skip
"""The same numbers in another form: what is computed from them must be the same, where they are taken."""

SPOILT = (
    "masked({})", "{}[..., np.newaxis]", "{}[np.newaxis]", "{}[:0]", "{}[..., :0]", "{}[:1]", "{}.T", "{}.reshape(-1)", "{}.flat[0]",
    "np.repeat({}, 3, axis=-1)", "np.concatenate([{}, {}])", "{}.astype('float16')", "{}.astype('longdouble')", "{}.astype('complex64')",
    "{}.astype('complex128')", "{}.astype('float32')", "{}.astype('float64')", "np.nan_to_num({}).astype('int64')", "{} > 0",
    "{}.astype(str)", "{}.astype('S8')", "np.zeros({}.shape, 'M8[s]')", "np.zeros({}.shape, 'm8')", "np.zeros({}.shape, [])",
    "np.zeros({}.shape, 'f4,f4')", "np.zeros({}.shape, 'V4')", "np.zeros({}.shape, [('a', 'f4', (2, 2))])", "np.full({}.shape, None)",
    "np.rec.fromarrays([{}, {}])", "with_first({}, np.nan)", "with_first({}, np.inf)", "with_first({}, -np.inf)", "with_first({}, 1e38)",
    "with_first({}, 1e-42)", "with_first({}, -1)", "with_first({}, 3)", "{} * 1e-42", "{} * 1e30", "huge({}, 0, 2**40)", "tall({}, 2**40)", "tall({}, 2**57)",
    "huge({}, -1, 2**40)", "huge({}, 0, 2**13)", "huge({}, 0, 2**57)", "{}.tolist() + [[1.0]]", "[{}.tolist(), 1.0]", "iter({})",
    "(row for row in {})", "[*{}]", "[memoryview(np.atleast_1d(row)) for row in {}]", "{{0: {}}}", "with_thread({})", "[{}, None]", "({}, None)", "(None, {})",
    "np.broadcast_to(np.float32(0.5), {}.shape)", "[np.ma.masked] + {}.tolist()", "deep(40, {}.tolist())", "str({})", "{}.tobytes()",
    "pathlib.Path(str({}.shape))", "__import__('pandas').DataFrame({})", "__import__('polars').Series({}.ravel())",
    "__import__('pandas').Series({}.ravel(), dtype='Float64')", "__import__('pandas').Categorical({}.ravel())",
)  # fmt: skip

WHOLE = (
    "{} + 1", "{} + 100", "{} - 3", "{} * 2**40", "{} + 2**62", "with_first({}, 2**31)", "with_first({}, 10)", "{}.astype('int32')", "{}.astype('uint8')",
    "{}.astype('float64')", "{}.astype(bool)", "{}.astype('uint64') + 2**63", "{}.tolist() + [2**70]", "({} + 0.5).tolist()", "with_thread({})", "{}[::-1]",
)  # fmt: skip
"""Of whole numbers that count or name something: out of their range, of another kind."""

ANYTHING = (
    "None", "True", "False", "np.True_", "0", "1", "2", "-1", "3.5", "-0.0", "1e308", "1e-320", "float('nan')", "float('inf')", "2**31", "2**63",
    "-2**63", "10**30", "10**400", "2**64 - 1", "1j", "np.float32(0.5)", "np.float64('nan')", "np.int8(-3)", "np.uint64(2**63)",
    "np.array(2)", "np.array([2])", "np.array(0.5)", "''", "'a'", "'auto'", "'\\0'", "'é' * 50", "'x' * 100_000", "'0.1'", "b'ab'", "bytearray(32)", "[]",
    "()", "[[]]", "[[], []]", "[1, [2, 3]]", "[None]", "['a', 'b']", "{}", "set()", "{1, 2}", "{'a': 1}", "object()", "...", "slice(3)", "int", "np.ndarray",
    "np.float32", "len", "lambda *a, **k: None", "(k for k in range(3))", "iter([])", "range(3)", "range(2**62)", "NotImplemented",
    "fractions.Fraction(1, 3)", "decimal.Decimal('0.1')", "decimal.Decimal('sNaN')", "datetime.date(2024, 1, 1)", "np.datetime64('NaT')",
    "np.zeros((4, 2), [])", "np.zeros((0, 2), 'f4')", "np.zeros((4, 0), 'f4')", "np.zeros((1,) * 32, 'f4')", "np.empty((0,) * 5)",
    "array.array('f', [1, 2])", "array.array('d')", "array.array('l', [1])", "array.array('u', 'ab')", "memoryview(b'')", "memoryview(b'ab')",
    "memoryview(bytes(8)).cast('B', (2, 2, 2))", "memoryview(bytes(8)).cast('?')", "memoryview(bytes(8)).cast('c')", "memoryview(bytes(16))[::3]",
    "(ctypes.c_float * 0)()", "((ctypes.c_float * 0) * 3)()", "(ctypes.c_char * 8)()", "(ctypes.c_bool * 4)()", "(ctypes.c_longdouble * 2)()",
    "(ctypes.c_void_p * 2)()", "(ctypes.c_wchar * 2)()", "ctypes.c_float(1)", "ctypes.c_float.__ctype_be__(1)", "(ctypes.c_double.__ctype_be__ * 2)()",
    "struct(('a', ctypes.c_float))", "struct(('a', ctypes.c_float * 2), ('b', ctypes.c_char))", "struct(('bits', ctypes.c_int, 3))", "struct()",
    "deep(40)", "deep(5_000)", "deep(100_000)", "cyclic()", "[cyclic()]", "(cyclic(), cyclic())", "raises('__array__')",
    "raises('__array__', error=KeyError)", "raises('__array__', error=OSError)", "raises('__array__', error=AttributeError)",
    "raises('__array__', error=ZeroDivisionError)", "raises('__array__', error=StopIteration)", "raises('__array__', error=AssertionError)",
    "raises('__array__', error=MemoryError)", "raises('__len__', '__getitem__')", "raises('__len__', __getitem__=lambda self, k: [0.5][k])", "raises(__len__=lambda self: 9, __getitem__=lambda self, k: [0.5][k])",
    "raises('__iter__')", "raises('__iter__', '__len__', '__contains__', error=KeyError)", "raises('__index__')", "raises('__float__')",
    "raises('__float__', error=OverflowError)", "raises('__index__', '__float__', '__int__', error=KeyError)", "raises('__bool__')",
    "raises('__eq__', '__hash__')", "raises('__eq__', __hash__=None)", "raises('__repr__', '__str__')", "raises('__repr__', '__array__')", "raises('__getattr__')", "raises('__getattr__', error=KeyError)", "raises('__fspath__')",
    "raises('__lt__', '__le__', '__gt__', '__ge__')", "raises('__bool__', '__float__', __index__=lambda self: 2)", "raises('__dir__')",
    "raises('keys', '__getitem__')", "raises('__complex__', '__float__', '__index__')", "raises('__array__', '__len__', '__iter__', '__float__')",
    "lies(__array__='four by two')", "lies(__array__=None)", "lies(__array__=np.zeros((4, 2)), __len__=2**40)", "lies(__len__=-1)", "lies(__len__=2**62)",
    "lies(__iter__=3)", "lies(__index__='2')",
    "lies(__index__=2)", "lies(__index__=-1)", "lies(__index__=2**70)", "lies(__float__=0.1)", "lies(__float__='a')", "lies(__float__=float('nan'))", "lies(__bool__=2)",
    "lies(int, __index__=-5)", "lies(int, __ge__=True)", "lies(int, __bool__=True)", "lies(float, __float__=-1.0)", "lies(str, __hash__=1, __eq__=True)",
    "lies(str, lower=None)", "lies(__eq__=True, __hash__=1)", "lies(__fspath__=b'a')", "lies(__fspath__=3)", "lies(__fspath__='/dev/null')", "lies(list, __len__=5)",
    "lies(tuple, __len__=2, __iter__=iter([]))", "lies(list, __iter__=3)", "lies(tuple, __getitem__=None, __len__=2)",
    "lies(__array_interface__=3)", "interface()", "interface(shape=(2**40, 2))", "interface(shape=(-4, 2))", "interface(typestr='|V0')", "interface(typestr='<f3')",
    "interface(strides=(0, 0))", "interface(data=None)", "interface(shape='ab')", "interface(version=99)", "interface(descr=[])",
    "(raises('__array__'), raises('__array__'))", "[raises('__float__')]", "(None, None)", "(np.zeros(3, 'f4'), None)", "(1, 2)", "((), ())", "([0.5], [0.5], [0.5])", "np.ma.masked",
    "np.ma.array([1.0], mask=True)", "np.random.default_rng(1)", "threading.Lock()", "pathlib.Path('/nonexistent/file')", "pathlib.Path('/dev/null')",
    "pathlib.Path('/')", "pathlib.Path('\\0')", "'/dev/null'", "'/nonexistent/file'", "ValueError('x')", "gatewise.Params.init(1, 1)", "gatewise.Params", "gatewise.losses",
    "gatewise.forward(gatewise.Params.init(2, 3), np.zeros((4, 2), 'f4'))", "gatewise.losses.l2", "gatewise.network.Architecture(input_size=2, hidden_size=3, outputs=1)",
    "gatewise.Grads({'d_W': np.zeros((4, 1), 'f4')})", "gatewise.Grads({})",
    "gatewise.optimizers.Moments(None, None, None)", "gatewise.optimizers.Moments(np.zeros(3), np.zeros(3), -1)", "gatewise.State(None, 3)", "gatewise.Stepper(gatewise.Params.init(2, 3))",
    "__import__('pandas').DataFrame()", "__import__('pandas').NA", "__import__('pandas').NaT", "__import__('polars').DataFrame({'a': [1]})", "__import__('pyarrow').array([1, None])",
)  # fmt: skip
HELPERS = (
    as_ctypes, as_shared, as_mapped, as_cast, unaligned, read_only, with_first, masked, huge, tall, Subclass, with_thread, deep, cyclic, raises,
    lies, interface, struct,
)  # fmt: skip
USED = (array, datetime, decimal, fractions)
