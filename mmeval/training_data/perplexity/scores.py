"""Perplexity of training data: items -> forms -> statistics -> report. Pure; opens nothing.

A sample's perplexity is exp(NLL / tokens) over its response tokens given its prompt, NLL
in nats; at least 1, lower is easier for the model; undefined for a response without a
scored token. `median`, `mean` and quartiles are over samples. Beside them stand the
values of the whole set, in which every token, byte or word counts the same:

    token_perplexity   exp(sum NLL / sum tokens)      depends on the tokenizer
    word_perplexity    exp(sum NLL / sum words)       comparable between tokenizers
    byte_perplexity    exp(sum NLL / sum bytes)       likewise; log2 of it: bits_per_byte

The last three are what lm-evaluation-harness calls word_perplexity, byte_perplexity and
bits_per_byte. Source: paper sections 3.4 and 4.4, Figure 3, which say neither prompt, nor
which tokens, nor how to average: every choice made here is in docs/perplexity.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from mmeval.records import Scored
from mmeval.stats.bootstrap import Bootstrap

WHOLE = "response"
"""The form of a response that is scored as it stands."""
BARE = "N"
"""The form of an answer-only response that stands for it: the gold alone."""
FORMS: Mapping[str, str] = {
    BARE: "{gold}",
    "The answer is N.": "The answer is {gold}.",
    "The answer is: N": "The answer is: {gold}",
    "#### N": "#### {gold}",
    "#### N, The answer is: N": "#### {gold}\nThe answer is: {gold}",
    "boxed N": "\\boxed{{gold}}",
}
"""Name -> how an answer alone is written: bare; as chain-of-thought prompts close; as
MetaMathQA's MATH rows do; as GSM8K's, MetaMathQA's GSM rows and MATH's do."""
_CLOSING = re.compile(r"The answer is:? *([^\n]+)|^#### *([^\n]+)", re.MULTILINE)


def answer_forms(gold: str) -> dict[str, str]:
    """The responses that say a gold and nothing else, by the name of their form."""
    return {name: text.replace("{gold}", gold) for name, text in FORMS.items()}


def closing_answer(response: str) -> str | None:
    """The answer that a worked response closes with: after its last `The answer is:`, else
    after `####`; None where it has neither."""
    answer = None
    for match in _CLOSING.finditer(response):
        answer = match.group(1) or match.group(2)
    return (answer.strip().removesuffix(".").strip() or None) if answer else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One response of a set, in one form, to be scored."""

    set: str
    form: str
    id: str
    """Of its row: the same for all forms of an answer."""
    original: str
    """16 hex digits: a hash of the question that it was made from; rows with the same
    are drawn together in a resample."""
    query: str
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a model gives to one text: a line of scores.jsonl, by which a measurement resumes."""

    key: str
    """A hash of prompt and response."""
    nll: float = 0.0
    """Nats, of the response given the prompt; 0 where there is an error."""
    tokens: int = 0
    """Response tokens that were scored."""
    bytes: int = 0
    words: int = 0
    whole_nll: float = 0.0
    """Nats, of prompt and response together."""
    whole_tokens: int = 0
    truncated: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of rows.jsonl: an entry with its score, without its text."""

    set: str
    form: str
    id: str
    original: str
    nll: float
    """Nats, of the response given the prompt."""
    tokens: int
    bytes: int
    words: int
    whole_nll: float
    whole_tokens: int
    truncated: bool
    error: str | None = None
    """Why it is left out of every number; None: it counts."""

    @property
    def perplexity(self) -> float:
        """Of the response, per token; at least 1."""
        return perplexity(self.nll, self.tokens)


def score_of(scored: Scored) -> Score:
    """The sums over a text's tokens. Exact sums: the order of nothing matters."""
    error = scored.error
    if error is None and not scored.response_logprobs:
        error = "no token of the response could be scored"
    if error is not None:
        return Score(key=scored.id, truncated=scored.truncated, error=error)
    whole = (*scored.prompt_logprobs, *scored.response_logprobs)
    return Score(
        key=scored.id,
        nll=-math.fsum(scored.response_logprobs),
        tokens=len(scored.response_logprobs),
        bytes=scored.bytes,
        words=scored.words,
        whole_nll=-math.fsum(whole),
        whole_tokens=len(whole),
        truncated=scored.truncated,
    )


