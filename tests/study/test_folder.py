"""The folder of a study: what is done, by which command, and what another made before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmeval.errors import DataError
from mmeval.study.folder import StudyDir, is_done
from mmeval.study.read import Step


def step(folder: Path) -> Step:
    """A step that makes a file in a study's folder."""
    return Step(id="runs/a-seed0", argv=("run",), makes=str(folder / "made"), captured=False)


def record(study: StudyDir, of: Step, text: str) -> None:
    study.record_file(of).parent.mkdir(parents=True, exist_ok=True)
    study.record_file(of).write_text(text)


def test_files_are_named_after_the_step(tmp_path: Path) -> None:
    study, one = StudyDir(tmp_path), step(tmp_path)
    assert study.record_file(one) == tmp_path / "steps" / "runs--a-seed0.json"
    assert study.log_file(one).name == "runs--a-seed0.log"
    assert study.owner_file(one).name == "runs--a-seed0.owner"


def test_a_step_is_done_by_the_same_command_while_its_result_is_there(tmp_path: Path) -> None:
    study, one = StudyDir(tmp_path), step(tmp_path)
    assert study.record(one) is None and not is_done(study, one, "f1")
    record(study, one, json.dumps({"fingerprint": "f1"}))
    assert not is_done(study, one, "f1"), "nothing was made"
    (tmp_path / "made").write_text("x")
    assert is_done(study, one, "f1")
    assert not is_done(study, one, "f2")


@pytest.mark.parametrize("text", ["[]", "5", "null"])
def test_a_record_that_is_no_object_is_none(tmp_path: Path, text: str) -> None:
    study, one = StudyDir(tmp_path), step(tmp_path)
    record(study, one, text)
    assert study.record(one) is None


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a":' * 100_000])
def test_a_record_that_is_not_json_is_named(tmp_path: Path, text: str) -> None:
    study, one = StudyDir(tmp_path), step(tmp_path)
    record(study, one, text)
    with pytest.raises(DataError, match=r"runs--a-seed0\.json: not JSON .*remove it"):
        study.record(one)


def test_who_made_it_is_noted_and_else_known_from_the_record(tmp_path: Path) -> None:
    study, one = StudyDir(tmp_path), step(tmp_path)
    assert study.owner(one) is None
    record(study, one, json.dumps({"fingerprint": "f1"}))
    assert study.owner(one) == "f1"
    study.set_owner(one, "f2")
    assert study.owner(one) == "f2"


def test_what_was_made_before_goes_beside_the_study_under_a_free_name(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    study, one = StudyDir(folder), step(folder)
    for number in (1, 2):
        (folder / "made").write_text(f"{number}")
        moved = study.set_aside(one)
        assert moved == tmp_path / "tiny.replaced" / f"runs--a-seed0-{number}"
        assert moved.read_text() == f"{number}"
        assert not (folder / "made").exists()
