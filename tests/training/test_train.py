"""`train` as a whole, on a small random model in float32: loss, resuming, folders, runs."""

from __future__ import annotations

import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import mmeval
from mmeval.engines.models.find import TRAINING_FACTS, find_model, training_row
from mmeval.errors import (
    ConfigError,
    MissingPackage,
    ModelNotFound,
    RunFailed,
    RunInterrupted,
    RunMismatch,
)
from mmeval.progress import Silent
from mmeval.training import checkpoints
from mmeval.training.plan import Job
from mmeval.training.train import train
from tests.builders.source_tree import ROOT
from tests.builders.training_models import FAST, curve, job, trained, weights


@pytest.fixture(scope="module")
def whole(small_model: Path, sums: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training that nothing disturbed."""
    return trained(small_model, sums, tmp_path_factory.mktemp("whole") / "model")


@pytest.fixture
def asked(small_model: Path, sums: Path, tmp_path: Path) -> Job:
    """One that was not begun."""
    return job(small_model, sums, tmp_path / "model")


class StopsAt(Silent):
    """Presses Ctrl-C during a step."""

    def __init__(self, step: int) -> None:
        self._step = step
        self.said: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)

    def begin(self, title: str, done: int, total: int) -> None:
        self._done = done

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        self._done += count
        if self._done == self._step:
            signal.raise_signal(signal.SIGINT)


def by_hand(base: Path, rows: Path) -> list[float]:
    """The losses of a loop in plain torch: texts, padding, AdamW and cosine written out.

    It takes from us which rows make which step, and nothing else.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from mmeval.training.examples import tokenise
    from mmeval.training.ordering import order_rows
    from mmeval.training.settings import Settings, changed
    from mmeval.training_data.rows import DataFile, read_file

    settings = changed(Settings(), FAST)
    tokenizer = AutoTokenizer.from_pretrained(base)
    read = list(read_file(DataFile(name="sums", path=rows)))
    steps = order_rows(tokenise(read, tokenizer, settings), settings).steps
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=FAST["lr"], weight_decay=0.0)
    warm, losses = math.ceil(0.03 * len(steps)), []
    for number, step in enumerate(steps):
        share = (number - warm) / (len(steps) - warm)
        rate = number / warm if number < warm else 0.5 * (1 + math.cos(math.pi * share))
        optimizer.param_groups[0]["lr"] = FAST["lr"] * rate
        total, count = torch.zeros(()), 0
        for index in step:
            prompt = tokenizer(
                "Below is an instruction that describes a task. Write a response that "
                "appropriately completes the request.\n\n### Instruction:\n"
                f"{read[index].query}\n\n### Response:"
            )["input_ids"]
            learned = tokenizer(read[index].response)["input_ids"] + [tokenizer.eos_token_id]
            labels = torch.tensor([[-100] * len(prompt) + learned])
            out = model(input_ids=torch.tensor([prompt + learned]), labels=labels)
            total = total + out.loss * len(learned)
            count += len(learned)
        (total / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(total.detach()) / count)
    return losses


def test_the_losses_are_those_of_a_loop_written_by_hand(
    whole: Path, small_model: Path, sums: Path
) -> None:
    ours = [row["loss"] for row in curve(whole)]
    theirs = by_hand(small_model, sums)
    assert len(ours) == len(theirs) == 6
    assert ours == pytest.approx(theirs, abs=1e-4)
    assert ours[-1] < ours[0] - 0.5  # something was learned, so that equality says something


