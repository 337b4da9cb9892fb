"""The long trials of reliability: prints the table of docs/security.md, what was tried and failed.

    python perf/trials.py                                   # all parts, about 5 minutes each
    python perf/trials.py --part kills --count 1000 --seconds 3600
    python perf/trials.py --part edits --count 10000 --seconds 7200
    python perf/trials.py --part pairs --count 1000000 --seconds 3600 --seed 7

`--count` bounds what is tried in a part (kills; edits, each by all verbs; pairs) and `--seconds`
its time; a part that is stopped by its time says how far it came. Every choice is drawn by
`--seed`. Exit 1 where anything failed; the first failures of each part are printed below the
table. tests/whole/ has the short, deterministic ones.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "perf")]

import servers as server_faults  # noqa: E402
import trial_folders  # noqa: E402 - the builders of the tests lie beside this folder
import trial_outputs  # noqa: E402
import trial_pairs  # noqa: E402

from tests.builders.trial_counts import Bounds, Trial  # noqa: E402


def servers(scratch: Path, bounds: Bounds) -> Iterator[Trial]:
    """Faults of a server, and the memory that each costs: perf/servers.py has them."""
    trial = Trial("server faults: above 200 MB or 30 s, 64 requests at once", bounds)
    for fault, row, failed in server_faults.tried(bounds.seconds):
        print(row)
        trial.add(failed and f"{fault}: {failed}")
        trial.taken += 1
    yield trial
    listed = len(server_faults.ANSWERS) + len(server_faults.LISTING)
    if trial.taken < listed:
        trial.name += f" ({trial.taken} of {listed})"


PARTS: dict[str, Callable[[Path, Bounds], Iterator[Trial]]] = {
    "kills": trial_folders.kills,
    "rows": trial_folders.rows,
    "edits": trial_folders.edits,
    "disks": trial_folders.disks,
    "names": trial_outputs.names,
    "devices": trial_outputs.devices,
    "escapes": trial_outputs.escapes,
    "pairs": trial_pairs.pairs,
    "servers": servers,
}


@click.command(help=__doc__)
@click.option("--part", "parts", multiple=True, type=click.Choice(list(PARTS)), help="Repeatable.")
@click.option("--count", default=1_000_000, show_default=True, help="Of each part, at most.")
@click.option("--seconds", default=300.0, show_default=True, help="Of each part, at most.")
@click.option("--seed", default=1, show_default=True)
@click.option("--shown", default=10, show_default=True, help="Failures of each line to print.")
def main(parts: tuple[str, ...], count: int, seconds: float, seed: int, shown: int) -> None:
    """Runs the parts, prints the table and the first failures."""
    bounds = Bounds(count=count, seconds=seconds, seed=seed)
    trials: list[Trial] = []
    for part in parts or PARTS:
        with tempfile.TemporaryDirectory(prefix=f"trial-{part}-") as scratch:
            trials += PARTS[part](Path(scratch), bounds)
    click.echo("| what | tried | failed |\n|---|---|---|")
    for trial in trials:
        click.echo(trial.row())
    for trial in trials:
        for fault in trial.faults[:shown]:
            click.echo(f"{trial.name}: {fault}")
    sys.exit(any(trial.faults for trial in trials))


if __name__ == "__main__":
    main()
