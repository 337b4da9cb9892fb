"""Benchmarks: one file each, named after it, found by its name.

A file here declares one constant. This is a whole benchmark:

    from mmeval.declare import Benchmark, Item, Row, Split

    def read(row: Row) -> Item:
        return Item(question=row["question"], gold=row["answer"])

    BENCHMARK = Benchmark(
        name="pirates", title="pirate sums", source="https://example.org", licence="MIT",
        splits={"test": Split(rows=200, files=("pirates/test.jsonl",))},
        read=read, checkers=("metamath-gsm8k/1",), max_tokens=512,
    )

Nothing imports this package; `mmeval/catalog.py` loads its files by path.
"""