@pytest.mark.parametrize(
    "changes",
    [{"micro_batch": 1}, {"micro_batch": 4}, {"batching": "packed"}, {"attention": "sdpa"}],
    ids=str,
)
def test_how_rows_pass_through_the_model_changes_no_loss(
    whole: Path, small_model: Path, sums: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    other = trained(small_model, sums, tmp_path / "other", **changes)
    ours, theirs = ([row["loss"] for row in curve(each)] for each in (whole, other))
    assert ours == pytest.approx(theirs, abs=1e-3)


def assert_same_training(one: Path, other: Path) -> None:
    import torch

    assert curve(one) == curve(other)
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("step", [1, 4])
def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(
    whole: Path, small_model: Path, sums: Path, tmp_path: Path, step: int
) -> None:
    """Steps 1 and 4 lie in the first and in the second epoch; 3 steps make one."""
    out, watcher = tmp_path / "model", StopsAt(step)
    with pytest.raises(RunInterrupted, match=f"interrupted after step {step + 1}"):
        # A signal during step N's report is seen when step N + 1 ends.
        train(job(small_model, sums, out), watcher)
    assert any("Ctrl-C again" in line for line in watcher.said)
    with pytest.raises(ModelNotFound, match="so it is not a model folder"):
        find_model(str(out))  # half a training is no model
    again = StopsAt(-1)
    train(job(small_model, sums, out), again)
    assert f"going on after step {step + 1}" in again.said
    assert_same_training(whole, out)


def command(base: Path, rows: Path, out: Path, **changes: Any) -> list[str]:
    settings = [f"--set={key}={value}" for key, value in (FAST | changes).items()]
    start = [sys.executable, "-m", "mmeval.cli", "train", "sft", "--model", str(base)]
    return [*start, "--data", f"sums={rows}", "--out", str(out), *settings]


def test_a_killed_training_goes_on_from_its_last_checkpoint(
    whole: Path, small_model: Path, sums: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    process = subprocess.Popen(
        command(small_model, sums, out, save_every=2), cwd=ROOT, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 600
    while checkpoints.newest(out) is None and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    last = checkpoints.newest(out)
    if last is not None:  # else it was through before it was killed
        torn = last.with_name("checkpoint-5")
        shutil.copytree(last, torn)  # what a kill in the middle of the next one leaves
        (torn / "optimizer.pt").write_bytes(b"torn")
        assert checkpoints.newest(out) == last
    train(job(small_model, sums, out, save_every=2))
    assert_same_training(whole, out)


def test_a_full_disk_leaves_the_last_checkpoint_good(
    whole: Path, small_model: Path, sums: Path, tmp_path: Path
) -> None:
    """A limit on the size of a file, set after the first checkpoint, is a real refusal."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    class Fills(Silent):
        done = 0

        def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
            self.done += count
            if self.done == 3:
                resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))

    out = tmp_path / "model"
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(RunFailed, match=r"cannot be written: .*step 2 is whole"):
            train(job(small_model, sums, out, save_every=2), Fills())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert [path.name for path in (out / "checkpoints").iterdir()] == ["checkpoint-2"]
    train(job(small_model, sums, out, save_every=2))
    assert_same_training(whole, out)


def test_the_folder_says_what_it_was_made_from(whole: Path, small_model: Path, sums: Path) -> None:
    row = training_row(whole)
    assert row is not None
    assert (row["schema"], row["status"], row["recipe"], row["arm"]) == (1, "finished", "sft", None)
    assert (row["rows"], row["steps"], row["seed"]) == (12, 6, 42)
    assert row["base"]["weights_sha256"] == find_model(str(small_model)).weights_sha256
    assert [(each["name"], each["rows"]) for each in row["data"]] == [("sums", 12)]
    assert len(row["data"][0]["sha256"]) == 64
    assert (row["compared_with"], row["left_out_as_overlapping"]) == ([], 0)
    assert row["settings"]["lr"] == FAST["lr"]
    assert {"python", "torch", "transformers", "accelerate"} <= set(row["versions"])
    lines = curve(whole)
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert sum(line["response_tokens"] for line in lines) == row["response_tokens"]
    assert row["final_loss"] == lines[-1]["loss"]
    assert not (whole / "checkpoints").exists()
    assert (whole / "README.md").read_text().startswith("---\nlicense: unknown\n")
    text = json.dumps(row) + (whole / "README.md").read_text()
    assert str(sums.parent) not in text and str(small_model.parent) not in text


def test_embeddings_that_are_tied_to_the_head_are_saved_once(
    small_model: Path, sums: Path, tmp_path: Path
) -> None:
    out = trained(small_model, sums, tmp_path / "model", precision="bf16", epochs=1)
    assert weights(out).keys() == weights(small_model).keys()


@pytest.mark.parametrize(
    ("changes", "dtype"),
    [
        ({"precision": "bf16"}, "bfloat16"),
        ({"precision": "bf16_weights"}, "bfloat16"),
        ({"precision": "fp32"}, "float32"),
        ({"precision": "bf16", "method": "lora", "lora_rank": 2}, "bfloat16"),
    ],
)
def test_the_config_says_the_type_that_the_weights_have(
    small_model: Path, sums: Path, tmp_path: Path, changes: dict[str, Any], dtype: str
) -> None:
    """It said float32 above weights in bfloat16, in which the model was then not evaluated."""
    if "method" in changes:
        pytest.importorskip("peft", reason="LoRA: peft is not installed")
    out = trained(small_model, sums, tmp_path / "model", epochs=1, **changes)
    config = json.loads((out / "config.json").read_text())
    assert (config["dtype"], config["use_cache"]) == (dtype, True)
    assert {str(value.dtype) for value in weights(out).values()} == {f"torch.{dtype}"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"steps": 2, "batch_size": 2},
            "steps=2 and batch_size=2 contradict each other: 24 rows in 2 steps are up to 12 rows "
            "a step; leave one of them out, or train on fewer rows by rows=4 and epochs=1",
        ),
        ({"steps": 2, "batch-size": 2, "batch_size": None}, "batch_size=2 contradict each other"),
        ({"response_tokens": 99}, "response_tokens and epochs both say how long to train"),
    ],
)
def test_settings_that_contradict_each_other_are_one_line(
    asked: Job, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        train(replace(asked, changes={k: v for k, v in (FAST | changes).items() if v is not None}))
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert not asked.out.exists()


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [
        ({"steps": 2, "batch_size": 2, "rows": 4, "epochs": 1}, [2, 2]),
        ({"steps": 8}, [3] * 8),  # at most 4
    ],
)
def test_settings_that_agree_are_done(
    asked: Job, changes: dict[str, Any], sizes: list[int]
) -> None:
    out = train(replace(asked, changes=FAST | changes))
    assert [row["rows"] for row in curve(out)] == sizes


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
@pytest.mark.parametrize(
    ("changes", "still"),
    [({"rows": 4}, True), ({"rows": 4, "warmup": 0.0}, False), ({"rows": 8}, False)],
)
def test_a_training_whose_one_step_has_a_rate_of_0_says_so(
    asked: Job, schedule: str, changes: dict[str, Any], still: bool
) -> None:
    watcher = StopsAt(-1)
    changes = FAST | {"epochs": 1, "schedule": schedule} | changes
    out = train(replace(asked, changes=changes), watcher)
    assert any("the only step has a learning rate of 0" in line for line in watcher.said) == still
    assert all(row["lr"] == 0 for row in curve(out)) == still


def test_a_finished_training_is_left_as_it_is(whole: Path, small_model: Path, sums: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.iterdir() if path.name != "lock"}
    watcher = StopsAt(-1)
    train(job(small_model, sums, whole), watcher)
    assert f"{whole} is trained already" in watcher.said
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_another_training_in_the_folder_is_refused_and_named(
    whole: Path, small_model: Path, sums: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunMismatch, match=r"lr was 0\.01, now 0\.02; give this one"):
        trained(small_model, sums, whole, lr=0.02)
    rows = tmp_path / "sums.jsonl"
    rows.write_text(sums.read_text().replace("pens", "cups"))
    with pytest.raises(RunMismatch, match="the data files were others"):
        trained(small_model, rows, whole)
    compared = replace(job(small_model, sums, whole), against=("wordproblems",))
    with pytest.raises(RunMismatch, match=r"--against was none, now wordproblems test [0-9a-f]"):
        train(compared, StopsAt(-1))
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="holds other files"):
        trained(small_model, sums, tmp_path)


def test_mmeval_run_takes_the_folder_and_its_manifest_tells_the_training(
    whole: Path, tmp_path: Path
) -> None:
    config = mmeval.RunConfig(
        model=str(whole),
        benchmark=("wordproblems",),
        engine="hf",
        limit=2,
        max_tokens=3,
        out=str(tmp_path / "run"),
    )
    [run] = mmeval.run(config)
    model, row = run.manifest()["model"], training_row(whole)
    assert row is not None
    assert model["label"] == row["label"] == run.summary()["model"]
    assert model["training"] == {key: row[key] for key in TRAINING_FACTS}


def test_a_base_without_a_pad_token_trains_as_one_with_it(
    whole: Path, small_model: Path, sums: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(small_model, base)
    config = json.loads((base / "tokenizer_config.json").read_text())
    del config["pad_token"]
    (base / "tokenizer_config.json").write_text(json.dumps(config))
    out = trained(base, sums, tmp_path / "model")
    assert curve(out) == curve(whole)


def test_a_loss_that_is_no_number_stops_and_says_so(
    small_model: Path, sums: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunFailed, match="training diverged"):
        trained(small_model, sums, tmp_path / "model", lr=1e30, max_grad_norm=0)


def test_lora_is_merged_into_a_model_that_runs(
    small_model: Path, sums: Path, tmp_path: Path
) -> None:
    pytest.importorskip("peft", reason="LoRA: peft is not installed")
    out = trained(small_model, sums, tmp_path / "model", method="lora", lora_rank=2)
    assert (out / "adapter" / "adapter_config.json").is_file()
    before, after = weights(small_model), weights(out)
    assert before.keys() == after.keys()
    changed = {name for name in before if not bool((before[name] == after[name]).all())}
    assert changed == {name for name in before if "proj" in name}
    losses = [row["loss"] for row in curve(out)]
    assert losses[-1] < losses[0]


def test_qlora_without_bitsandbytes_is_one_line(
    small_model: Path, sums: Path, tmp_path: Path
) -> None:
    needed = "bitsandbytes"
    if find_spec(needed) is not None:
        pytest.skip("bitsandbytes is installed")
    with pytest.raises(MissingPackage, match="pip install bitsandbytes"):
        trained(small_model, sums, tmp_path / "model", method="qlora")


def test_python_is_not_asked_for_torch_by_importing_the_trainer() -> None:
    script = (
        "import sys, mmeval.training.train, mmeval.verbs.train\n"
        "print([m for m in ('torch', 'transformers', 'accelerate') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=dict(os.environ),
    )
    assert done.stdout.strip() == "[]"
