"""JSON lines: every complaint names file and line, and a file is never half a file."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from mmeval.errors import ConfigError, DataError, MissingData
from mmeval.jsonl import (
    Appender,
    dumps,
    field_at,
    locked,
    read_rows,
    read_structs,
    read_yaml,
    replacing,
    write_bytes,
    write_lines,
    write_rows,
    write_text,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ROWS = st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=5)


def rows_of(path: Path, torn_tail: bool = False) -> list[dict[str, Any]]:
    return [row for _, row in read_rows(path, torn_tail=torn_tail)]


@settings(deadline=None)
@given(rows=ROWS)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("jsonl") / "rows.jsonl"
    write_rows(path, rows)
    assert rows_of(path) == rows
    assert path.read_bytes().count(b"\n") == len(rows)


@settings(deadline=None)
@given(rows=ROWS.filter(bool), data=st.data())
def test_a_file_cut_at_any_byte_gives_the_whole_lines_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    whole = "".join(map(dumps, rows)).encode()
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    path = tmp_path_factory.mktemp("jsonl") / "cut.jsonl"
    path.write_bytes(cut)
    assert rows_of(path, torn_tail=True) == rows[: cut.count(b"\n")]


def test_a_last_line_without_newline_counts_unless_a_writer_may_have_been_killed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}')
    assert rows_of(path) == [{"a": 1}, {"a": 2}]
    assert rows_of(path, torn_tail=True) == [{"a": 1}]


def test_line_numbers_count_the_empty_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('\n{"a": 1}\n  \n{"a": 2}\n')
    assert list(read_rows(path)) == [(2, {"a": 1}), (4, {"a": 2})]


@pytest.mark.parametrize(
    ("second_line", "said"),
    [
        (b'{"a": 1', "not JSON"),
        (b"question,answer", "begins 'question,answer'"),
        (b"[1, 2]", "found list"),
        (b"17", "found int"),
        (b'{"a": "\xff"}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5_000, "not JSON"),
    ],
    ids=["torn", "csv", "list", "number", "not-utf-8", "deep", "huge-number"],
)
def test_a_line_that_is_no_object_is_named_with_file_and_line(
    tmp_path: Path, second_line: bytes, said: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": 1}\n' + second_line + b"\n")
    with pytest.raises(DataError) as caught:
        rows_of(path)
    message = str(caught.value)
    assert f"{path}, line 2" in message
    assert said in message
    assert "\n" not in message
    assert len(message) < 400 + len(str(path))


def test_a_broken_line_is_an_error_also_before_a_torn_tail(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\nnonsense\n{"a": 2}\n{"a"')
    with pytest.raises(DataError, match="line 2"):
        rows_of(path, torn_tail=True)


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\r\n{"a": 2}\r\n', encoding="utf-8-sig", newline="")
    assert rows_of(path) == [{"a": 1}, {"a": 2}]


def test_a_file_that_is_not_there_is_missing_data(tmp_path: Path) -> None:
    for read in (rows_of, lambda path: read_structs(path, Said)):
        with pytest.raises(MissingData, match=r"none\.jsonl"):
            read(tmp_path / "none.jsonl")


class Said(Struct):
    """Two fields of rows that have more."""

    name: str
    count: int = 0


@settings(deadline=None)
@given(
    names=st.lists(st.text(st.characters(), max_size=9), max_size=5),
    counts=st.lists(st.integers(), min_size=5, max_size=5),
    rest=st.dictionaries(st.text(), JSON | st.just(float("nan")), max_size=3),
)
def test_structs_are_what_is_read_row_by_row(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    counts: list[int],
    rest: dict[str, Any],
) -> None:
    path = tmp_path_factory.mktemp("jsonl") / "rows.jsonl"
    rows = [rest | {"name": name, "count": n} for name, n in zip(names, counts, strict=False)]
    write_rows(path, rows)
    assert read_structs(path, Said) == [Said(row["name"], row["count"]) for row in rows_of(path)]


ODD = {
    "half a surrogate pair": (r'{"name": "\ud83d"}', [Said("\ud83d")]),
    "NaN in another field": ('{"name": "a", "logprob": NaN}', [Said("a")]),
    "a long integer": (f'{{"name": "a", "count": 1{"0" * 40}}}', [Said("a", 10**40)]),
    "a key twice: the last one": ('{"name": "a", "name": "b"}', [Said("b")]),
    "a byte order mark": ('\ufeff{"name": "a"}', [Said("a")]),
    "empty lines and other line ends": ('\n{"name": "a\u2028"}\r\n  \n', [Said("a\u2028")]),
    "nothing": ("", []),
}


@pytest.mark.parametrize("name", ODD)
def test_structs_come_from_every_file_that_rows_come_from(name: str, tmp_path: Path) -> None:
    text, expected = ODD[name]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(text.encode())
    assert read_structs(path, Said) == expected


WRONG = {
    "a field of another type": ('{"name": 3}', r"line 2: Expected `str`, got `int`.*edited"),
    "a whole number written as a fraction": ('{"name": "a", "count": 1.0}', "line 2: Expected"),
    "no such field": ('{"count": 3}', "line 2: .*missing required field `name`.*edited"),
    "one object on two lines": ('{"name": "a",\n"count": 2}', "line 2: not JSON"),
    "two objects on one line": ('{"name": "a"} {"name": "b"}', "line 2: not JSON"),
    "a list": ("[1]", "line 2: expected a JSON object, found list"),
    "deep": ('{"name": "a", "x": ' + "[" * 90_000 + "}", "line 2: not JSON"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_row_that_is_no_such_struct_is_named_with_file_and_line(
    name: str, tmp_path: Path
) -> None:
    text, said = WRONG[name]
    path = tmp_path / "rows.jsonl"
    path.write_text('{"name": "first"}\n' + text + "\n")
    with pytest.raises(DataError, match=said) as caught:
        read_structs(path, Said)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\nb", "\ud83d", "\udfff?", "\x00", "é"])
def test_no_text_breaks_a_line_or_the_encoding(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [{"text": text}, {"text": "next"}])
    assert rows_of(path) == [{"text": text}, {"text": "next"}]


def test_keys_stay_in_their_order_and_letters_readable() -> None:
    assert dumps({"z": "é", "a": None}) == '{"z": "é", "a": null}\n'


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_text(path, "old\n")

    def failing() -> Iterator[str]:
        yield "new\n"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_lines(path, failing())
    assert path.read_text() == "old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["rows.jsonl"]


def test_a_file_is_replaced_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "rows.jsonl"
    write_text(path, "old\n")
    seen = []

    def lines() -> Iterator[str]:
        for line in ("1\n", "2\n"):
            seen.append(path.read_text())
            yield line

    write_lines(path, lines())
    assert seen == ["old\n", "old\n"]
    assert path.read_text() == "1\n2\n"


ROW = json.loads('{"a": {"b": [{"c": 5}, 6]}, "x.y": 7, "s": "text", "e": {}}')


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.b.0.c", 5), ("a.b.-1", 6), ("x.y", 7), ("s", "text"), ("a.b", [{"c": 5}, 6])],
)
def test_a_dotted_path_reaches_a_value(path: str, value: object) -> None:
    assert field_at(ROW, path) == value


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("q", "fields: a, x.y, s, e"),
        ("a.q", "fields: b"),
        ("e.q", "fields: none"),
        ("a.b.2", "list of 2"),
        ("a.b.-3", "list of 2"),
        ("a.b.c", "'c' is not a position"),
        ("a.b.\u00b2", "is not a position"),
        ("a.b." + "9" * 5_000, "is not a position"),
        ("s.0", "str, without fields"),
        ("", "fields: a"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_there(path: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        field_at(ROW, path)
    assert said in str(caught.value)


@pytest.mark.parametrize("durable", [True, False])
def test_bytes_are_written_as_they_are_and_text_takes_the_same_way(
    tmp_path: Path, durable: bool
) -> None:
    raw, text = tmp_path / "a" / "raw", tmp_path / "b" / "text"
    write_bytes(raw, b"\xff\r\n", durable)
    assert raw.read_bytes() == b"\xff\r\n"
    write_bytes(raw, "é\n".encode(), durable)
    write_text(text, "é\n")
    assert raw.read_bytes() == text.read_bytes()
    assert raw.stat().st_mode == text.stat().st_mode
    assert [path.name for path in (*raw.parent.iterdir(), *text.parent.iterdir())] == [
        "raw",
        "text",
    ]


def half_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(".*"))


def test_a_device_or_a_pipe_that_a_person_names_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "said", given=True)
    assert os.read(reader, 9) == b"said" and pipe.is_fifo()
    os.close(reader)
    with pytest.raises(ConfigError, match="in the way"):
        write_text(pipe, "said")
    assert pipe.is_fifo()


def test_a_stream_of_this_process_goes_on_where_it_stands(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from mmeval.jsonl import write_text; import sys\n"
        "print('before', flush=True)\n"
        "for name in sys.argv[1:]: write_text(Path(name), f'{name}\\n', given=True)\n"
        "print('after')"
    )
    own = tmp_path / "own"
    own.symlink_to("/proc/self/fd/1")
    names = ["/proc/self/fd/1", "/dev/fd/1", str(own)]
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", script, *names], stdout=out, check=True)
    assert (tmp_path / "out").read_text().splitlines() == ["before", *names, "after"]


def test_a_link_that_a_person_names_is_followed_and_no_other(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "sub" / "link"
    target.write_text("old")
    link.parent.mkdir()
    link.symlink_to("../target")
    with pytest.raises(ConfigError, match="is a link"):
        write_text(link, "new")
    with pytest.raises(ConfigError, match="is a link"), Appender(link):
        pass
    assert target.read_text() == "old"
    write_text(link, "new", given=True)
    assert link.is_symlink() and target.read_text() == "new"
    target.unlink()
    write_text(link, "anew", given=True)
    assert link.is_symlink() and target.read_text() == "anew"


def test_a_linked_folder_within_a_folder_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "verdicts").symlink_to(tmp_path / "outside")
    file = tmp_path / "run" / "verdicts" / "x.jsonl"
    with pytest.raises(ConfigError, match="verdicts is a link"), replacing(file, tmp_path / "run"):
        pass
    assert not list((tmp_path / "outside").iterdir())
    (tmp_path / "named").symlink_to(tmp_path / "run")
    write_text(tmp_path / "named" / "x", "its user named the link")
    (tmp_path / "run" / "lock").symlink_to(tmp_path / "outside" / "file")
    with pytest.raises(ConfigError, match="lock is a link"), locked(tmp_path / "run"):
        pass
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077, 0o002])
@pytest.mark.parametrize("given_by_user", [True, False])
def test_a_mode_is_the_umasks_and_a_replaced_file_keeps_its_own(
    umask: int, given_by_user: bool, tmp_path: Path
) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "new", "text", given=given_by_user)
        for mode in (0o600, 0o640, 0o664, 0o444):
            file = tmp_path / f"{mode:o}"
            file.write_text("old")
            file.chmod(mode)
            write_text(file, "new", given=given_by_user)
            assert file.stat().st_mode & 0o777 == mode
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o666 & ~umask


KILLED = """
import sys, time
from pathlib import Path
from mmeval.jsonl import replacing, write_lines
def lines():
    yield "half"
    print("writing", flush=True)
    time.sleep(60)
