"""How fast mmeval/1 reads and compares, in CPU seconds; `perf/checker.py speed` prints it."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor

import click

from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.many import compare_pairs
from mmeval.answers.comparison.pool import Pool
from mmeval.answers.extraction.extract import extract
from mmeval.answers.grammar import normalise, shape, units

Text = tuple[str, str]
"""(what the model wrote, gold)."""
PASSES = 7


def first_and_steady(texts: list[Text]) -> tuple[float, float]:
    """CPU seconds of one pass over the rows in a process of its own: of the first, with what
    is imported in its course, and the median of those after it.

    What `tidy`, `read` and `quantity` remember is forgotten before each pass, so a steady
    pass parses every answer again, as it would those of other rows.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        took = process.submit(_passes, texts).result()
    return took[0], statistics.median(took[1:])


def _passes(texts: list[Text]) -> list[float]:
    took = []
    for _ in range(1 + PASSES):
        normalise._tidy.cache_clear()
        shape.read.cache_clear()
        units.quantity.cache_clear()
        begin = time.process_time()
        for pair in _distinct(texts):
            compare(*pair)
        took.append(time.process_time() - begin)
    return took


def _distinct(texts: list[Text]) -> list[Text]:
    """The (answer, gold) pairs, each once, as `mmeval judge` compares them."""
    found = [extract(text) for text, _ in texts]
    pairs = ((e.value, gold) for e, (_, gold) in zip(found, texts, strict=True) if e)
    return list(dict.fromkeys(pairs))


def show_gsm8k(files: dict[str, list[Text]]) -> None:
    """Rows a CPU second of each file, and of all together."""
    click.echo(f"{'rows a CPU second, one process':40} {'rows':>6} {'first':>8} {'steady':>8}")
    spent = []
    for name, texts in files.items():
        first, steady = first_and_steady(texts)
        spent.append((first, steady))
        click.echo(f"{name:40} {len(texts):6} {len(texts) / first:8.0f} {len(texts) / steady:8.0f}")
    rows = sum(map(len, files.values()))
    first, steady = (sum(each) for each in zip(*spent, strict=True))
    click.echo(f"{'together':40} {rows:6} {rows / first:8.0f} {rows / steady:8.0f}")


def show_math(texts: list[Text]) -> None:
    """MATH rows: extraction by CPU time; one worker and Math-Verify by wall time."""
    pool = Pool(1)
    begin = time.perf_counter()
    pool.warm()
    click.echo(f"start-up of one worker {time.perf_counter() - begin:.2f} s")
    began = time.process_time()
    distinct = _distinct(texts)
    click.echo(f"{len(texts)} MATH rows: extraction {time.process_time() - began:.2f} CPU s")
    begin = time.perf_counter()
    compare_pairs(distinct, pool=pool)
    took = time.perf_counter() - begin
    pool.close()
    click.echo(f"{len(distinct)} distinct pairs: mmeval/1 {took:.2f} s")
    _math_verify(distinct, took)


def _math_verify(pairs: list[Text], ours: float) -> None:
    try:
        from math_verify import parse, verify
    except ImportError:
        click.echo("Math-Verify is not installed here", err=True)
        return
    verify(parse("$x+1$"), parse("$1+x$"))
    begin = time.perf_counter()
    for pred, gold in pairs:
        verify(parse(f"${gold}$"), parse(f"${pred}$"))
    took = time.perf_counter() - begin
    click.echo(f"{len(pairs)} distinct pairs: Math-Verify {took:.2f} s, {took / ours:.0f} x")
