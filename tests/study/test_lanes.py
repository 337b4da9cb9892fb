"""Lanes share a machine's cores and GPUs between steps that are done at once."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mmeval.errors import ConfigError
from mmeval.study.lanes import Lane, Machine, share, this_machine


def told(machine: Machine, jobs: int, **environment: str) -> list[dict[str, str]]:
    """What the steps of each lane are told."""
    return [dict(lane.environment) for lane in share(jobs, machine, environment)]


def test_cores_are_shared_without_rest_and_without_overlap() -> None:
    lanes = share(3, Machine(tuple(range(8))), {})
    assert [lane.cores for lane in lanes] == [(0, 1), (2, 3, 4), (5, 6, 7)]


def test_on_a_cpu_vllm_is_told_its_cores_and_its_part_of_the_memory() -> None:
    # Untold, every vLLM would bind itself to the same cores and take 0.4 of the free memory.
    assert told(Machine((0, 1), memory=24.0), 2) == [
        {
            "OMP_NUM_THREADS": "1",
            "VLLM_CPU_OMP_THREADS_BIND": core,
            "VLLM_CPU_KVCACHE_SPACE": "4",
        }
        for core in ("0", "1")
    ]


def test_a_cache_size_that_the_user_chose_is_kept() -> None:
    [first, _] = told(Machine((0, 1), memory=24.0), 2, VLLM_CPU_KVCACHE_SPACE="7")
    assert first["VLLM_CPU_KVCACHE_SPACE"] == "7"


def test_gpus_are_shared_and_the_cpu_settings_of_vllm_left_alone() -> None:
    machine = Machine(tuple(range(4)), gpus=("0", "1", "GPU-5f", "3"), memory=64.0)
    assert told(machine, 2) == [
        {"OMP_NUM_THREADS": "2", "CUDA_VISIBLE_DEVICES": "0,1"},
        {"OMP_NUM_THREADS": "2", "CUDA_VISIBLE_DEVICES": "GPU-5f,3"},
    ]


@pytest.mark.parametrize(
    ("machine", "jobs", "reason"),
    [
        (Machine((0, 1)), 3, "--jobs 3: 2 cores here, .* at most 2"),
        (Machine((4,)), 2, "--jobs 2: 1 core here, .* at most 1"),
        (Machine(tuple(range(16)), gpus=("0", "1")), 4, "--jobs 4: 2 GPUs here, .* at most 2"),
    ],
)
def test_more_jobs_than_there_is_to_share_are_refused(
    machine: Machine, jobs: int, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        share(jobs, machine, {})


@pytest.mark.parametrize(
    ("told", "gpus"),
    [("0,1", ("0", "1")), (" 2 , GPU-5f ", ("2", "GPU-5f")), ("", ()), ("-1", ())],
)
def test_the_gpus_are_those_that_this_process_may_see(told: str, gpus: tuple[str, ...]) -> None:
    assert this_machine({"CUDA_VISIBLE_DEVICES": told}).gpus == gpus


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no binding to cores here")
def test_a_process_started_in_a_lane_has_its_cores_and_this_one_keeps_all() -> None:
    before = os.sched_getaffinity(0)
    core = max(before)
    ask = [sys.executable, "-c", "import os; print(sorted(os.sched_getaffinity(0)))"]

    def inside(lane: Lane) -> str:
        lane.enter()
        return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(inside, Lane((core,))).result() == f"[{core}]"
    assert os.sched_getaffinity(0) == before
