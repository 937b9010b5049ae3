"""The benchmark runs, keeps what it measured, times no library whose numbers differ. No time is asserted."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest
from paths import BENCH

pytestmark = pytest.mark.skipif(not BENCH.is_dir(), reason="needs the repository's bench/")


def run_bench(tmp_path, *arguments):
    """Run the script for one round; returns its JSON and its Markdown."""
    kept, page = tmp_path / "bench.json", tmp_path / "bench.md"
    command = [sys.executable, str(BENCH / "lstm.py"), "--rounds", "1", "--seconds", "0.001", *arguments]
    outputs = ["--json", str(kept), "--markdown", str(page)]
    result = subprocess.run([*command, *outputs], capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    return json.loads(kept.read_text(encoding="utf-8")), page.read_text(encoding="utf-8")


@pytest.fixture
def bench(monkeypatch):
    """Import a module of bench/."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module


def test_a_run_keeps_what_is_needed_to_repeat_it(tmp_path):
    result, page = run_bench(tmp_path, "--sizes", "seed", "stream-4-16", "--peers", "gatewise")
    assert result["schema"] == 1
    assert {"date", "command", "plan", "machine", "build", "numpy", "peak_how", "workers"} <= result.keys()
    for worker in result["workers"]:
        assert worker["environment"]["OMP_NUM_THREADS"] == str(worker["threads"])
        assert worker["versions"]["gatewise"]
    assert [(case["size"], case["task"]) for case in result["cases"]] == [
        ("seed", "train"),
        ("seed", "forward"),
        ("stream-4-16", "stream"),
        ("seed", "learn"),
    ]
    for case in result["cases"]:
        assert {"N", "T", "D", "H", "dtype", "flops", "share", "others_cpu"} <= case.keys()
        for rates in case["peak_gflops"].values():
            assert min(rates) > 0
        for row in case["rows"]:
            assert row["peer"] == "gatewise"
            assert row["agrees"]
            assert set(row["errors"].values()) == {0.0}
            (samples,) = row["rounds"]
            assert samples
            assert min(samples) > 0
    for title in ("## train, float32", "## stream, float32", "| seed |", "## Where a peer is faster"):
        assert title in page


@pytest.mark.peers
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("peer", ["torch", "jax", "tensorflow", "onnxruntime"])
def test_a_peer_works_the_same_numbers(tmp_path, peer, dtype):
    if importlib.util.find_spec(peer) is None:
        pytest.skip(f"{peer} is not installed")
    chosen = ["--sizes", "seed", "tiny", "stream-4-16", "--threads", "1", "--dtypes", dtype]
    result, _ = run_bench(tmp_path, *chosen, "--peers", peer)
    rows = [row for case in result["cases"] for row in case["rows"] if row["peer"] == peer]
    done = [row for row in rows if "unsupported" not in row]
    assert all(row.get("agrees") and row["rounds"][0] for row in done), done
    assert bool(done) == ((peer, dtype) != ("onnxruntime", "float64"))


def one_case(**peer):
    """A case in which gatewise takes 2 s and torch 1 s."""
    rows = [
        {"peer": "gatewise", "threads": 1, "agrees": True, "rounds": [[2.0, 2.0]]},
        {"peer": "torch", "threads": 1, "agrees": True, "rounds": [[1.0, 1.0]], **peer},
    ]
    return {"size": "seed", "task": "train", "dtype": "float32", "rows": rows}


def test_a_faster_peer_is_named(bench):
    report, measurements = bench("report"), bench("measurements")
    assert measurements.ratios(measurements.times(one_case(), None)) == {"torch": 0.5}
    assert report.faster({"cases": [one_case()]}) == [
        "seed train float32, threads 1: torch takes 0.50 of our time"
    ]


def test_a_peer_with_other_numbers_gets_no_time(bench):
    report, measurements = bench("report"), bench("measurements")
    wrong = one_case(agrees=False, errors={"out": 1e-7, "d_U": 0.3})
    assert list(measurements.times(wrong, None)) == ["gatewise"]
    assert report.left_out({"cases": [wrong]}) == [
        "torch: its d_U differs from ours by 3.0e-01 of the largest entry (seed train float32)"
    ]


def test_the_comparison_sees_swapped_gates_and_what_is_not_a_number(bench, tmp_path):
    worker, gates = bench("worker"), bench("peers.gates")
    d_W = np.random.default_rng(0).standard_normal((8, 3))
    np.savez(tmp_path / "truth.npz", d_W=d_W)
    there_and_back = gates.back("onnx", gates.to("onnx", d_W))
    assert worker.compare({"d_W": there_and_back}, tmp_path / "truth.npz") == {"d_W": 0.0}
    for order in gates.ORDERS:
        assert worker.compare({"d_W": gates.to(order, d_W)}, tmp_path / "truth.npz")["d_W"] > 0.1
    nan = worker.compare({"d_W": d_W * np.nan}, tmp_path / "truth.npz")["d_W"]
    assert not nan <= worker.TOLERANCE["float32"]


def test_operations_are_counted_by_real_steps(bench):
    cases = bench("cases")
    train, uneven = (cases.Case("nowcast", task, "float32") for task in ("train", "uneven"))
    N, T, D, H = train.shape
    assert train.flops() == 3 * 2 * N * T * 4 * H * (D + H)
    assert uneven.flops() / train.flops() == uneven.lengths().sum() / (N * T)


def test_parts_of_a_run_become_one_report(bench, tmp_path):
    """In the order of the plan, with every command; never two of the same case, nor of two machines."""
    merge = bench("merge").merge
    small, _ = run_bench(tmp_path, "--sizes", "tiny", "--tasks", "forward", "--peers", "gatewise")
    seed, _ = run_bench(tmp_path, "--sizes", "seed", "--tasks", "train", "forward", "--peers", "gatewise")
    whole = merge([small, seed])
    order = [(case["size"], case["task"]) for case in whole["cases"]]
    assert order == [("seed", "train"), ("seed", "forward"), ("tiny", "forward")]
    assert small["command"] in whole["command"]
    assert seed["command"] in whole["command"]
    assert len(whole["workers"]) == len(seed["workers"])
    assert "## forward, float32" in bench("report").markdown(whole)
    with pytest.raises(ValueError, match="train float32 seed is in more than one run"):
        merge([small, seed, seed])
    with pytest.raises(ValueError, match="machine differs between the runs"):
        merge([small, {**seed, "machine": {"model": "another"}}])


@pytest.mark.parametrize("task", ["epoch", "epoch-uneven"])
def test_an_epoch_trains_on_every_sequence(bench, task):
    cases, gatewise_lstm = bench("cases"), bench("peers.gatewise_lstm")
    gatewise_lstm.start(1)
    problem = cases.problem(cases.Case("forecast" if task == "epoch-uneven" else "online", task, "float32"))
    batches = problem.batches()
    assert sorted(np.concatenate(batches)) == list(range(len(problem.x)))
    assert {len(batch) for batch in batches} == {problem.batch}
    after = gatewise_lstm.PROGRAMS[task](problem).results()
    moved = np.abs(after["layer0.U"] - problem.U)
    assert (moved > 0).mean() > 0.9
    assert moved.max() < 2 * cases.LEARNING_RATE * len(
        batches
    )  # Adam's steps are hardly longer than its rate
