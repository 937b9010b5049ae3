"""Every public function, called with drawn arguments: it computes, or it refuses in words.

tests/support/fuzz/arguments.py draws the calls and `make fuzz` goes on for as long as one likes, with sanitizers on. Here
are a short run, what was found, and that the fuzzer sees a fault.
"""

import inspect

import numpy as np
import pytest
from fuzz import faces, oracle, valid
from fuzz.arguments import Call
from fuzz.find import Find
from fuzz.short_run import short_run

import gatewise

P = "gatewise.Params.init(2, 3)"
A = "gatewise.network.Architecture(input_size=2, hidden_size=3, outputs=1)"
N = f"gatewise.network.Network.init({A})"
NT = f"gatewise.network.forward({N}, np.ones((4, 2), 'f4'))"
V = "np.ones(7, 'f4')"


def test_a_short_run_finds_nothing():
    """In a process of its own, with a bound on memory: 400 calls that are the same each time."""
    short_run("arguments", 400, "--first", "1000000", "--plain")


def test_every_public_function_is_called_or_left_out_with_a_reason():
    """A new one is found by itself; one that has a new parameter without a default needs a row in valid.py."""
    every = {target.name for target in faces.targets(everything=True)}
    left_out = {name for names in faces.LEFT_OUT.values() for name in names}
    assert left_out <= every, left_out - every
    sizes = valid.Sizes(2, 3, 4, 2, 1, "float32", "native", 1, "last", 1, 1)
    without = [
        f"{target.name}.{parameter.name}"
        for target in faces.targets()
        for parameter in target.parameters
        if parameter.default is inspect.Parameter.empty and parameter.kind.name != "VAR_KEYWORD"
        and valid.line_for(target.name, parameter.name, sizes) is None
    ]  # fmt: skip
    assert without == list(valid.OF_OTHERS)
    assert len(list(faces.targets())) > 60


# What was found: calls that ended in another exception than ours, each of another kind ---------------------

