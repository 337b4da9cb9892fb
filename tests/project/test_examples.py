"""Examples run: the notebook cell by cell, the workflow step by step."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from mmeval.jsonl import read_rows
from mmeval.results.frames import COLUMNS
from tests.builders.made_runs import Made, make_run
from tests.builders.source_tree import ROOT

EXAMPLES = ROOT / "examples"


def run(folder: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in a folder; `mmeval` in it is the one that is tested."""
    shim = folder / "bin" / "mmeval"
    shim.parent.mkdir(exist_ok=True)
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mmeval.cli "$@"\n')
    shim.chmod(0o755)
    whole = os.environ | {
        "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        **env,
    }
    return subprocess.run(
        command, cwd=folder, env=whole, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("notebook", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda p: str(p.name))
def test_a_notebook_runs_and_is_stored_without_output(notebook: Path, tmp_path: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    script = tmp_path / "notebook.py"
    script.write_text("\n".join("".join(cell["source"]) for cell in code), encoding="utf-8")
    done = run(tmp_path, sys.executable, str(script))
    assert done.returncode == 0, done.stderr
    assert "points" in done.stdout


def steps() -> dict[str, str]:
    """The commands of the workflow's job, by the name of their step."""
    workflow = yaml.safe_load((EXAMPLES / "github-gate.yml").read_text(encoding="utf-8"))
    listed = workflow["jobs"]["gate"]["steps"]
    return {step["name"]: step["run"] for step in listed if "run" in step}


def settings() -> dict[str, str]:
    workflow = yaml.safe_load((EXAMPLES / "github-gate.yml").read_text(encoding="utf-8"))
    assert isinstance(workflow["env"], dict)
    return dict(workflow["env"])


@pytest.mark.parametrize(("skill", "status"), [(495, 0), (300, 1)])
def test_the_workflow_asks_and_gates(skill: int, status: int, tmp_path: Path) -> None:
    """On problems that are independent: of twelve templates no gate can be sure to a point."""
    items = [{"question": f"What is {i} + {i + 7}?", "answer": f"{2 * i + 7}"} for i in range(500)]
    rows = "".join(json.dumps(each) + "\n" for each in items)
    (tmp_path / "sums.jsonl").write_text(rows, encoding="utf-8")
    for name, right in (("old", 490), ("new", skill)):
        lines = [
            json.dumps(
                {
                    "question": item["question"],
                    "text": f"The answer is: {item['answer'] if place < right else -1}",
                }
            )
            for place, item in enumerate(items)
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    summary = tmp_path / "summary.md"
    for name, folder in (("old", "BASELINE"), ("new", "CANDIDATE")):
        env = settings() | {
            "RUN_OPTIONS": f"--engine replay --responses {name}.jsonl --text text --model {name} "
            "--benchmark ./sums.jsonl",
            "CANDIDATE": settings()[folder],
        }
        asked = run(tmp_path, "bash", "-e", "-c", steps()["Ask the candidate"], **env)
        assert asked.returncode == 0, asked.stderr
    gated = run(
        tmp_path,
        "bash",
        "-e",
        "-c",
        steps()["Gate"],
        GITHUB_STEP_SUMMARY=str(summary),
        **settings(),
    )
    assert gated.returncode == status, gated.stdout + gated.stderr
    assert "### mmeval gate:" in summary.read_text(encoding="utf-8")
    assert ElementTree.parse(tmp_path / "gate.xml").getroot()[0].get("tests") == "1"


@pytest.mark.parametrize("study", ["miniature.yaml", "paper.yaml"])
def test_every_placeholder_of_a_study_is_filled_and_every_set_it_names_is_there(
    study: str, tmp_path: Path
) -> None:
    done = run(tmp_path, "mmeval", "study", str(EXAMPLES / study), "--json")
    assert done.returncode == 0, done.stderr
    for argv in (shlex.split(step["command"]) for step in json.loads(done.stdout)):
        assert not any("{" in word for word in argv), argv
        given = {
            option: [text for word, text in pairwise(argv) if word == option]
            for option in ("--data", "--answer-only", "--reference")
        }
        sets = {text.partition("=")[0] for text in given["--data"]}
        for name in (*given["--answer-only"], *given["--reference"]):
            assert name.partition("=")[2] in sets or name in sets, name


def test_the_columns_in_the_docs_are_those_of_a_frame() -> None:
    lines = ["| column | dtype | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {dtype} | {what} |" for name, (dtype, what) in COLUMNS.items()]
    table = "\n".join(lines)
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    assert f"<!-- columns -->\n\n{table}\n" in page


def test_the_analysis_in_the_docs_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    source = page.split("```python\n")[-1].split("```")[0]
    (tmp_path / "steps.py").write_text(source, encoding="utf-8")
    meta = {0: {"steps": 1}, 1: {"steps": 2}}
    make_run(tmp_path / "run", Made(letters="RW", meta=meta))
    done = run(tmp_path, "mmeval", "analyse", "./steps.py", "run", "--csv")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_the_real_sets_are_whole_and_name_their_originals(data: Path, tmp_path: Path) -> None:
    script = str(EXAMPLES / "real_sets.py")
    done = run(tmp_path, sys.executable, script, "sets", MMEVAL_DATA=str(data))
    assert done.returncode == 0, done.stderr
    found = {path.stem: [*read_rows(path)] for path in (tmp_path / "sets").glob("*.jsonl")}
    counts = {name: len(rows) for name, rows in found.items()}
    # FOBAR and SV are the 1,270 rows of GSM8K-Backward; 881 / 1,319 is MetaMath-7B's 66.8 %.
    assert counts["fobar"] == 867 and counts["sv"] == 403
    assert counts["ansaug"] == 881 and counts["base"] == 7473 + 1319
    base = {row["query"] for _, row in found["base"]}
    for name in ("ansaug", "rephrased", "fobar", "sv", "gsm8k_cot"):
        assert {row["original_question"] for _, row in found[name]} <= base
        assert all(row["query"] and row["response"] and row["type"] for _, row in found[name])