def joined(entry: Entry, score: Score) -> Row:
    """An entry with the score of its text."""
    numbers = {each.name: getattr(score, each.name) for each in fields(score) if each.name != "key"}
    labels = {name: getattr(entry, name) for name in ("set", "form", "id", "original")}
    return Row(**labels, **numbers)


def perplexity(nll: float, count: int) -> float:
    """exp(nll / count); infinite above what a float holds. Raises ZeroDivisionError for 0."""
    try:
        return math.exp(nll / count)
    except OverflowError:
        return math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One set in one form. Perplexities are at least 1; None where no row could be scored."""

    set: str
    form: str
    n: int
    """Rows that count."""
    failed: int
    """Rows that could not be scored, and are in no number."""
    truncated: int
    """Rows of `n` whose end was cut off."""
    originals: int
    """Questions that the rows of `n` were made from."""
    tokens: int
    """Response tokens of the rows of `n`."""
    min: float | None = None
    q1: float | None = None
    median: float | None = None
    q3: float | None = None
    max: float | None = None
    mean: float | None = None
    token_perplexity: float | None = None
    word_perplexity: float | None = None
    byte_perplexity: float | None = None
    bits_per_byte: float | None = None
    whole_median: float | None = None
    """The median over samples of the whole text's perplexity, prompt included."""
    whole_token_perplexity: float | None = None
    difference: float | None = None
    """Of medians: this one less the reference's; None for the reference itself."""
    low: float | None = None
    """95 % bootstrap interval of the difference, questions being drawn; None where either set
    is of fewer than `FEWEST` questions."""
    high: float | None = None


def summarise(rows: Sequence[Row], against: Bootstrap | None = None) -> Summary:
    """The statistics of rows of one set and form. Raises ValueError without any row."""
    if not rows:
        raise ValueError("nothing to summarise: no rows")
    good = [row for row in rows if row.error is None]
    counts = Summary(
        set=rows[0].set,
        form=rows[0].form,
        n=len(good),
        failed=len(rows) - len(good),
        truncated=sum(row.truncated for row in good),
        originals=len({row.original for row in good}),
        tokens=sum(row.tokens for row in good),
    )
    if not good:
        return counts
    counted = {each.name: getattr(counts, each.name) for each in fields(counts)}
    numbers = _samples(good) | _corpus(good)
    if against is not None:
        numbers["difference"] = against.value
        if against.enough:
            numbers["low"], numbers["high"] = against.bounds()
    return Summary(**(counted | {k: _finite(v) for k, v in numbers.items()}))


def _samples(rows: Sequence[Row]) -> dict[str, float]:
    """Over samples; quartiles interpolate linearly, as numpy's do."""
    import numpy as np

    values = sorted(row.perplexity for row in rows)
    whole = sorted(perplexity(row.whole_nll, row.whole_tokens) for row in rows)
    quartiles = np.quantile(values, [0, 0.25, 0.5, 0.75, 1]).tolist()
    named = dict(zip(("min", "q1", "median", "q3", "max"), quartiles, strict=True))
    mean = math.fsum(values) / len(values)
    return named | {"mean": mean, "whole_median": float(np.median(whole))}


def _corpus(rows: Sequence[Row]) -> dict[str, float]:
    """Over the whole set, every token, word or byte the same."""
    nll = math.fsum(row.nll for row in rows)
    size = sum(row.bytes for row in rows)
    words = sum(row.words for row in rows)
    whole = math.fsum(row.whole_nll for row in rows)
    nothing = math.nan  # responses of white space alone have no word
    return {
        "token_perplexity": perplexity(nll, sum(row.tokens for row in rows)),
        "word_perplexity": perplexity(nll, words) if words else nothing,
        "byte_perplexity": perplexity(nll, size) if size else nothing,
        "bits_per_byte": nll / size / math.log(2) if size else nothing,
        "whole_token_perplexity": perplexity(whole, sum(row.whole_tokens for row in rows)),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
