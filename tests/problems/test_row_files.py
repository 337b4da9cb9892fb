"""Row files: one row a line, a file, a list entry or a table row."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.errors import DataError, MissingPackage
from mmeval.problems import row_files
from mmeval.problems.row_files import matching, rows_of

ROWS = [{"a": "1"}, {"a": "é"}]


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        ("x.jsonl", '{"a": "1"}\n\n{"a": "é"}\n', ["line 1", "line 3"]),
        ("x.jsonl", '{"a": "1"}\n{"a": "é"}', ["line 1", "line 2"]),
        ("x.json", '[{"a": "1"},\n {"a": "é"}]', ["row 1", "row 2"]),
        ("x.json", '{"a": "1"}\n{"a": "é"}\n', ["line 1", "line 2"]),
    ],
    ids=["lines", "no last newline", "a list", "lines under the name .json"],
)
def test_rows_come_with_their_place(
    tmp_path: Path, name: str, text: str, places: list[str]
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = list(rows_of(path))
    assert [dict(row) for _, row in found] == ROWS
    assert [where for where, _ in found] == [f"{path}, {place}" for place in places]


def test_a_json_file_may_be_one_row(tmp_path: Path) -> None:
    path = tmp_path / "1.json"
    path.write_text('{"a":\n "1"}')
    assert list(rows_of(path)) == [(str(path), {"a": "1"})]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]", "row 1: expected a JSON object, found int"),
        ("5", "line 1: expected a JSON object, found int"),
        ('{"a":', "line 1: not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe", "line 1: not JSON"),
    ],
    ids=["a list of numbers", "a number", "torn", "too deep", "no UTF-8"],
)
def test_a_json_file_without_rows_is_named(tmp_path: Path, text: Any, reason: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=reason) as caught:
        list(rows_of(path))
    assert str(path) in str(caught.value)


def test_parquet_rows_come_with_their_number(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
    assert list(rows_of(path)) == [(f"{path}, row {n}", row) for n, row in enumerate(ROWS, 1)]


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path = tmp_path / "x.parquet"
    path.write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(DataError, match=r"x\.parquet: not a parquet file") as caught:
        list(rows_of(path))
    assert "\n" not in str(caught.value)


def test_parquet_without_pyarrow_tells_the_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(row_files, "import_module", absent)
    with pytest.raises(MissingPackage, match=r"needs the package 'pyarrow'.*mmeval\[hub\]"):
        list(rows_of(tmp_path / "x.parquet"))


def test_patterns_gather_their_matches_sorted_and_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b/2.json", "a/1.json", "a/._1.json", "a/10.json", "plain.jsonl", "a/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = matching(tmp_path, ["plain.jsonl", "absent.jsonl", "*/*.json"])
    assert [str(p.relative_to(tmp_path)) for p in found] == [
        "plain.jsonl",
        "a/1.json",
        "a/10.json",
        "b/2.json",
    ]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=3), max_size=20),
    st.integers(1, 50),
    st.sampled_from([None, 0, 2]),
)
def test_a_list_is_read_the_same_in_windows_of_any_size(
    rows: list[dict[str, str]], size: int, indent: int | None
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_files._Window, "CHUNK", size)
        path = Path(folder) / "x.json"
        path.write_text(json.dumps(rows, indent=indent), encoding="utf-8")
        assert [row for _, row in rows_of(path)] == rows


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"a": "1"}, {"a": "2', "row 2: not JSON.*cut off"),
        ('[{"a": "1"}', "continue with ','.*the end of the file"),
        ('[{"a": "1"} {"a": "2"}]', "continue with ',', found '{'"),
        ('[{"a": "1"},]', "row 2: not JSON"),
    ],
    ids=["in a row", "after a row", "no comma", "a comma too many"],
)
def test_a_list_that_is_cut_off_is_named_after_its_good_rows(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    rows = rows_of(path)
    assert next(rows) == (f"{path}, row 1", {"a": "1"})
    with pytest.raises(DataError, match=reason):
        list(rows)


def test_parquet_streams_however_many_rows_a_small_file_has(tmp_path: Path) -> None:
    """20 million rows of one text, 120 kB, took 8.5 GB and ended in a traceback."""
    pa = pytest.importorskip("pyarrow", reason="parquet: pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    text = "What is 1 + 1? " * 20
    path = tmp_path / "many.parquet"
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 40_000, pa.int32()), [text])
    with parquet.ParquetWriter(path, pa.schema([("question", column.type)])) as writer:
        for _ in range(3):
            writer.write_table(pa.table({"question": column}))
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    count = sum(row == {"question": text} for _, row in rows_of(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 120_000  # as a table they take 40 MB
    assert peak < 4 << 20


@pytest.mark.parametrize("spoil", ["text that is not UTF-8", "cut", "flipped"])
def test_a_parquet_file_that_breaks_half_way_is_one_line(tmp_path: Path, spoil: str) -> None:
    pa = pytest.importorskip("pyarrow", reason="parquet: pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    values = [f"text {i}" * 20 for i in range(5000)]
    column = pa.array(values)
    if spoil == "text that is not UTF-8":
        raw = [value.encode() for value in values[:-1]] + [b"\xff\xfe"]
        column = pa.array(raw, pa.binary()).view(pa.string())
    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({"q": column}), path, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    if spoil == "cut":
        del content[len(content) // 2 : -2000]
    if spoil == "flipped":
        content[4:40] = b"\xff" * 36
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        list(rows_of(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