write_lines(Path(sys.argv[1]), lines(), given=True)
"""


def test_half_files_of_dead_writers_are_cleaned_and_those_of_living_ones_stay(
    tmp_path: Path,
) -> None:
    file, inner = tmp_path / "out.jsonl", tmp_path / "sub" / "out.jsonl"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True
        )
        for path in (file, file, inner)
    ]
    for each in writers:
        assert each.stdout is not None and each.stdout.readline() == "writing\n"
    assert len(half_files(tmp_path)) == 3
    (tmp_path / ".mine.half").write_text("a user's own")
    (tmp_path / f".out.jsonl.{'0' * 16}.half").symlink_to(tmp_path / ".mine.half")
    kept = half_files(tmp_path)
    writers[0].kill()
    writers[0].wait()
    write_text(tmp_path / "other", "", given=True)
    assert half_files(tmp_path) == kept, "of another name"
    write_text(file, "whole", given=True)
    assert len(half_files(tmp_path)) == len(kept) - 1
    for each in writers[1:]:
        each.kill()
        each.wait()
    for each in writers:
        assert each.stdout is not None
        each.stdout.close()
    with locked(tmp_path):
        assert half_files(tmp_path) == [".mine.half", f".out.jsonl.{'0' * 16}.half"]


def test_half_files_of_earlier_versions_go_once_they_are_a_day_old(tmp_path: Path) -> None:
    inner = tmp_path / "verdicts"
    inner.mkdir()
    old = [tmp_path / ".manifest.json.a1_b2c3d", inner / ".mmeval@1.jsonl.abcdefgh"]
    kept = [
        tmp_path / ".manifest.json.a1_b2c3e",  # of today
        tmp_path / ".settings.anything",
        tmp_path / ".notes.jsonl.published",
        tmp_path / "manifest.json.a1_b2c3d",
        tmp_path / ".mine.json.abcdefgh",  # others may read it: it was not made so
        tmp_path / ".linked.json.abcdefgh",
    ]
    for each in [*old, *kept[:-1]]:
        each.write_text("{")
        each.chmod(0o644 if each.name.startswith(".mine") else 0o600)
        if each != kept[0]:
            os.utime(each, (time.time() - 90_000,) * 2)
    kept[-1].symlink_to(kept[3])
    write_text(tmp_path / "manifest.json", "{}", given=True)
    assert all(each.exists() for each in old), "they are no lock's"
    with locked(tmp_path):
        assert not any(each.exists() for each in old)
        assert all(each.exists() for each in kept)


def test_a_half_file_has_a_name_that_nobody_can_know(tmp_path: Path) -> None:
    names = set()
    for _ in range(5):
        with replacing(tmp_path / "x") as file:
            [half] = half_files(tmp_path)
            assert file.writable()
            names.add(half)
    assert len(names) == 5 and all(len(name) > 20 for name in names)


def test_a_name_as_long_as_a_system_takes_is_written(tmp_path: Path) -> None:
    for name in ("n" * 255, "\u00e9" * 127):
        write_text(tmp_path / name, "x")
        write_text(tmp_path / name, "y", given=True)
        assert (tmp_path / name).read_text() == "y"


def test_a_full_disk_is_told_with_the_files_name(tmp_path: Path) -> None:
    def full() -> Iterator[str]:
        yield "begun"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match=r"out\.jsonl") as told:
        write_lines(tmp_path / "out.jsonl", full())
    assert told.value.errno == errno.ENOSPC and not half_files(tmp_path)


def test_half_a_surrogate_pair_is_written_in_every_format(tmp_path: Path) -> None:
    half = "a\ud83d"
    write_text(tmp_path / "t", half)
    assert (tmp_path / "t").read_text() == "a\\ud83d"
    write_rows(tmp_path / "r", [{half: [half]}])
    assert rows_of(tmp_path / "r") == [{half: [half]}]


BOMBS = {
    "lists": "a0: &a0 [x, x]\n"
    + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)),
    "mappings": "a0: &a0 {k: v}\n"
    + "".join(
        f"a{i}: &a{i} {{{', '.join(f'k{j}: *a{i - 1}' for j in range(10))}}}\n"
        for i in range(1, 10)
    ),
    "merges": "a0: &a0 {k: v}\n"
    + "".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 10)),
    "itself": "a: &a [*a]\n",
    "deep": "[" * 5000 + "]" * 5000,
    "deep and cut": "[" * 5000,
    "deep maps": "{a: " * 5000 + "1" + "}" * 5000,
    "deep both": "[{a: " * 2500,
    "deep by lines": "".join(" " * i + "a:\n" for i in range(1000)),
    "deep lists": "- " * 5000,
    "deep keys": "? " * 5000,
    "many": "a: &a [" + "x, " * 2000 + "]\nb: [" + "*a, " * 2000 + "]\n",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_file_that_multiplies_or_is_deep_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "bomb.yaml"
    file.write_text(BOMBS[kind])
    begin = time.process_time()
    with pytest.raises(ConfigError) as told:
        read_yaml(file)
    assert time.process_time() - begin < 1 and len(str(told.value)) < 2000


def test_honest_aliases_are_read(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("a: &a [1, 2]\nb: *a\nc: {<<: {d: 3}}\n")
    assert read_yaml(tmp_path / "c.yaml") == {"a": [1, 2], "b": [1, 2], "c": {"d": 3}}
    (tmp_path / "long.yaml").write_text("".join(f"k{i}: {i}\n" for i in range(5000)))
    assert len(read_yaml(tmp_path / "long.yaml")) == 5000
    (tmp_path / "deep.yaml").write_text("[" * 90 + "]" * 90)
    assert read_yaml(tmp_path / "deep.yaml") != []
    (tmp_path / "text.yaml").write_text(f"a: '{'[' * 5000}'")
    assert read_yaml(tmp_path / "text.yaml") == {"a": "[" * 5000}
    (tmp_path / "none.yaml").write_text("")
    assert read_yaml(tmp_path / "none.yaml") is None
