"""The catalogue: by name, by path, by entry point; what is broken says where and how."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval import catalog
from mmeval.declare import Benchmark, Checker, PromptTemplate
from mmeval.errors import DataError, MissingData, UnknownName

BENCHMARK = """
from mmeval.declare import Benchmark, Item, Split

def read(row):
    return Item(question=row["q"], gold=row["a"])

BENCHMARK = Benchmark(
    name={name!r}, title="t", source="s", licence="MIT", splits={{"test": Split(rows=1)}},
    read=read, checkers=("metamath-gsm8k/1",), max_tokens=8,
)
"""
CHECKER = """
from mmeval.declare import Checker, Comparison

CHECKER = Checker(
    name={name!r}, title="t", source="s", extract=lambda text: None,
    compare=lambda said, gold: Comparison(outcome="wrong", rule="always"),
)
"""


@pytest.fixture
def benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for `benchmarks/`."""
    return stand_in(tmp_path / "benchmarks", "benchmarks", monkeypatch)


def stand_in(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir(parents=True)
    real = catalog.folder
    monkeypatch.setattr(catalog, "folder", lambda k: folder if k == kind else real(k))
    return folder


@pytest.fixture(autouse=True)
def no_module_stays() -> Iterator[None]:
    """What a test loads must not answer the next test."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("mmeval.", "mmeval_user_", "broken_plugin", "good_plugin")):
            del sys.modules[name]


def install_plugin(
    folder: Path, monkeypatch: pytest.MonkeyPatch, entries: str, **modules: str
) -> None:
    """Puts modules and an entry-point file on the path, as an installer would."""
    info = folder / "pirate_math-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pirate-math\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[mmeval.content]\n{entries}\n")
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))


# --- by name ---------------------------------------------------------------------------


def test_a_file_in_the_folder_is_all_it_takes(benchmarks: Path) -> None:
    (benchmarks / "sums.py").write_text(BENCHMARK.format(name="sums"))
    (benchmarks / "_parts.py").write_text("raise AssertionError('private, never loaded')")
    (benchmarks / "notes.txt").write_text("no content")
    assert catalog.names("benchmarks") == ["sums"]
    assert catalog.load("benchmarks", "sums").name == "sums"
    assert [b.name for b in catalog.load_all("benchmarks")] == ["sums"]


def test_listing_imports_nothing(benchmarks: Path) -> None:
    (benchmarks / "sums.py").write_text("raise AssertionError('imported by a listing')")
    assert catalog.names("benchmarks") == ["sums"]


def test_a_file_is_executed_once(benchmarks: Path) -> None:
    (benchmarks / "sums.py").write_text(BENCHMARK.format(name="sums"))
    assert catalog.load("benchmarks", "sums") is catalog.load("benchmarks", "sums")


def test_an_unknown_name_tells_the_near_misses_first_and_then_all(benchmarks: Path) -> None:
    for name in ("gsm8k", "gsm8k_backward", "pirates"):
        (benchmarks / f"{name}.py").write_text(BENCHMARK.format(name=name))
    with pytest.raises(UnknownName) as caught:
        catalog.load("benchmarks", "gsm8k_back")
    assert str(caught.value) == (
        "no benchmark is called 'gsm8k_back'; did you mean gsm8k_backward or gsm8k? "
        "available: gsm8k, gsm8k_backward, pirates"
    )
    with pytest.raises(UnknownName) as caught:
        catalog.load("benchmarks", "zzz")
    assert "did you mean" not in str(caught.value)


def test_an_empty_folder_says_there_is_none(benchmarks: Path) -> None:
    with pytest.raises(UnknownName, match="available: none"):
        catalog.load("benchmarks", "gsm8k")


@settings(deadline=None)
@given(name=st.text(max_size=30))
def test_any_other_name_is_unknown_and_never_a_path_out_of_the_folder(name: str) -> None:
    try:
        found = catalog.load("benchmarks", name)
    except UnknownName as error:
        assert str(error).startswith("no benchmark ")
    except MissingData as error:  # a path to rows is looked for where it says
        assert name.endswith(".jsonl") and str(error).startswith("no file at ")
    else:
        assert found.name in catalog.names("benchmarks")


@pytest.mark.parametrize("name", ["__init__", "../benchmarks/__init__", "_stem", "", "."])
def test_private_files_are_no_content(name: str) -> None:
    with pytest.raises(UnknownName):
        catalog.load("benchmarks", name)


def test_a_checker_without_a_version_is_its_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = stand_in(tmp_path / "rules", "checkers", monkeypatch)
    for version in (1, 2, 10):
        (rules / f"my_rule_{version}.py").write_text(CHECKER.format(name=f"my-rule/{version}"))
    assert catalog.names("checkers") == ["my-rule/1", "my-rule/10", "my-rule/2"]
    assert catalog.load("checkers", "my-rule").name == "my-rule/10"
    assert catalog.load("checkers", "my-rule/2").name == "my-rule/2"
    with pytest.raises(UnknownName, match="did you mean"):
        catalog.load("checkers", "my-rule/3")


@pytest.mark.parametrize("kind", catalog.KINDS)
def test_what_is_built_in_is_named_after_its_file(kind: str) -> None:
    assert catalog.names(kind)
    for name in catalog.names(kind):
        declared = catalog.load(kind, name)
        assert type(declared).__name__ == catalog.KINDS[kind].type.rpartition(":")[2]
        assert declared.name == name
        assert declared.title


# --- by path ---------------------------------------------------------------------------


def test_a_users_file_loads_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_sums.py").write_text(BENCHMARK.format(name="my_sums"))
    (tmp_path / "my_rule.py").write_text(CHECKER.format(name="my-rule/1"))
    monkeypatch.chdir(tmp_path)
    assert isinstance(catalog.load("benchmarks", "./my_sums.py"), Benchmark)
    assert isinstance(catalog.load("checkers", str(tmp_path / "my_rule.py")), Checker)
    assert "my_sums" not in catalog.names("benchmarks")


def test_two_files_of_one_name_are_two_benchmarks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "sums.py").write_text(BENCHMARK.format(name=f"in_{folder}"))
        monkeypatch.chdir(tmp_path / folder)
        assert catalog.load("benchmarks", "sums.py").name == f"in_{folder}"


def test_a_path_without_a_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"no benchmark at .*none\.py"):
        catalog.load("benchmarks", str(tmp_path / "none.py"))
    with pytest.raises(UnknownName, match=r"no prompt at .*none\.txt"):
        catalog.load("prompts", str(tmp_path / "none.txt"))


def test_a_text_file_is_a_prompt_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(b"Q: {question}\n\\frac{1}{2} \xe2\x82\xac\r\nA:")
    prompt = catalog.load("prompts", str(path))
    assert isinstance(prompt, PromptTemplate)
    assert prompt.text.encode() == path.read_bytes()
    assert prompt.name == "mine.txt"
    assert prompt.stop == ()


def test_a_text_file_that_is_no_utf_8_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"Question: {question} \xe9")
    with pytest.raises(DataError, match=r"latin\.txt is not UTF-8"):
        catalog.load("prompts", str(path))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "must declare BENCHMARK = Benchmark(...), found NoneType"),
        ("BENCHMARK = {'name': 'x'}", "found dict"),
        ("x = 1\n1 / 0", "ZeroDivisionError"),
        ("def read(:", "SyntaxError"),
        ("import no_such_package_anywhere", "ModuleNotFoundError"),
    ],
)
def test_a_users_file_that_is_wrong_is_one_line_with_its_place(
    tmp_path: Path, source: str, said: str
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)
    with pytest.raises(DataError) as caught:
        catalog.load("benchmarks", str(path))
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_line_that_failed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n\n1 / 0\n")
    with pytest.raises(DataError, match=r"mine\.py, line 3\)"):
        catalog.load("benchmarks", str(path))


def test_a_half_made_module_answers_no_later_look_up(benchmarks: Path) -> None:
    path = benchmarks / "sums.py"
    path.write_text("half = 1\nraise OSError('first try')")
    with pytest.raises(OSError, match="first try"):
        catalog.load("benchmarks", "sums")
    assert "mmeval.benchmarks.sums" not in sys.modules
    path.write_text(BENCHMARK.format(name="sums"))
    assert catalog.load("benchmarks", "sums").name == "sums"


# --- by entry point --------------------------------------------------------------------


def test_a_plugin_is_listed_without_being_imported_and_loaded_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin(
        tmp_path,
        monkeypatch,
        "benchmarks.pirates = good_plugin:BENCHMARK\ncheckers.pirate-sums/1 = good_plugin:CHECKER",
        good_plugin=BENCHMARK.format(name="pirates") + CHECKER.format(name="pirate-sums/1"),
    )
    assert "pirates" in catalog.names("benchmarks")
    assert "pirate-sums/1" in catalog.names("checkers")
    assert "good_plugin" not in sys.modules
    assert catalog.load("benchmarks", "pirates").name == "pirates"
    assert catalog.load("checkers", "pirate-sums").name == "pirate-sums/1"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("BENCHMARK = 5", "found int"),
        ("", "AttributeError"),
    ],
)
def test_a_broken_plugin_is_a_warning_in_a_listing_and_an_error_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    built_in = catalog.names("benchmarks")
    install_plugin(
        tmp_path, monkeypatch, "benchmarks.pirates = broken_plugin:BENCHMARK", broken_plugin=source
    )
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert [b.name for b in catalog.load_all("benchmarks")] == built_in
    (warning,) = (str(w.message) for w in seen if "plug-in" in str(w.message))
    assert said in warning
    assert "benchmarks.pirates" in warning
    with pytest.raises(DataError, match=r"entry point benchmarks\.pirates = broken_plugin"):
        catalog.load("benchmarks", "pirates")


def test_a_broken_file_of_our_own_is_no_warning(benchmarks: Path) -> None:
    (benchmarks / "sums.py").write_text("BENCHMARK = 5")
    with pytest.raises(DataError, match="found int"):
        catalog.load_all("benchmarks")


def test_what_is_built_in_goes_before_a_plugin_of_its_name(
    benchmarks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (benchmarks / "sums.py").write_text(BENCHMARK.format(name="built_in"))
    install_plugin(
        tmp_path / "site",
        monkeypatch,
        "benchmarks.sums = good_plugin:BENCHMARK",
        good_plugin=BENCHMARK.format(name="plugged_in"),
    )
    assert catalog.names("benchmarks") == ["sums"]
    assert catalog.load("benchmarks", "sums").name == "built_in"


def test_other_peoples_entry_points_are_left_alone() -> None:
    ours = {e.value for e in metadata.entry_points(group=catalog.ENTRY_POINTS)}
    assert not any(value.startswith("mmeval") for value in ours), "built in is found by its file"


@pytest.mark.parametrize("name", ["x.py", "./x.py", "../x.py", "/x.py", "~/x.py", "a/b.py"])
@pytest.mark.parametrize("kind", catalog.KINDS)
def test_a_name_out_of_data_is_never_a_path(
    kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(UnknownName, match="code runs only where the command line names it"):
        catalog.find(kind, name)
    with pytest.raises(UnknownName):
        catalog.find(kind, name.removesuffix(".py") + ".jsonl")
