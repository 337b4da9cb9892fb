"""A folder that is not whole is told in one line by every verb that reads it, and `run --resume`
makes it whole again; `perf/trials.py` tries many more."""

from __future__ import annotations

import json
import random

import pytest

from mmeval.run_folder import RunDir
from tests.builders.damaged_folders import DAMAGES, Folders, all_edits, to_rows
from tests.builders.verb_calls import called


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return Folders(tmp_path_factory.mktemp("damaged"))


def reading(folders: Folders) -> list[str]:
    return [name for name in folders.verbs if name != "resume"]


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_answers_are_told_by_every_verb_and_asked_again(
    name: str, folders: Folders
) -> None:
    file = folders.run / "generations.jsonl"
    whole = sorted(to_rows(RunDir(folders.whole)))
    content = DAMAGES[name](
        (folders.whole / file.name).read_bytes().splitlines(keepends=True), random.Random(1)
    )
    for verb in reading(folders):
        folders.fresh()
        file.write_bytes(content)
        done = called(*folders.verbs[verb])
        assert not done.fault and done.status == 2, (verb, done)
        assert f"mmeval run --resume {folders.run}" in done.err, (verb, done.err)
    folders.fresh()
    file.write_bytes(content)
    done = called(*folders.verbs["resume"])
    assert done.status == 0, done
    assert sorted(to_rows(RunDir(folders.run))) == whole
    assert called(*folders.verbs["compare"]).status == 0


def old(folders: Folders) -> RunDir:
    """The run as an earlier version left it: without a digest and without checksums."""
    folders.fresh()
    run = RunDir(folders.run)
    manifest = run.manifest()
    del manifest["generations"]
    run.write_manifest(manifest)
    rows = [json.loads(line) for line in run.generations_file.read_text().splitlines()]
    for row in rows:
        del row["crc32"]
    run.generations_file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run


def test_a_folder_of_an_earlier_version_is_read_by_every_verb(folders: Folders) -> None:
    for verb in reading(folders):
        old(folders)
        assert called(*folders.verbs[verb]).status == 0, verb
    old(folders)
    assert called(*folders.verbs["resume"]).status == 0


@pytest.mark.parametrize("name", [n for n in DAMAGES if "flipped" not in n and "text" not in n])
def test_a_part_of_an_earlier_version_s_folder_is_never_the_whole(
    name: str, folders: Folders
) -> None:
    run = old(folders)
    lines = run.generations_file.read_bytes().splitlines(keepends=True)
    run.generations_file.write_bytes(DAMAGES[name](lines, random.Random(1)))
    for verb in reading(folders):  # the summary is of when it was whole
        done = called(*folders.verbs[verb])
        assert not done.fault and done.status == 2, (verb, done)
        assert f"mmeval run --resume {folders.run}" in done.err, (verb, done.err)
    assert called(*folders.verbs["resume"]).status == 0
    assert called(*folders.verbs["judge"]).status == 0


def test_what_was_set_aside_is_kept(folders: Folders) -> None:
    folders.fresh()
    run = RunDir(folders.run)
    before = run.generations_file.read_bytes()
    run.generations_file.write_bytes(before + b"not a row\n")
    done = called(*folders.verbs["resume"])
    assert "line 13 is damaged" in done.err and "set-aside.jsonl" in done.err
    assert run.set_aside_file.read_bytes() == b"not a row\n"
    assert run.generations_file.read_bytes() == before


@pytest.mark.parametrize("how", ["gone", "edited"])
def test_problems_that_are_gone_or_edited_are_written_again(how: str, folders: Folders) -> None:
    folders.fresh()
    file = RunDir(folders.run).problems_file
    before = file.read_bytes()
    file.unlink() if how == "gone" else file.write_bytes(before[: len(before) // 2])
    done = called(*folders.verbs["judge"])
    assert done.status == 2 and not done.fault, done
    if how == "gone":
        assert f"mmeval run --resume {folders.run}" in done.err
    assert called(*folders.verbs["resume"]).status == 0
    assert file.read_bytes() == before


def test_every_file_that_is_gone_is_told_in_one_line_or_made_again(folders: Folders) -> None:
    files = [path for path in folders.whole.rglob("*") if path.is_file()]
    for path in files:
        for verb in ("judge", "leaderboard", "compare", "report", "resume"):
            folders.fresh()
            (folders.run / path.relative_to(folders.whole)).unlink()
            done = called(*folders.verbs[verb])
            assert not done.fault, (verb, path.name, done)
            assert verb != "resume" or path.name == "manifest.json" or done.status == 0, path.name


@pytest.mark.parametrize("seed", range(4))
def test_edits_of_every_kind_end_in_one_line(seed: int, folders: Folders) -> None:
    for file, edit in all_edits(folders.whole, seed)[:6]:
        for verb, words in folders.verbs.items():
            folders.edited(file, edit)
            assert not called(*words).fault, (verb, file, edit.name)
