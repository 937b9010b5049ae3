"""gatewise.torch.LSTM in what people do with modules: it works natively, or falls back with torch's own result."""

import copy
import io
import pickle

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

from torch.utils import checkpoint  # noqa: E402
from torch_models import Model, X, answer, both, close, close_or_same_error, counted, grads  # noqa: E402

from gatewise.torch import LSTM, calls  # noqa: E402

pytestmark = pytest.mark.peers


def test_the_module_looks_like_torchs():
    theirs, ours = (
        torch.nn.LSTM(3, 4, 2, dropout=0.5, bidirectional=True),
        LSTM(3, 4, 2, dropout=0.5, bidirectional=True),
    )
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert isinstance(ours, torch.nn.LSTM)
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("strict", [False, True])
def test_exported(strict):
    theirs, ours = both()
    before = torch._dynamo.config.allow_rnn
    torch._dynamo.config.allow_rnn = True
    try:
        program = torch.export.export(ours.eval(), (X,), strict=strict)
    finally:
        torch._dynamo.config.allow_rnn = before
        torch._dynamo.reset()
    close(program.module()(X), theirs(X))


@pytest.mark.filterwarnings("ignore")
def test_scripted_and_traced_by_jit():
    theirs, ours = both()
    close(torch.jit.script(ours)(X), theirs(X))
    traced = torch.jit.trace(ours, X)
    close(traced(X), theirs(X))
    memory = io.BytesIO()
    torch.jit.save(traced, memory)
    memory.seek(0)
    close(torch.jit.load(memory)(X), theirs(X))
    assert isinstance(ours.lstm, torch.nn.LSTM)  # script puts torch's own into the model that it is given


def test_copied_pickled_saved_and_shared():
    theirs, ours = both()
    expected = theirs(X)
    for other in (
        copy.deepcopy(ours),
        copy.copy(ours),
        pickle.loads(pickle.dumps(ours)),
        ours.share_memory(),
    ):
        found, native, fallback = counted(lambda other=other: other(X))
        close(found, expected)
        assert (native, fallback) == (1, 0)
    memory = io.BytesIO()
    torch.save(ours.state_dict(), memory)
    memory.seek(0)
    theirs.load_state_dict(torch.load(memory, weights_only=True))


def test_dtypes_and_devices_that_the_engine_has_not_fall_back():
    theirs, ours = both()
    for dtype in (torch.bfloat16, torch.float16):
        x = X.to(dtype)
        found, native, fallback = counted(
            lambda x=x, dtype=dtype: answer(lambda: copy.deepcopy(ours).to(dtype)(x))
        )
        close_or_same_error(found, answer(lambda x=x, dtype=dtype: copy.deepcopy(theirs).to(dtype)(x)))
        assert (native, fallback) == (0, 1)
    found, native, _ = counted(lambda: ours.double()(X.double()))
    close(found, theirs.double()(X.double()))
    assert native == 1


def test_under_autocast():
    theirs, ours = both()
    with torch.autocast("cpu", torch.bfloat16):  # which torch has not for an LSTM on every CPU
        found, native, fallback = counted(lambda: answer(lambda: ours(X)))
        close_or_same_error(found, answer(lambda: theirs(X)))
    assert (native, fallback) == (0, 1)


def test_modes_of_gradients():
    theirs, ours = both()
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            found, native, _ = counted(lambda: ours(X))
            close(found, theirs(X))
        assert native == 1
        assert not found.requires_grad
    with torch.inference_mode():
        x = X + 0
    close(ours.requires_grad_(False)(x), theirs.requires_grad_(False)(x))


def test_transformed_by_torch_func():
    theirs, ours = both()
    parameters = {name: p.detach() * 1.1 for name, p in theirs.named_parameters()}

    def loss(model, parameters, x):
        return torch.func.functional_call(model, parameters, (x,)).square().sum()

    close(loss(ours, parameters, X), loss(theirs, parameters, X))
    for model in (theirs, ours):
        model.eval()
    close(
        torch.func.grad(lambda p: loss(ours, p, X))(parameters),
        torch.func.grad(lambda p: loss(theirs, p, X))(parameters),
    )


def test_another_models_parameters_are_used_by_functional_call_natively():
    theirs, ours = both()
    parameters = {name: (p * 1.1).detach().requires_grad_() for name, p in theirs.named_parameters()}
    results = []
    for model in (theirs, ours):
        out = torch.func.functional_call(model, parameters, (X,))
        results.append(torch.autograd.grad(out.sum(), list(parameters.values())))
    close(results[1], results[0])
    _, native, _ = counted(lambda: torch.func.functional_call(ours, parameters, (X,)))
    assert native == 1


@pytest.mark.filterwarnings("ignore")
def test_forward_mode_falls_back():
    _, ours = both()
    ours.double()
    x = X.double()
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        found, native, _ = counted(lambda: ours(dual))
        tangent = torch.autograd.forward_ad.unpack_dual(found).tangent
    assert native == 0
    step = 1e-6
    close(tangent, (ours(x + step) - ours(x - step)) / (2 * step))


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch 2.4's own
@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpointed(reentrant):
    theirs, ours = both()
    x = X.clone().requires_grad_()
    found = []
    for model in (theirs, ours):
        out = checkpoint.checkpoint(model, x, use_reentrant=reentrant)
        model.zero_grad()
        x.grad = None
        out.square().sum().backward()
        found.append([out, x.grad, *(p.grad for p in model.parameters())])
    close(found[1], found[0])


