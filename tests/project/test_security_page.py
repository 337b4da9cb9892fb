"""Every claim of docs/security.md names the tests that hold it, and they exist."""

from __future__ import annotations

import re

from tests.builders.source_tree import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_claim_names_tests_that_exist() -> None:
    claims = [line for line in PAGE.splitlines() if re.match(r"\| [^-]", f"{line} ")]
    claims = [line for line in claims if "held by" not in line]
    assert len(claims) > 15
    for line in claims:
        named = re.findall(r"`(tests/[\w/]+\.py)`", line)
        assert named, line
        assert all((ROOT / name).is_file() for name in named), line


def test_the_place_for_the_trials_is_marked() -> None:
    assert "<!-- trials:" in PAGE
