"""A checkpoint counts when it is whole, whatever a kill or a full disk left."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.training import checkpoints


def make(out: Path, step: int, sealed: bool = True) -> Path:
    folder = out / checkpoints.FOLDER / f"checkpoint-{step}"
    (folder / "below").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "below" / "optimizer.pt").write_bytes(b"state")
    if sealed:
        checkpoints.seal(folder)
    return folder


def test_the_newest_whole_checkpoint_is_gone_on_from(tmp_path: Path) -> None:
    make(tmp_path, 90)
    newest = make(tmp_path, 100)  # by number: as texts, 90 comes after 100
    make(tmp_path, 110, sealed=False)
    assert checkpoints.newest(tmp_path) == newest
    assert checkpoints.step_of(newest) == 100


def test_without_a_checkpoint_there_is_none(tmp_path: Path) -> None:
    assert checkpoints.newest(tmp_path) is None
    make(tmp_path, 5, sealed=False)
    assert checkpoints.newest(tmp_path) is None


@pytest.mark.parametrize(
    "break_it",
    [
        lambda folder: (folder / "model.safetensors").write_bytes(b"wei"),
        lambda folder: (folder / "below" / "optimizer.pt").unlink(),
        lambda folder: (folder / checkpoints.WHOLE).write_text("{"),
        lambda folder: (folder / checkpoints.WHOLE).write_text("{}"),
        lambda folder: (folder / checkpoints.WHOLE).write_text("[1]"),
    ],
    ids=["cut file", "missing file", "torn seal", "empty seal", "not a seal"],
)
def test_a_checkpoint_with_something_missing_is_none(tmp_path: Path, break_it: object) -> None:
    folder = make(tmp_path, 5)
    assert checkpoints.is_whole(folder)
    assert callable(break_it)
    break_it(folder)
    assert not checkpoints.is_whole(folder)


def test_torn_ones_are_removed_and_whole_ones_stay(tmp_path: Path) -> None:
    whole, torn = make(tmp_path, 5), make(tmp_path, 6, sealed=False)
    checkpoints.remove_torn(tmp_path)
    assert whole.is_dir() and not torn.exists()


def test_older_ones_are_removed_and_nothing_else(tmp_path: Path) -> None:
    old, new = make(tmp_path, 5), make(tmp_path, 6)
    other = tmp_path / checkpoints.FOLDER / "notes"
    other.mkdir()
    checkpoints.remove_older(tmp_path, new)
    assert not old.exists() and new.is_dir() and other.is_dir()