REFUSED = {
    "a list that holds itself": f"gatewise.forward({P}, cyclic())", "lists within lists": f"gatewise.forward({P}, deep(100_000))",
    "a state that holds itself": f"gatewise.forward({P}, np.ones((4, 2), 'f4'), (cyclic(), cyclic()))",
    "an array that raises KeyError": f"gatewise.forward({P}, raises('__array__', error=KeyError))",
    "an engine that cannot be hashed": f"gatewise.forward({P}, np.ones((4, 2), 'f4'), engine=[])",
    "an engine that is an array": f"gatewise.Stepper({P}, engine=np.zeros((4, 0)))", "an engine whose == lies": f"gatewise.Stepper({P}, engine=lies(str, __hash__=1, __eq__=True))",
    "a whole number beyond floats": f"gatewise.optimizers.clip_by_norm({V}, 10**400)", "a number that Python does not write": f"gatewise.forward({P}, np.ones((4, 2), 'f4'), threads=-10**5000)",
    "ctypes in place of an array": "gatewise.optimizers.clip_by_norm((ctypes.c_char * 8)(), 1.0)", "a dtype that raises": f"{N}.astype(raises('__len__', '__iter__', error=KeyError))",
    "a dtype that is deep": f"{N}.astype(deep(100_000))", "a gate that is an array": f"{P}.gate(np.zeros((0, 2)))", "a seed that is none": "gatewise.Params.init(2, 3, seed=np.array(0.5))",
    "a bias that is a text": "gatewise.Params.init(2, 3, forget_bias='a')", "sizes beyond NumPy's": "gatewise.Params.init(2, 2**64 - 1)", "a scheme of any kind": "gatewise.Params.init(2, 3, scheme={1})",
    "threads of a network": f"gatewise.network.backward({N}, {NT}, np.ones(1, 'f4'), threads=decimal.Decimal('0.1'))", "a flag of a network": f"gatewise.network.backward({N}, {NT}, np.ones(1, 'f4'), inputs='no')",
    "settings that are no mapping": "gatewise.network.Architecture.from_dict(int)", "extra that raises": f"gatewise.network.forward({N}, np.ones((4, 2), 'f4'), extra=raises('__array__', error=OSError))",
    "memory of odd size": "gatewise.optimizers.OPTIMIZERS['adam'].memory(np.int8(-3), 'f4')", "memory of odd dtype": "gatewise.optimizers.OPTIMIZERS['adam'].memory(3, 'u')",
    "a complex gradient": f"gatewise.optimizers.OPTIMIZERS['sgd']({V}, {V}.astype('c8'), {{}}, 0.1, 1)", "a vector of nothing": f"gatewise.optimizers.OPTIMIZERS['sgd'](np.zeros(7, []), {V}, {{}}, 0.1, 1)",
    "a step beyond counting": f"gatewise.optimizers.OPTIMIZERS['adam']({V}, {V}, gatewise.optimizers.OPTIMIZERS['adam'].memory(7, 'f4'), 0.1, 10**30)",
    "a vector that is read-only": f"gatewise.optimizers.OPTIMIZERS['sgd'](read_only({V}), {V}, {{}}, 0.1, 1)", "moments of texts": f"gatewise.optimizers.adam({P}, gatewise.backward({P}, gatewise.forward({P}, np.ones((4, 2), 'f4')), np.ones((4, 3), 'f4')), 0.1, gatewise.optimizers.Moments('a', None, 3))",
    "params that are none": "gatewise.optimizers.Moments.zero(gatewise.Params)", "gradients without arrays": f"gatewise.optimizers.sgd({P}, gatewise.Grads({{}}), 0.1)",
    "options that are no mapping": "gatewise.losses.gaussian.with_options(raises('keys', '__getitem__'))", "an option that is a text": "gatewise.losses.huber([1.0], [2.0], delta='a')",
    "outputs that are ragged": "gatewise.losses.gaussian.forecast([[1.0, 2.0], [3.0]])", "outputs that do not go up": "gatewise.losses.gaussian.forecast(np.ones((4, 3)))", "quantiles that raise": "gatewise.losses.pinball([1.0], [2.0], quantiles=[raises('__float__')])",
    "what plateau does not know": "gatewise.schedules.plateau_after(0.5, 'a')", "patience that is none": "gatewise.schedules.plateau_after(0.5, gatewise.schedules.PLATEAU, patience=object())",
    "directions that are no number": f"gatewise.derivatives.check({P}, np.ones((4, 2), 'f4'), directions=ctypes.c_float(1))", "a tolerance that is none": f"gatewise.derivatives.check({P}, np.ones((4, 2), 'f4'), tolerance='a')",
    "a kind that cannot be hashed": "gatewise.exercises.exercise([])", "a seed of a sheet": "gatewise.exercises.exercise('fill', raises('__lt__', '__le__'))", "a sheet that is none": "gatewise.exercises.write_key(3)", "an answer that is none": "gatewise.exercises.mark(gatewise.exercises.key_of(gatewise.exercises.exercise('fill', 1)), {'1': object()})",
    "a format that cannot be hashed": "gatewise.worksheet(gatewise.Params.init(2, 1), [[1.0, 2.0]]).render({'a': 1})", "a name that is bytes": "gatewise.check('$x = 1$', name=memoryview(b'ab'))",
    "a configuration that is none": "gatewise.train.FitConfig.make(2)", "a path that is none": "gatewise.train.FitConfig.read(3)", "windows of no dataset": "gatewise.data.Windows.fit(gatewise.State(None, 3))",
    "progress that is no flag": "gatewise.fit({'y': np.arange(60.0)}, 'y', progress=object())", "a batch of three made single": f"gatewise.forward({P}, np.ones((3, 4, 2), 'f4')).unbatched()",
    "options of any length": "gatewise.network.Architecture(input_size='x' * 100_000, hidden_size=3, outputs=1)", "a copy that is no flag": f"gatewise.backward({P}, gatewise.forward({P}, np.ones((4, 2), 'f4')), np.ones((4, 3), 'f4')).flat(copy=lies(__bool__=2))",
    "numbers beyond the precision": f"gatewise.forward({P}, [[1e308, 1.0]])", "a label beyond the precision": "gatewise.losses.mse(np.ones(3, 'f4'), [1e300, 0.0, 0.0])",
    "a batch beyond all memory": f"gatewise.Stepper({P}, 2**63)", "steps beyond counting": f"gatewise.train_steps({P}, np.ones((4, 2), 'f4'), np.ones((4, 3), 'f4'), steps=np.uint64(2**63))",
    "directions without end": f"gatewise.derivatives.check({P}, np.ones((4, 2), 'f4'), directions=2**31)", "a label that is one number": "gatewise.losses.cross_entropy((1.0, 2.0), True, classes=2)",
    "a size that cannot be compared": "gatewise.network.Architecture(input_size=2, hidden_size=3, outputs=1, skip=decimal.Decimal('sNaN'))", "layers without end": "gatewise.network.Architecture(input_size=2, hidden_size=3, outputs=1, layers=2**63)",
    "threads of a model": f"{valid.FITTED}.predict(threads=raises('__bool__'))", "a flag of a model": f"{valid.FITTED}.predict(rolling=lies(__bool__=2))", "a path of any length": "gatewise.load_problem('x' * 100_000)",
    "a seed that holds itself": "gatewise.Params.init(2, 3, seed=[cyclic()])", "objects without end": f"gatewise.Stepper({P}).step(tall(np.full((1, 2), None), 2**57))",
    "texts that are no mapping": "gatewise.worksheet(gatewise.Params.init(2, 1), [[1.0, 2.0]], texts=len)", "a direction that is no flag": "gatewise.network.Architecture(input_size=2, hidden_size=3, outputs=1, bidirectional=memoryview(b'ab'))",
    "a key that is none": f"{valid.FITTED}.config.differences({{'a': 1}})", "a file whose attributes raise": "gatewise.load_problem(raises('__getattr__', error=KeyError))",
    "a window that begins before the data": f"{valid.WINDOWS}.batch([0])", "a window counted from the end": f"{valid.WINDOWS}.batch([-1])", "half a window": f"{valid.WINDOWS}.batch([9.5])",
    "predictions of other windows": f"{valid.WINDOWS}.restore(np.ones((3, 2, 1)), [9, 5])", "predictions without steps": f"{valid.WINDOWS}.restore_spread(np.ones(3))", "windows without end": f"{valid.WINDOWS}.truth('a')",
    "solved that is no flag": f"gatewise.exercises.render({valid.SHEET}, 'md', solved=__import__('pandas').DataFrame())",
}  # fmt: skip


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_what_was_found_is_refused_in_words(line):
    ended = oracle.carried_out(Call("gatewise", (), line, ()), {})
    assert isinstance(ended, gatewise.GatewiseError)
    assert len(str(ended)) < 1000


