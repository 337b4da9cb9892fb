"""A manifest as settings for people, without the paths of a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.results.judged import load_judged
from mmeval.results.site.settings import settings, shortened
from tests.builders.made_runs import Made, make_run


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mmeval run --out /home/ada/runs/x", "mmeval run --out .../x"),
        ("--model=/srv/models/llama --data '/a b/c'", "--model=.../llama --data '.../a b/c'"),
        (r"C:\Users\ada\x.jsonl", ".../x.jsonl"),
        ("meta-math/MetaMath-7B-V1.0", "meta-math/MetaMath-7B-V1.0"),
        ("https://host/v1/chat", "https://host/v1/chat"),
        ("../data and a/b", "../data and a/b"),
    ],
)
def test_paths_of_a_machine_are_shortened(text: str, shown: str) -> None:
    assert shortened(text) == shown


def test_what_a_manifest_says_is_told_in_groups_and_without_its_paths(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", Made(letters="RW"))
    manifest = run.manifest()
    manifest["command"] = "mmeval run --out /home/ada/runs/x"
    manifest["model"] |= {
        "path": "/srv/models/m",
        "from": "/srv/a/m",
        "tied": True,
        "revision": None,
    }
    manifest["sessions"] = [
        {"started": manifest["created"], **seconds}
        for seconds in ({"generation_seconds": 1.25}, {"generation_seconds": 1000}, {})
    ]
    manifest["prompt"] = {"name": "alpaca", "kind": "text", "text": "secret {question}"}
    manifest["shots"] = 8
    manifest["engine"]["args"] = {"batch_size": 4, "stop": ["a", "b"], "none": []}
    run.write_manifest(manifest)
    groups = settings(load_judged(run.path))
    found = {name: dict(pairs) for name, pairs in groups}
    assert found["Run"] == {
        "status": "finished",
        "created": "2026-01-02T03:04:05+00:00",
        "answers per problem": "1",
        "command": "mmeval run --out .../x",
        "sessions": "3",
        "seconds of generating": "1,001.2",
    }
    assert found["Model"] == {"label": "made", "name": "made", "from": ".../m", "tied": "yes"}
    assert found["Prompt"] == {
        "name": "alpaca",
        "kind": "text",
        "solved examples before the question": "8",
    }
    assert found["Engine"]["args.batch size"] == "4"
    assert found["Engine"]["args.stop"] == "'a', 'b'" and "args.none" not in found["Engine"]
    assert "Machine" not in found, "what a manifest does not say is no group"
    assert all("/home" not in text and "/srv" not in text for text in map(str, groups))
