"""The nearest-neighbour search against the machine's bare matrix product, and faiss.

    .venv/bin/python perf/diversity.py [--part 8] [--rounds 3]

The full size is the paper's: 395,000 new points, 80,000 base points, 1,536 numbers each
(ada-002). It is planned on paper and measured at 1/PART in each direction (new and base),
on random unit vectors in files. In each round, in turn: the bare float32 product of the
same shape in blocks of the same size, with numpy and with torch; mmeval's search; faiss
IndexFlatL2, where it is installed. Ratios within a round are what counts: a machine's
speed varies. Peak memory is that of a new process that does the search alone, and its
files are read as the embedding cache reads them.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np

from mmeval.training_data.vectors.exact_search import ArrayVectors, Search, nearest
from mmeval.training_data.vectors.vector_cache import CachedVectors

NEW, BASE, SIZE = 395_000, 80_000, 1_536


def make(path: Path, rows: int, seed: int) -> None:
    """Random unit vectors, written in pieces."""
    rng = np.random.default_rng(seed)
    with path.open("wb") as file:
        for start in range(0, rows, 4096):
            block = rng.standard_normal((min(4096, rows - start), SIZE), dtype=np.float32)
            block /= np.linalg.norm(block, axis=1, keepdims=True)
            file.write(block.tobytes())


def opened(path: Path, rows: int) -> CachedVectors:
    """The file as the embedding cache gives it."""
    return CachedVectors(path, rows, SIZE, np.arange(rows))


def bare(new: np.ndarray, base: np.ndarray, by: str) -> Callable[[], None]:
    """All products in the search's own blocks, and nothing else."""
    search = Search()
    out = np.empty((search.new_rows, search.base_rows), dtype=np.float32)

    def with_numpy() -> None:
        for start in range(0, len(new), search.new_rows):
            left = new[start : start + search.new_rows]
            for first in range(0, len(base), search.base_rows):
                right = base[first : first + search.base_rows]
                np.matmul(left, right.T, out=out[: len(left), : len(right)])

    def with_torch() -> None:
        import torch

        for start in range(0, len(new), search.new_rows):
            left = torch.from_numpy(new[start : start + search.new_rows])
            for first in range(0, len(base), search.base_rows):
                right = torch.from_numpy(base[first : first + search.base_rows])
                torch.mm(left, right.T)

    return with_torch if by == "torch" else with_numpy


def flat_index(new: np.ndarray, base: np.ndarray) -> Callable[[], None] | None:
    """faiss' exact search; None where it is not installed."""
    try:
        import faiss
    except ImportError:
        return None

    def search() -> None:
        index = faiss.IndexFlatL2(SIZE)
        index.add(base)
        index.search(new, 1)

    return search


def plan(part: int) -> None:
    """What the full size takes, from the sizes alone."""
    search = Search()
    products = 2 * NEW * BASE * SIZE
    blocks = 4 * (2 * search.new_rows * SIZE + 3 * search.base_rows * SIZE)
    scores = 4 * search.new_rows * search.base_rows
    click.echo(f"full size: {NEW:,} new x {BASE:,} base x {SIZE:,} numbers")
    click.echo(f"  {products / 1e12:.1f} Tflop of float32 products")
    click.echo(f"  files: {4 * NEW * SIZE / 1e9:.2f} GB new, {4 * BASE * SIZE / 1e9:.2f} GB base")
    again = -(-NEW // search.new_rows)
    click.echo(f"  the base is read {again} times: {again * 4 * BASE * SIZE / 1e9:.0f} GB")
    held = (blocks + scores + 24 * NEW) / 2**20
    click.echo(
        f"  memory: blocks {blocks / 2**20:.0f}, scores {scores / 2**20:.0f}, all {held:.0f} MiB"
    )
    click.echo(f"measured: {NEW // part:,} x {BASE // part:,} x {SIZE:,}")


def peak_mib(folder: Path, part: int) -> float:
    """Peak resident memory of a process that does the search alone."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:2]\n"
        "from perf.diversity import measure_memory\n"
        "measure_memory(*sys.argv[2:])"
    )
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code, root, str(folder), str(part)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def measure_memory(folder: str, part: str) -> None:
    """Prints the MiB at the end of a search."""
    new, base = NEW // int(part), BASE // int(part)
    nearest(opened(Path(folder) / "new", new), opened(Path(folder) / "base", base))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


@click.command()
@click.option("--part", type=int, default=8, show_default=True)
@click.option("--rounds", type=int, default=3, show_default=True)
def main(part: int, rounds: int) -> None:
    """Prints seconds, ratios, the plan and the peak."""
    plan(part)
    rows, base_rows = NEW // part, BASE // part
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "new", rows, 0)
        make(folder / "base", base_rows, 1)
        click.echo(f"peak memory of the search: {peak_mib(folder, part):,.0f} MiB")
        new = np.fromfile(folder / "new", dtype=np.float32).reshape(rows, SIZE)
        base = np.fromfile(folder / "base", dtype=np.float32).reshape(base_rows, SIZE)
        in_files = (opened(folder / "new", rows), opened(folder / "base", base_rows))
        jobs: dict[str, Callable[[], object] | None] = {
            "bare product, numpy": bare(new, base, "numpy"),
            "bare product, torch": bare(new, base, "torch"),
            "mmeval, arrays": lambda: nearest(ArrayVectors(new), ArrayVectors(base)),
            "mmeval, files": lambda: nearest(*in_files),
            "faiss IndexFlatL2": flat_index(new, base),
        }
        compare({name: job for name, job in jobs.items() if job}, rounds)
    flops = 2 * rows * base_rows * SIZE
    click.echo(f"{flops / 1e12:.2f} Tflop each; the full size is {part * part} times as much")


def compare(jobs: dict[str, Callable[[], object]], rounds: int) -> None:
    """Seconds of each job in each round, the order turned every time, and ratios.

    CPU seconds, of all threads, say the same where other processes take the processors.
    """
    wall: dict[str, list[float]] = {name: [] for name in jobs}
    cpu: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(rounds):
        for name in list(jobs)[:: -1 if number % 2 else 1]:
            begin, begun = time.perf_counter(), time.process_time()
            jobs[name]()
            wall[name].append(time.perf_counter() - begin)
            cpu[name].append(time.process_time() - begun)
    for kind, taken in (("wall", wall), ("CPU", cpu)):
        first = taken[next(iter(jobs))]
        for name, seconds in taken.items():
            ratio = statistics.median(a / b for a, b in zip(seconds, first, strict=True))
            listed = "  ".join(f"{each:7.2f}" for each in seconds)
            click.echo(f"{name:20} {kind:4} s: {listed}   {ratio:5.2f} x the first")


if __name__ == "__main__":
    main()
