"""Every claim of docs/security.md names the tests that hold it, and they exist."""

from __future__ import annotations

import re

from tests.builders.source_tree import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_claim_names_tests_that_exist() -> None:
    page = PAGE.partition("<!-- trials:")[0]
    claims = [line for line in page.splitlines() if re.match(r"\| [^-]", f"{line} ")]
    claims = [line for line in claims if "held by" not in line]
    assert len(claims) > 15
    for line in claims:
        named = re.findall(r"`(tests/[\w/]+\.py)`", line)
        assert named, line
        assert all((ROOT / name).is_file() for name in named), line


def test_every_line_of_the_trials_names_a_part_that_exists() -> None:
    trials = PAGE.partition("<!-- trials:")[2].splitlines()
    rows = [line for line in trials if re.match(r"\| [^-]", line)][1:]
    parts = (ROOT / "perf" / "trials.py").read_text(encoding="utf-8")
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"--part (\w+)", row)
        assert named and all(f'    "{part}": ' in parts for part in named), row
