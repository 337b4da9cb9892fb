"""A training on a CPU says when its memory will grow."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.training.allocator import hint

LIBC = "7f00-7f01 r-xp 00000000 fe:00 1 /usr/lib/libc.so.6\n"
TCMALLOC = "7f02-7f03 r-xp 00000000 fe:00 2 /usr/lib/libtcmalloc_minimal.so.4.5.10\n"


@pytest.mark.parametrize(
    ("on_cpu", "maps", "told"),
    [
        (True, LIBC, True),
        (True, LIBC + TCMALLOC, False),
        (False, LIBC, False),  # tensors lie on the GPU
        (True, None, False),  # no Linux: malloc is another
    ],
)
def test_it_says_so_on_a_cpu_with_glibc_alone(
    on_cpu: bool, maps: str | None, told: bool, tmp_path: Path
) -> None:
    path = tmp_path / "maps"
    if maps is not None:
        path.write_text(maps)
    said = hint(on_cpu, path)
    assert (said is not None) is told
    assert said is None or ("LD_PRELOAD" in said and "\n" not in said)
