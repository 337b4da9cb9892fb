"""Every way of installing gives the same mmeval, and somebody else's package joins it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmeval import catalog
from tests.builders.source_tree import ROOT, SHIPPED, lines, tree

PLUGIN = ROOT / "tests" / "plugin"


# --- every way of installing -----------------------------------------------------------


@dataclass(frozen=True)
class Installed:
    """One way in which mmeval can be on a machine."""

    python: Path
    cwd: Path

    def run(self, *args: str) -> str:
        """The output of `python ARGS`, run where no clone lies below the working folder."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MMEVAL"))}
        done = subprocess.run(
            [str(self.python), *args],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.cwd,
            env=env,
        )
        assert done.returncode == 0, f"{args}: {done.stderr}"
        return done.stdout

    def mmeval(self, *args: str) -> str:
        """The output of `mmeval ARGS`."""
        return self.run("-m", "mmeval.cli", *args)


def copy_of_the_sources(target: Path) -> Path:
    """What a build needs, in a folder of its own: builds leave things behind."""
    skipped = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in SHIPPED:
        shutil.copytree(ROOT / folder, target / folder, ignore=skipped)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target / name)
    return target


def pip(*args: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *args],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def environment(folder: Path) -> Path:
    """The Python of a new virtual environment that also sees what is installed here.

    A path file inside it names our site-packages, whose own path files are then not
    read: packages are found, an editable mmeval is not.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    ours, new = (
        subprocess.run([p, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
        for p in (sys.executable, str(python))
    )
    (Path(new) / "packages_of_the_tests.pth").write_text(ours + "\n")
    return python


def install(python: Path, *args: str) -> None:
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--quiet")
    pip("--python", str(python), "install", "--force-reinstall", *offline, *args)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    return build(copy_of_the_sources(tmp_path_factory.mktemp("sources")), tmp_path_factory)


def build(source: Path, factory: pytest.TempPathFactory) -> Path:
    target = factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--quiet", "-w", str(target), str(source))
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(
    scope="session", params=["wheel", "editable", "editable-strict", "clone without installing"]
)
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheel: Path
) -> Installed:
    """mmeval in each of the four ways."""
    folder = tmp_path_factory.mktemp("installed")
    python, cwd = environment(folder / "venv"), folder
    if request.param == "wheel":
        install(python, str(wheel))
    else:
        source = copy_of_the_sources(folder / "clone")
        if request.param == "editable":
            install(python, "--editable", str(source))
        elif request.param == "editable-strict":
            install(python, "--config-settings", "editable_mode=strict", "--editable", str(source))
        else:
            cwd = source
    return Installed(python, cwd)


def test_each_way_of_installing_gives_the_same_content(installed: Installed) -> None:
    script = (
        "import json, mmeval; from mmeval import catalog\n"
        "print(json.dumps({k: [catalog.names(k), [d.name for d in catalog.load_all(k)]]\n"
        "                  for k in catalog.KINDS} | {'from': mmeval.__file__}))"
    )
    answer = json.loads(installed.run("-c", script))
    loaded_from = Path(answer.pop("from")).resolve()
    assert not loaded_from.is_relative_to(ROOT), "this tried the tests' own mmeval"
    assert answer == {k: [catalog.names(k)] * 2 for k in catalog.KINDS}


def test_each_way_of_installing_lists_and_shows_the_same(installed: Installed) -> None:
    here = Installed(Path(sys.executable), ROOT)
    assert installed.mmeval("list") == here.mmeval("list")
    assert installed.mmeval("show", "wordproblems") == here.mmeval("show", "wordproblems")


def test_mmeval_is_the_only_name_a_wheel_takes(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mmeval"}


def test_the_wheel_holds_every_file_of_its_packages(wheel: Path) -> None:
    expected = {
        f"{package.replace('.', '/')}/{path.name}"
        for package, folder in tree().items()
        for path in (ROOT / folder).iterdir()
        if path.is_file() and not path.name.startswith(".")
    }
    packed = zipfile.ZipFile(wheel).namelist()
    assert {name for name in packed if name.startswith("mmeval/")} == expected
    assert any(name.endswith("/LICENSE") for name in packed)


# --- somebody else's package -----------------------------------------------------------


@pytest.fixture(scope="session")
def with_plugin(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    """mmeval and the plug-in in `tests/plugin`, each from its wheel."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(PLUGIN, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    python = environment(folder / "venv")
    install(python, str(wheel), str(build(folder / "source", tmp_path_factory)))
    return Installed(python, folder)


def test_the_plugin_has_40_lines() -> None:
    texts = (path.read_text() for path in PLUGIN.iterdir() if path.is_file())
    assert sum(len(lines(text)) for text in texts) <= 40


def test_an_installed_plugin_is_listed_and_shown(with_plugin: Installed) -> None:
    listing = with_plugin.mmeval("list")
    assert "pirates" in listing
    assert "pirate-sums/1" in listing
    assert "A pirate had" in with_plugin.mmeval("show", "pirates")


def test_an_installed_plugin_judges(with_plugin: Installed) -> None:
    rows = [("Arr, 7", "7"), ("Arr, 8", "7"), ("no idea", "7")]
    outputs = with_plugin.cwd / "outputs.jsonl"
    outputs.write_text("".join(json.dumps({"said": s, "gold": g}) + "\n" for s, g in rows))
    printed = with_plugin.mmeval(
        "judge",
        str(outputs),
        "--text",
        "said",
        "--gold",
        "gold",
        "--checker",
        "pirate-sums",
        "--json",
    )
    assert json.loads(printed)["pirate-sums/1"] == {
        "n": 3,
        "right": 1,
        "wrong": 1,
        "no_answer": 1,
        "undecided": 0,
        "failed": 0,
        "accuracy": pytest.approx(1 / 3),
        "accuracy_high": pytest.approx(1 / 3),
    }


def test_the_same_file_judges_without_being_installed(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.jsonl"
    outputs.write_text('{"said": "Arr, 7", "gold": "7"}\n')
    here = Installed(Path(sys.executable), ROOT)
    printed = here.mmeval(
        *("judge", str(outputs), "--text", "said", "--gold", "gold", "--json"),
        *("--checker", str(PLUGIN / "pirate_math.py")),
    )
    ((counts),) = json.loads(printed).values()
    assert counts["right"] == counts["n"] == 1