@pytest.mark.filterwarnings("ignore")
def test_saved_tensors_hooks():
    theirs, ours = both()
    expected = grads(theirs, theirs)
    with torch.autograd.graph.save_on_cpu():
        loss = ours(X).square().sum()
    loss.backward()
    close([p.grad for p in ours.parameters()], expected)
    ours.zero_grad()

    def misaligned(tensor):  # memory from elsewhere may begin anywhere
        memory = torch.empty(tensor.numel() + 1, dtype=tensor.dtype)[1:]
        return memory.copy_(tensor.flatten()).view(tensor.shape)

    with torch.autograd.graph.saved_tensors_hooks(misaligned, lambda kept: kept):
        loss = ours(X).square().sum()
    loss.backward()
    close([p.grad for p in ours.parameters()], expected)


def test_modules_and_tensors_hooks():
    theirs, ours = both()
    found = []
    for model in (theirs, ours):
        seen = []
        model.lstm.register_forward_pre_hook(lambda _, given: (given[0] * 2,))
        model.lstm.register_forward_hook(lambda _, __, result, seen=seen: seen.append(result[0].detach()))
        model.lstm.weight_hh_l0.register_hook(lambda d: d * 3)
        model.lstm.weight_ih_l0.register_post_accumulate_grad_hook(
            lambda p, seen=seen: seen.append(p.grad.clone())
        )
        found.append((grads(model, model), seen))
    close(found[1], found[0])


@pytest.mark.filterwarnings("ignore")
def test_parametrized_weights():
    theirs, ours = both()
    for model in (theirs, ours):
        torch.manual_seed(0)
        torch.nn.utils.parametrizations.spectral_norm(model.lstm, "weight_hh_l0")
        torch.nn.utils.parametrizations.weight_norm(model.lstm, "weight_ih_l0")
    ours.load_state_dict(theirs.state_dict())
    found = [grads(model.eval(), model) for model in (theirs, ours)]
    close(found[1], found[0])


@pytest.mark.filterwarnings("ignore")
def test_weights_that_were_deleted_get_torchs_answer():
    answers = []
    for model in both():
        del model.lstm.weight_hh_l0
        model.lstm.weight_hh_l0 = torch.randn(16, 4, generator=torch.Generator().manual_seed(1))
        answers.append(model(X))
    close(answers[1], answers[0])
    answers = []
    theirs, ours = both()
    for model in (theirs, ours):
        del model.lstm.weight_hh_l0
        answers.append(answer(lambda model=model: model(X)))
    close_or_same_error(answers[1], answers[0])


def test_the_number_of_threads_is_torchs():
    _, ours = both()
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = ours(X)
        torch.set_num_threads(2)
        assert torch.equal(ours(X), one)
    finally:
        torch.set_num_threads(before)


def test_trained_with_sgd_in_step_with_torch():
    theirs, ours = both(num_layers=2, bidirectional=False)
    y = torch.randn(2, 2)
    curves = []
    for model in (theirs, ours):
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        curve = []
        for _ in range(30):
            optimizer.zero_grad()
            loss = (model(X) - y).square().mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            curve.append(loss.item())
        curves.append(torch.tensor(curve))
    torch.testing.assert_close(curves[1], curves[0], rtol=1e-4, atol=1e-5)


def _distributed(rank, state, results, folder):
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    model = Model(LSTM)
    model.load_state_dict(state)
    parallel = torch.nn.parallel.DistributedDataParallel(model)
    parallel(X[rank : rank + 1]).square().sum().backward()
    if rank == 0:
        torch.save([p.grad for p in model.parameters()], results)
    torch.distributed.destroy_process_group()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_two_processes_of_ddp_find_the_gradients_of_one(tmp_path):
    theirs, _ = both()
    results = tmp_path / "grads.pt"
    torch.multiprocessing.spawn(
        _distributed, (theirs.state_dict(), str(results), str(tmp_path)), nprocs=2, join=True
    )
    expected = [g / 2 for g in grads(theirs, theirs)]  # DDP gives the mean over the processes
    close(torch.load(results), expected)


def _sharded(rank, state, results, folder):
    from torch.distributed.fsdp import fully_shard

    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    mesh = torch.distributed.device_mesh.init_device_mesh("cpu", (2,))
    model = Model(LSTM)
    model.load_state_dict(state)
    fully_shard(model, mesh=mesh)
    before = calls().native
    model(X[rank : rank + 1]).square().sum().backward()
    found = [p.grad.full_tensor() for p in model.parameters()]
    if rank == 0:
        torch.save((found, calls().native - before), results)
    torch.distributed.destroy_process_group()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_two_processes_of_fsdp_find_the_gradients_of_one(tmp_path):
    fsdp = pytest.importorskip("torch.distributed.fsdp")
    if not hasattr(fsdp, "fully_shard"):
        pytest.skip("fully_shard came with torch 2.6")
    theirs, _ = both()
    results = tmp_path / "grads.pt"
    torch.multiprocessing.spawn(
        _sharded, (theirs.state_dict(), str(results), str(tmp_path)), nprocs=2, join=True
    )
    found, native = torch.load(results)
    close(found, [g / 2 for g in grads(theirs, theirs)])  # the mean over the processes
    assert native == 1
