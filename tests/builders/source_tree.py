"""The tree of sources as it lies here, for several tests."""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
"""Tables of cases, each with its reason and its source."""
CONTENT = ("benchmarks", "analyses", "figures")
SHIPPED = ("mmeval", *CONTENT)

SOURCES = sorted(
    path
    for folder in (*SHIPPED, "tests", "perf", "examples", "docs")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
SHIPPED_SOURCES = [p for p in SOURCES if p.relative_to(ROOT).parts[0] in SHIPPED]


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree() -> dict[str, str]:
    """Package -> folder, as the tree has them."""
    found = {}
    for path in SHIPPED_SOURCES:
        folder = relative(path.parent)
        name = folder.replace("/", ".")
        found[name if name.split(".")[0] == "mmeval" else f"mmeval.{name}"] = folder
    return found


def setup_cfg() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config
