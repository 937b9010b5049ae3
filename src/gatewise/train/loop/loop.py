"""The training loop: forward, loss, Δ, backward, update, again and again.

It knows nothing of files, windows or the command line: `gatewise fit` and the scikit-learn estimators run it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gatewise.learn.network import Network, StepNotFiniteError, TrainingStep, forward
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data import Batch
from gatewise.train.loop.batches import DROPOUT, Batches
from gatewise.train.loop.non_finite import first_not_finite
from gatewise.train.loop.recipe import Recipe
from gatewise.train.loop.state import TrainingState


def train(
    state: TrainingState,
    recipe: Recipe,
    batches: Batches,
    *,
    validate: Callable[[Network], dict[str, float]] | None = None,
    after_step: Callable[[TrainingState], None] = lambda _state: None,
    after_epoch: Callable[[TrainingState], None] = lambda _state: None,
) -> None:
    """Train from where `state` is to the end; the best vector is then the network's.

    Parameters
    ----------
    validate : callable, optional
        Gives the metrics of an epoch's end, of which `recipe.decides` says what is best. Without it the
        newest weights are the best.

    Raises
    ------
    NonFiniteError
        Where the loss or the gradient is not a number any more; it says where that began.
    """
    network, dropout = state.network, _drops(state.network)
    step = TrainingStep(
        network, recipe.loss, recipe.update, state.memory,
        clip=recipe.clip or 0, engine=recipe.engine, threads=recipe.threads,
    )  # fmt: skip
    while state.epoch < recipe.epochs and (recipe.patience is None or state.stale < recipe.patience):
        for batch in batches.epoch(state.epoch, state.batch):
            seed = [recipe.seed, DROPOUT, state.step] if dropout else None
            rate = recipe.rate(state.step, state.schedule)
            try:
                taken = step(
                    batch.x, batch.label, rate=rate, step=state.step + 1, weight=batch.weight,
                    lengths=batch.lengths, extra=batch.extra, codes=batch.codes, seed=seed,
                    state=None if batch.fresh else state.carried,
                )  # fmt: skip
            except StepNotFiniteError as stopped:
                raise first_not_finite(state, batch, stopped) from None
            state.after_batch(taken.loss, len(batch.x), taken.last)
            after_step(state)
        state.after_epoch(recipe, validate(network) if validate else None)
        after_epoch(state)
    network.vector[:] = state.best


def _drops(network: Network) -> bool:
    """Say whether a training step draws random numbers."""
    about = network.architecture
    return any((about.dropout, about.input_dropout, about.recurrent_dropout, about.output_dropout))


def inside(batch: Batch) -> dict[str, IntArray]:
    """Return the lengths as a loss takes them: only where there is a label at every step."""
    return {} if batch.lengths is None or batch.label.ndim < 3 else {"lengths": batch.lengths}


def outputs(
    network: Network, batches: Iterable[Batch], *, engine: str = "auto", threads: int | None = None
) -> Iterable[tuple[Batch, FloatArray]]:
    """Go through `batches` with what the network makes of each; no trace is kept."""
    carried = None
    for batch in batches:
        run = forward(
            network, batch.x, None if batch.fresh else carried, batch.lengths,
            extra=batch.extra, codes=batch.codes, engine=engine, threads=threads, trace=False,
        )  # fmt: skip
        carried = run.last
        yield batch, run.y


def mean_loss(
    network: Network, recipe: Recipe, batches: Iterable[Batch], keep: list[FloatArray] | None = None
) -> float:
    """Return the mean loss over `batches`, each weighted by its sequences; `keep` gets their outputs."""
    summed, counted = 0.0, 0
    for batch, y in outputs(network, batches, engine=recipe.engine, threads=recipe.threads):
        loss, _ = recipe.loss(y, batch.label, batch.weight, **inside(batch))
        if keep is not None:
            keep.append(y)
        summed += float(loss) * len(batch.x)
        counted += len(batch.x)
    return summed / counted
