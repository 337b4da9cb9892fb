"""The allocator below torch on a CPU, which decides whether memory grows.

Every step has rows of other lengths, so tensors of other sizes. glibc's malloc keeps what it
cannot fit them into, and a training of SmolLM2-135M grew from 8.3 to 14.4 GB in 31 steps;
with tcmalloc it stays where it is (docs/training.md, Speed).
"""

from __future__ import annotations

from pathlib import Path

MAPS = Path("/proc/self/maps")
"""The libraries in this process, on Linux; elsewhere malloc is another."""


def hint(on_cpu: bool, maps: Path = MAPS) -> str | None:
    """One line for a training that will grow; None if it will not or that is unknown."""
    if not on_cpu or not maps.is_file():
        return None
    if "tcmalloc" in maps.read_text(encoding="utf-8", errors="replace"):
        return None
    return (
        "this process has no tcmalloc: memory will grow step by step and training is slower; "
        "LD_PRELOAD=libtcmalloc_minimal.so.4 before the command mends it (docs/training.md, Speed)"
    )
