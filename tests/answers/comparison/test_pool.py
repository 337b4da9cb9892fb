"""The worker processes: killed when they must be, alive afterwards, from any thread."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmeval.answers.comparison.many import compare_pairs
from mmeval.answers.comparison.policies import PRESETS
from mmeval.answers.comparison.pool import (
    DIED,
    OVERRUN,
    Gate,
    Limits,
    Pool,
    processor_seconds,
    shared_pool,
)

IDENTITY = (r"\sin^2 x + \cos^2 x", "1")
SLOW = (r"\sqrt{2+" * 8 + r"\sqrt{2}" + "}" * 8, r"2\cos\frac{\pi}{1024}")
"""Equal, of too high a degree for a bound, and nothing that sympy shows in many seconds."""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    workers = Pool(2)
    yield workers
    workers.close()


def test_a_worker_proves_what_exact_algebra_leaves_open(pool: Pool) -> None:
    result = pool.compare(*IDENTITY)
    assert (result.outcome, result.rule) == ("equal", "sympy")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_forked_during_a_comparison_has_a_pool_of_its_own() -> None:
    """The parent's places are all taken by a thread that the child has not."""
    before = shared_pool()
    with before.gate.shut(wait=True):
        child = os.fork()
        if not child:
            os._exit(shared_pool() is before or shared_pool().gate.free == 0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert shared_pool() is before


def test_policies_reach_the_worker(pool: Pool) -> None:
    pair = (r"x = \sin^2 t + \cos^2 t", "y = 1")
    assert pool.compare(*pair).outcome != "equal"
    assert pool.compare(*pair, policies=PRESETS["lighteval"]).outcome == "equal"


def test_a_worker_that_overruns_is_killed_and_the_pool_lives() -> None:
    workers = Pool(1, Limits(seconds=0.0))
    begin = time.perf_counter()
    assert workers.compare(*IDENTITY) == OVERRUN
    assert time.perf_counter() - begin < 30
    workers.limits = Limits()
    assert workers.compare(*IDENTITY).outcome == "equal"
    workers.close()


def test_a_pair_that_never_ends_keeps_to_one_budget_and_the_pool_lives() -> None:
    workers = Pool(1, Limits(seconds=0.5))
    workers.warm()
    first = workers.idle[0]
    begin = time.perf_counter()
    assert workers.compare(*SLOW) == OVERRUN
    took = time.perf_counter() - begin
    assert took >= 0.4
    assert took < 10
    assert first.process.returncode is not None
    assert workers.compare(*IDENTITY).outcome == "equal"
    workers.close()


def test_a_budget_is_processor_time_so_that_a_stopped_worker_has_not_used_it() -> None:
    workers = Pool(1, Limits(seconds=1.0))
    workers.warm()
    worker = workers.idle[0]
    if processor_seconds(worker.process.pid) is None:
        pytest.skip("this system does not tell a process's time: wall time counts there")
    os.kill(worker.process.pid, signal.SIGSTOP)
    awake = threading.Timer(1.3, os.kill, (worker.process.pid, signal.SIGCONT))
    awake.start()
    assert workers.compare(*IDENTITY).outcome == "equal"
    awake.join()
    assert worker.process.poll() is None
    workers.close()


def test_no_pair_is_begun_while_a_slow_one_goes_on_alone() -> None:
    gate, order = Gate(2), []

    def late() -> None:
        with gate.entered():
            order.append("late")

    with gate.entered(), gate.shut():
        thread = threading.Thread(target=late)
        thread.start()
        thread.join(0.1)
        order.append("slow")
    thread.join()
    assert order == ["slow", "late"]
    with gate.shut(wait=True):
        assert gate.free == 1
    assert (gate.free, gate.slow) == (2, 0)


def test_a_worker_without_memory_is_named_and_the_pool_lives() -> None:
    workers = Pool(1, Limits(memory_bytes=30 << 20))
    assert workers.compare(*IDENTITY) == DIED
    workers.limits = Limits()
    assert workers.compare(*IDENTITY).outcome == "equal"
    workers.close()


def test_workers_are_replaced_after_their_share() -> None:
    workers = Pool(1, Limits(pairs_per_worker=1))
    workers.compare(*IDENTITY)
    assert workers.idle == []
    workers.close()


def test_the_same_answers_from_threads_and_from_asyncio(pool: Pool) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(pool.compare(*IDENTITY).outcome))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["equal"] * 6

    async def asked() -> list[str]:
        direct = pool.compare(*IDENTITY).outcome
        tasks = [asyncio.to_thread(pool.compare, *IDENTITY) for _ in range(3)]
        return [direct, *(each.outcome for each in await asyncio.gather(*tasks))]

    assert asyncio.run(asked()) == ["equal"] * 4


def test_a_pair_is_compared_once_and_cheap_ones_start_no_worker() -> None:
    class Unused(Pool):
        def compare_many(self, *_: object) -> list[object]:  # type: ignore[override]
            raise AssertionError("a worker was asked")

    results = compare_pairs([("1/2", "0.5"), ("1/2", "0.5"), ("2", "3")], pool=Unused())
    assert [each.outcome for each in results] == ["equal", "equal", "different"]


def test_code_in_answers_is_never_run(tmp_path: Path, pool: Pool) -> None:
    mark = tmp_path / "ran"
    touch = f"__import__('os').system('touch {mark}')"
    texts = [
        touch,
        f"().__class__.__base__.__subclasses__()[0]({touch})",
        f"open('{mark}', 'w')",
        rf"\write18{{touch {mark}}}",
        rf"\sin({touch})",
        f"x + {touch}",
        rf"\text{{{touch}}}",
        f"lambda: {touch}",
        f"$(touch {mark})",
        "{{ 7 * 7 }}",
    ]
    for text in texts:
        pool.compare(text, "1")
        pool.compare(f"{text} + x", f"x + {text}")
    assert not mark.exists()


def test_no_signal_handler_is_touched(pool: Pool) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGALRM, signal.SIGCHLD)]
    pool.compare(*IDENTITY)
    assert [signal.getsignal(each) for each in (signal.SIGALRM, signal.SIGCHLD)] == before


HOSTILE = [
    "9^{9^{9^9}}",
    "10^{1000000000}",
    "{" * 10_000 + "x" + "}" * 10_000,
    "1" * 1_000_000,
    r"\frac{1}{" * 2000 + "1" + "}" * 2000,
    r"\sqrt" * 5000 + "2",
    "x^" * 3000 + "2",
    "-" * 100_000 + "1",
    "5" + "!" * 60,
    "1," * 50_000,
    r"\boxed{" * 20_000,
    "(x+y+z+w+v)^{300}",
    "*".join(["(a+b+c+d+e)"] * 40),
    "1e999999",
    r"\binom{100000}{50000}",
    "e^{e^{e^{e^{e}}}}",
    "|" * 999,
    "\x00\ud800",
    r"\cos^{50}x",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:20] for text in HOSTILE])
def test_hostile_answers_end_within_the_budget(text: str, pool: Pool) -> None:
    begin = time.perf_counter()
    first = compare_pairs([(text, "1")], pool=pool)[0]
    assert first.outcome != "equal"
    assert compare_pairs([("1", text)], pool=pool)[0].outcome == first.outcome
    assert compare_pairs([(text, text)], pool=pool)[0].outcome == "equal"
    assert time.perf_counter() - begin < 12
    assert pool.compare(*IDENTITY).outcome == "equal"


def test_workers_end_with_the_pool() -> None:
    workers = Pool(1)
    workers.compare(*IDENTITY)
    process = workers.idle[0].process
    workers.close()
    assert process.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
