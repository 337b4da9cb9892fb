"""Rows as texts and as token ids: what is read, what is learned, what is too long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmeval import catalog
from mmeval.engines.models.find import Model
from mmeval.engines.tokenising import token_ids
from mmeval.errors import ConfigError, DataError
from mmeval.problems.prompts import render
from mmeval.records import Problem
from mmeval.training.examples import tokenise
from mmeval.training.settings import Settings
from mmeval.training_data.rows import DataFile, read_file
from tests.builders.training_rows import FOBAR, row


@pytest.fixture(scope="module")
def tokenizer(smollm2: Model) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(smollm2.path)


def test_what_is_read_in_training_is_what_is_seen_in_evaluation(tokenizer: Any, data: Path) -> None:
    """Token for token, on real questions: GSM8K's first 50 of the train set."""
    rows = list(read_file(DataFile(name="g", path=data / "gsm8k" / "train.jsonl")))[:50]
    settings = Settings(prompt="metamath", response_start="\n")
    examples = tokenise(rows, tokenizer, settings)
    template = catalog.load("prompts", "metamath")
    for number, each in enumerate(rows):
        asked = render(template, Problem(id="x", question=each.query, gold="-"))
        begin = examples.prompts[number]
        assert list(examples.tokens(number)[:begin]) == token_ids(tokenizer, asked)
        learned = tokenizer.decode(examples.tokens(number)[begin:-1])
        assert learned == "\n" + each.response
        assert examples.tokens(number)[-1] == tokenizer.eos_token_id


def test_counts_are_those_of_the_tokens(tokenizer: Any) -> None:
    examples = tokenise([FOBAR, row("Q?", "A")], tokenizer, Settings())
    lengths = [len(examples.tokens(0)), len(examples.tokens(1))]
    assert examples.counts.rows == len(examples) == 2
    assert examples.counts.tokens == sum(lengths)
    assert examples.counts.response_tokens == sum(map(examples.response_length, range(2)))
    assert examples.response_length(1) == 2  # "A" and the end of text


LONG = row("Q?", "one two three four five six seven eight nine ten " * 9)


@pytest.mark.parametrize(("overlong", "kept"), [("cut", 2), ("drop", 1)])
def test_a_row_that_is_too_long_is_cut_or_dropped_and_counted(
    tokenizer: Any, overlong: Any, kept: int
) -> None:
    settings = Settings(max_length=64, overlong=overlong)
    examples = tokenise([LONG, row("Q?", "A")], tokenizer, settings)
    counts = examples.counts
    assert (len(examples), counts.cut, counts.dropped) == (kept, kept - 1, 2 - kept)
    if overlong == "cut":
        assert examples.length(0) == 64
        assert examples.tokens(0)[-1] != tokenizer.eos_token_id


def test_a_row_that_is_too_long_is_refused_where_the_recipe_says_so(tokenizer: Any) -> None:
    with pytest.raises(DataError, match=r"has 1\d\d tokens, more than max_length=64"):
        tokenise([LONG], tokenizer, Settings(max_length=64, overlong="refuse"))


def test_a_prompt_that_alone_is_too_long_leaves_nothing_to_learn(tokenizer: Any) -> None:
    question = row("why? " * 100, "A")
    examples = tokenise([question, row("Q?", "A")], tokenizer, Settings(max_length=64))
    assert (len(examples), examples.counts.dropped) == (1, 1)
    with pytest.raises(DataError, match="no row is left to train on: 1 are longer"):
        tokenise([question], tokenizer, Settings(max_length=64))


def test_a_tokenizer_without_an_end_of_text_is_refused(tokenizer: Any) -> None:
    from copy import deepcopy

    other = deepcopy(tokenizer)
    other.eos_token = None
    with pytest.raises(ConfigError, match="no end-of-text token"):
        tokenise([FOBAR], other, Settings())


def test_a_bos_is_written_once_and_only_where_the_tokenizer_writes_one(tokenizer: Any) -> None:
    """A tokenizer that begins every text with BOS and ends it with EOS, as some do."""
    from copy import deepcopy

    from tokenizers.processors import TemplateProcessing

    other = deepcopy(tokenizer)
    other.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|im_start|> $A <|im_end|>",
        special_tokens=[("<|im_start|>", 1), ("<|im_end|>", 2)],
    )
    plain, closed = (tokenise([FOBAR], each, Settings()) for each in (tokenizer, other))
    assert list(closed.tokens(0)) == [1, *plain.tokens(0)]
    assert closed.prompts[0] == plain.prompts[0] + 1