@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_a_step_of_what_is_not_finite_warns_of_nothing(engine, batch, value):
    """The readable engine's stepper let NumPy's warning through."""
    x = np.full((2,) if batch is None else (batch, 2), value, np.float32)
    gatewise.Stepper(gatewise.Params.init(2, 3), batch, engine=engine).step(x)


@pytest.mark.parametrize("half", [0, 1])
def test_half_a_state_is_refused(engine, half):
    """The compiled engine took it with zeros for the other half, the readable one refused it."""
    params, x = gatewise.Params.init(2, 3), np.ones((4, 2), np.float32)
    pair = [None, None]
    pair[half] = np.ones(3, np.float32)
    for given in (tuple(pair), pair, (None, None)):
        with pytest.raises(gatewise.DtypeError, match=r"state\.(out|state) is None"):
            gatewise.forward(params, x, given, engine=engine)
        with pytest.raises(gatewise.DtypeError, match=r"d_last_state\.(out|state) is None"):
            gatewise.backward(
                params,
                gatewise.forward(params, x, engine=engine),
                np.ones((4, 3), np.float32),
                d_last_state=given,
            )


def test_a_single_sequence_is_unbatched_already(engine):
    trace = gatewise.forward(gatewise.Params.init(2, 3), np.ones((4, 2), np.float32), engine=engine)
    grads = gatewise.backward(gatewise.Params.init(2, 3), trace, np.ones((4, 3), np.float32))
    assert trace.unbatched() is trace
    assert grads.unbatched() is grads


# The fuzzer itself -----------------------------------------------------------------------------------------

FAULTS = {
    "another exception": ("gatewise.engine.passes.Native.forward", lambda *_, **__: {}["a"]),
    "words of the compiler": (
        "gatewise.forward",
        lambda *_, **__: _raise("forward(): incompatible function arguments"),
    ),
    "a message without a word": ("gatewise.forward", lambda *_, **__: _raise("")),
    "a changed argument": ("gatewise.forward", lambda _, x, **__: x.fill(1)),
    "a warning of NumPy": ("gatewise.forward", lambda _, x, **__: np.array([0.0]) / 0),
}


def _raise(text):
    raise gatewise.ArgumentError(text)


@pytest.mark.parametrize(("name", "fault"), FAULTS.values(), ids=FAULTS)
def test_the_oracle_sees(name, fault, monkeypatch):
    monkeypatch.setattr(name, fault)
    with pytest.raises(Find):
        oracle.judge(
            Call(
                "gatewise.forward",
                (("params", P), ("x", "np.zeros((4, 2), 'f4')")),
                "gatewise.forward(params, x)",
                (),
            )
        )


def test_the_oracle_sees_a_wrong_answer(monkeypatch):
    """One number of one gate, off by a thousandth, in the native engine alone."""
    right = gatewise.forward

    def wrong(*given, engine="auto", **more):
        trace = right(*given, engine="reference", **more)
        if engine == "reference":
            return trace
        arrays = {each: trace[each].copy() for each in trace}
        arrays["f"].flat[0] += 1e-3
        return gatewise.Trace(arrays, last=trace.last, lengths=trace.lengths, engine="reference")

    monkeypatch.setattr("gatewise.forward", wrong)
    lines = (("params", P), ("x", "np.ones((4, 2), 'f4')"), ("engine", "'native'"))
    with pytest.raises(Find, match="f is"):
        oracle.judge(Call("gatewise.forward", lines, "gatewise.forward(params, x, engine=engine)", ()))
