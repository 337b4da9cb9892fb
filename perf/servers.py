"""Servers that answer without end, without measure or without haste: memory and time.

    .venv/bin/python perf/servers.py --seconds 300

Each fault is met by a process of its own that asks 128 requests, 64 at once, each with 3 s
for its answer and no second try. `MB` is its peak above what it took after 128 honest answers,
`s` how long the asking took. Ends with 1 where any is above 200 MB or 30 s, or is no error of
one line. About a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.builders.hostile_servers import ANSWERS, LISTING, HostileServer  # noqa: E402

MOST_MB, MOST_SECONDS = 200, 30
ASK = """
import json, os, resource, sys, time
from mmeval.engines.engine import EngineOptions, open_engine
from mmeval.engines.models.find import Model
from mmeval.errors import MmevalError
from mmeval.records import Prompt, Request, Sampling
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def ask(fault):
    args = {"base_url": sys.argv[1].replace("FAULT", fault), "concurrency": 64}
    args |= {"max_retries": 0, "timeout": 3}
    engine = open_engine("openai", Model(name="fake-model"), EngineOptions(args=args))
    requests = [Request(prompt=Prompt(problem_id=str(i), text=str(i))) for i in range(128)]
    ends = [each.error or "answered" for each in engine.generate(requests, Sampling())]
    return max(set(ends), key=ends.count)
ask("honest")
for fault in sys.argv[2:]:
    if os.fork():
        os.wait()
        continue
    idle, begin = peak(), time.monotonic()
    try:
        told = ask(fault)
    except MmevalError as error:
        told = str(error)
    print(json.dumps([fault, peak() - idle, time.monotonic() - begin, told]), flush=True)
    os._exit(0)
"""


def tried(seconds: float) -> Iterator[tuple[str, str, str]]:
    """(fault, its line of the table, what failed) for each fault that there is time for."""
    left = [*ANSWERS, *LISTING]
    late = False

    def stop(group: int) -> None:
        nonlocal late
        late = True
        os.killpg(group, signal.SIGKILL)

    with HostileServer() as server:
        command = [sys.executable, "-c", ASK, server.url("FAULT"), *left]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
        ) as asking:
            timer = Timer(seconds, stop, (asking.pid,))
            timer.start()
            for line in asking.stdout or ():
                fault, used, took, told = json.loads(line)
                left.remove(fault)
                bad = used > MOST_MB or took > MOST_SECONDS or "\n" in told
                told = told.replace(server.url(fault), "URL").replace(str(server.port), "PORT")
                row = f"{fault:<22}{used:>6.0f}{took:>7.1f}  {told[:110]}"
                yield fault, row, f"{used:.0f} MB, {took:.1f} s, {told}" if bad else ""
            timer.cancel()
    if not late:
        for fault in left:
            yield fault, f"{fault:<22}", "it ended the process"


def main() -> int:
    """Prints a line for each fault; 1 where a bound was not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="Of all, at most.")
    failed, count = 0, 0
    print(f"{'fault':<22}{'MB':>6}{'s':>7}  how it ended")
    for _, row, fault in tried(parser.parse_args().seconds):
        print(row, f"FAILED: {fault}" if fault else "", flush=True)
        failed += bool(fault)
        count += 1
    print(f"{count} of {len(ANSWERS) + len(LISTING)} faults tried, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
