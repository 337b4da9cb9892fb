"""Fixtures that more than one test file uses."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from mmeval.engines.models.find import Model, find_model
from mmeval.errors import MissingPackage, ModelNotFound
from mmeval.records import Outcome, Verdict
from tests.builders.report_sites import Site, browsed_site, chromium
from tests.builders.run_commands import FILES, Mmeval, N, typed, write_doubles
from tests.builders.source_tree import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Property tests draw the same examples in every run, so that a red run is about the change.
# HYPOTHESIS_PROFILE=fresh draws new ones, for a nightly run: HYPOTHESIS_PROFILE=fresh make test.
# A failure prints the line (@reproduce_failure) that brings its example back.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("fresh", derandomize=False, database=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# torch's threads wait for one another asleep. On a busy machine those of a tiny model, which wait
# most of the time, would else take three times the processor time that their work takes.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

LETTERS: dict[str, Outcome] = {
    "R": "right",
    "W": "wrong",
    "N": "no_answer",
    "U": "undecided",
    "F": "failed",
}


TINY_CONTEXT = 96
TINY_WORDS = "one two three four five six seven eight nine ten eleven twelve"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the public data sets; without it the full-data tests are skipped."""
    named = os.environ.get("MMEVAL_DATA")
    if not named:
        pytest.skip("full data: MMEVAL_DATA names no folder with the public data sets")
    folder = Path(named)
    assert folder.is_dir(), f"MMEVAL_DATA={named} is no folder"
    return folder.resolve()


@pytest.fixture(scope="session")
def smollm2() -> Model:
    """The embedded model, fetched and converted on first use."""
    pytest.importorskip("torch", reason="real model: torch is not installed; make hf")
    try:
        return find_model("smollm2-135m")
    except (ModelNotFound, MissingPackage) as error:
        pytest.skip(f"real model: {error}")


@pytest.fixture(scope="session")
def verdicts() -> Callable[[str], list[Verdict]]:
    """`verdicts("RRWN")`: one verdict a letter, on problems `t/0`, `t/1`, ..."""

    def build(letters: str) -> list[Verdict]:
        return [
            Verdict(problem_id=f"t/{i}", outcome=LETTERS[letter], checker="test/1")
            for i, letter in enumerate(letters)
        ]

    return build


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random Llama of 2 layers at float32 and its own tokenizer."""
    torch = pytest.importorskip("torch", reason="hf engine: torch is not installed; make hf")
    transformers = pytest.importorskip(
        "transformers", reason="hf engine: transformers is not installed; make hf"
    )
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    folder = tmp_path_factory.mktemp("tiny")
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    # Words alone, no single bytes: every token is readable text.
    trainer = trainers.BpeTrainer(
        vocab_size=200, special_tokens=["<end>"], min_frequency=1, show_progress=False
    )
    words = TINY_WORDS.split()
    backend.train_from_iterator([f"{a} {b} {a}{b}" for a in words for b in words], trainer)
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<end>")
    made.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(made),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=TINY_CONTEXT,
        initializer_range=0.4,  # wide, so that the answers depend on the prompts
        eos_token_id=None,
        bos_token_id=None,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def small_model(smollm2: Model, sums: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random Llama of 2 layers and SmolLM2's tokenizer, learned anew.

    Of 49,152 tokens the model would be embeddings alone, and a training twice as long.
    """
    pytest.importorskip("accelerate", reason="training: accelerate is not installed; make hf")
    from transformers import AutoTokenizer

    from tests.builders.training_models import make_model

    tokenizer = AutoTokenizer.from_pretrained(smollm2.path)
    learned = [(ROOT / "benchmarks/prompts/alpaca.txt").read_text(), *sums.read_text().splitlines()]
    tokenizer = tokenizer.train_new_from_iterator(learned, 600)
    return make_model(tmp_path_factory.mktemp("small"), tokenizer)


@pytest.fixture(scope="session")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 rows of training data."""
    from tests.builders.training_models import write_rows

    return write_rows(tmp_path_factory.mktemp("rows") / "sums.jsonl")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A report of runs with hostile and with ordinary texts."""
    return browsed_site(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium; of a module, because its event loop is in the way of others."""
    api = pytest.importorskip(
        "playwright.sync_api", reason="browser: playwright is not installed; make test"
    )
    program = chromium()
    with api.sync_playwright() as started:
        # CI runs as root, for which Chromium has no sandbox.
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page; whatever it did, no error, no script of a text and no network came of it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    seen: list[str] = []
    opened.on("console", lambda message: seen.append(message.text))
    opened.on("pageerror", lambda error: seen.append(str(error)))
    opened.on("dialog", lambda dialog: seen.append(dialog.message))
    opened.on("request", lambda asked: seen.append(asked.url))
    yield opened
    assert opened.evaluate("window.pwned") is None
    assert [text for text in seen if not text.startswith(("data:", "file:"))] == []
    context.close()


@pytest.fixture
def no_openai_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no server and no proxy from outside."""
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def mmeval(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Mmeval:
    """Runs `mmeval run ARGS` in a folder with two benchmarks and a file of responses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for name in ("doubles", "again"):
        write_doubles(tmp_path, name)
    Path("filed.py").write_text(FILES)
    rows = [
        {"question": f"What is {i} plus {i}?", "said": f"Well.\nThe answer is: {2 * i}"}
        for i in range(N)
    ]
    Path("responses.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    return partial(typed, monkeypatch, capfd, "run")
