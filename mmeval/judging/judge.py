"""Generations and golds -> verdicts -> counts. Opens no model and no file.

verdicts = judge(generations, {"gsm8k/1f": "18"}, [load("checkers", "metamath-gsm8k/1")])
counts = tally_by_checker(verdicts)["metamath-gsm8k/1"]
counts.accuracy, counts.accuracy_high
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from itertools import islice

from mmeval import catalog
from mmeval.answers.checker import Checker, Comparison, Extraction
from mmeval.answers.thoughts import told
from mmeval.errors import DataError
from mmeval.records import Generation, UnfinishedThought, Verdict

CHUNK = 1024
"""Generations judged together, so that `compare_many` has something to share out."""
CACHE = 65_536
"""Distinct (extracted, gold) pairs a checker's answers are kept for."""

UNFINISHED = "thought unfinished"
"""The note of every verdict on an answer that is still a thought."""

NO_VERDICTS = "there are no verdicts to count: was the file or the run folder empty?"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many generations had which outcome; the five add up to n."""

    n: int
    """At least 1."""
    right: int
    wrong: int
    no_answer: int
    undecided: int
    failed: int

    def __post_init__(self) -> None:
        parts = (self.right, self.wrong, self.no_answer, self.undecided, self.failed)
        if self.n < 1 or min(parts) < 0 or sum(parts) != self.n:
            raise ValueError(f"the five outcomes must add up to n >= 1, got {self}")

    @property
    def accuracy(self) -> float:
        """right/n, in [0, 1]: what is undecided counts as not right."""
        return self.right / self.n

    @property
    def accuracy_high(self) -> float:
        """(right + undecided + failed)/n, in [0, 1]: what it could be at most."""
        return (self.right + self.undecided + self.failed) / self.n

    def to_row(self) -> dict[str, int | float]:
        """The counts and the two accuracies as a JSON object."""
        counts = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**counts, "accuracy": self.accuracy, "accuracy_high": self.accuracy_high}


def judge(
    generations: Iterable[Generation],
    golds: Mapping[str, str],
    checkers: Sequence[Checker],
    unfinished: UnfinishedThought = "no_answer",
) -> Iterator[Verdict]:
    """One verdict per generation and checker, in that order; `golds` is by problem id.

    Streams: at most 1,024 generations are held at a time. What the model thought is not read.
    A generation that is a thought alone, never finished, is `no_answer`; `unfinished` says
    whether it is read for an answer all the same. One that ended in an
    error is `failed`, and so is one that a checker raises an exception on. Raises
    DataError for a generation whose problem has no gold.
    """
    return judge_pairs(with_golds(generations, golds), checkers, unfinished)


def judge_pairs(
    pairs: Iterable[tuple[Generation, str]],
    checkers: Sequence[Checker],
    unfinished: UnfinishedThought = "no_answer",
) -> Iterator[Verdict]:
    """The same for (generation, its gold)."""
    judges = [_Judge(checker, unfinished == "read") for checker in checkers]
    rest = iter(pairs)
    while chunk := [(told(each, False), gold) for each, gold in islice(rest, CHUNK)]:
        by_checker = [each.verdicts(chunk) for each in judges]
        for verdicts in zip(*by_checker, strict=True):
            yield from verdicts


def judge_text(
    text: str, gold: str, checker: Checker | str = "mmeval/1", opened: bool = False
) -> Verdict:
    """The verdict of a checker on one text, without a file or a run: for a reward, say.

        reward = float(mmeval.judge_text(completion, "18", "mmeval/1").outcome == "right")

    `checker` is a name, a `.py` path or a loaded one; `gold` the bare answer; `opened` says that
    the prompt ended in `<think>` or the like, so that the text begins in a thought. The verdict's
    problem id is empty. Whatever the text is, nothing is raised: a checker that does gives
    `failed`. Raises UnknownName for an unknown checker.
    """
    return replace(score([text], [gold], checker, opened)[0], problem_id="")


def score(
    texts: Iterable[str],
    golds: Iterable[str],
    checker: Checker | str = "mmeval/1",
    opened: bool = False,
) -> list[Verdict]:
    """The verdicts of a checker on many texts, each against its own gold, in their order.

        verdicts = mmeval.score(completions, ["18"] * len(completions))
        rewards = [float(each.outcome == "right") for each in verdicts]

    As `judge_text`, and much quicker than that one by one: equal pairs are compared once, and
    proofs run side by side. Safe from threads, from asyncio (`await asyncio.to_thread(...)`), in
    forked and spawned processes; no signal is used. The verdicts' problem ids are the places of
    the texts, counted from 0. Raises ValueError where there are more texts than golds or fewer,
    UnknownName for an unknown checker.
    """
    rule: Checker = _named(checker) if isinstance(checker, str) else checker
    pairs = (
        (told(Generation(problem_id=str(at), text=text, finish="stop"), opened), gold)
        for at, (text, gold) in enumerate(zip(texts, golds, strict=True))
    )
    return list(judge_pairs(pairs, [rule]))


@lru_cache(maxsize=64)
def _named(checker: str) -> Checker:
    loaded: Checker = catalog.load("checkers", checker)
    return loaded


def tally(verdicts: Iterable[Verdict]) -> Counts:
    """Counts the outcomes. Raises DataError when there are no verdicts at all."""
    return _counts(Counter(verdict.outcome for verdict in verdicts))


def tally_by_checker(verdicts: Iterable[Verdict]) -> dict[str, Counts]:
    """Checker -> its counts, in the order in which the checkers appear.

    Raises DataError when there are no verdicts at all.
    """
    tallies: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        tallies.setdefault(verdict.checker, Counter())[verdict.outcome] += 1
    if not tallies:
        raise DataError(NO_VERDICTS)
    return {name: _counts(outcomes) for name, outcomes in tallies.items()}


def _counts(outcomes: Mapping[str, int]) -> Counts:
    if not outcomes:
        raise DataError(NO_VERDICTS)
    named = {each.name: outcomes.get(each.name, 0) for each in fields(Counts) if each.name != "n"}
    return Counts(n=sum(outcomes.values()), **named)


def with_golds(
    generations: Iterable[Generation], golds: Mapping[str, str]
) -> Iterator[tuple[Generation, str]]:
    """(generation, its gold). Raises DataError for a problem that has none."""
    for generation in generations:
        gold = golds.get(generation.problem_id)
        if gold is None:
            raise DataError(
                f"no gold answer for the problem {generation.problem_id!r}: these generations "
                "are of another benchmark or split"
            )
        yield generation, gold


@dataclass(frozen=True, slots=True)
class _Read:
    """A generation as a checker read it: an answer to compare, or the failure that left none."""

    answer: Extraction | None = None
    """None where the checker found none, and where reading failed."""
    failure: Comparison | None = None


@dataclass(slots=True)
class _Judge:
    """One checker, and its comparisons of the pairs seen so far."""

    checker: Checker
    read_unfinished: bool = False
    compared: dict[Pair, Comparison] = field(default_factory=dict)

    def verdicts(self, chunk: Sequence[tuple[Generation, str]]) -> list[Verdict]:
        read = [self._read(generation) for generation, _ in chunk]
        self._compare(
            (each.answer.value, gold)
            for each, (_, gold) in zip(read, chunk, strict=True)
            if each.answer is not None
        )
        return [
            self._verdict(generation, gold, each)
            for each, (generation, gold) in zip(read, chunk, strict=True)
        ]

    def _read(self, generation: Generation) -> _Read:
        if generation.finish == "error":
            reason = generation.error or "no reason given"
            return _Read(failure=Comparison(outcome="failed", rule="generation", note=reason))
        text = generation.answer
        start: int | None = generation.answer_at
        if generation.unfinished:
            if not self.read_unfinished:
                return _Read(failure=Comparison(outcome="no_answer", rule=""))
            text = generation.thought or ""
            start = generation.thought_span[0] if generation.thought_span else None
        try:
            return _Read(answer=_moved(self.checker.extract(text), start))
        except Exception as error:  # noqa: BLE001 - a checker is third-party code
            return _Read(failure=_raised("extract", error))

    def _compare(self, pairs: Iterable[Pair]) -> None:
        """Fills `compared` for these pairs; each new pair is compared once."""
        wanted = dict.fromkeys(pairs)
        if len(self.compared) + len(wanted) > CACHE:
            self.compared.clear()
        new = [pair for pair in wanted if pair not in self.compared]
        self.compared.update(self._compared_together(new))
        for pair in new:
            if pair not in self.compared:
                self.compared[pair] = self._compared(pair)

    def _compared_together(self, pairs: list[Pair]) -> dict[Pair, Comparison]:
        """The results of `compare_many`; none where it raises or returns too few, for then each
        pair is compared alone, so that one bad pair spoils no other."""
        if self.checker.compare_many is None or not pairs:
            return {}
        try:
            answers = self.checker.compare_many(pairs)
        except Exception:  # noqa: BLE001 - reported pair by pair, see above
            return {}
        return dict(zip(pairs, answers, strict=True)) if len(answers) == len(pairs) else {}

    def _compared(self, pair: Pair) -> Comparison:
        try:
            return self.checker.compare(*pair)
        except Exception as error:  # noqa: BLE001 - a checker is third-party code
            return _raised("compare", error)

    def _verdict(self, generation: Generation, gold: str, read: _Read) -> Verdict:
        answer = read.answer
        comparison = self.compared[(answer.value, gold)] if answer else read.failure
        outcome = comparison.outcome if comparison else "no_answer"
        # an empty value with no_answer means that there was none, not that it was ""
        shown = answer if answer and (answer.value or outcome != "no_answer") else None
        notes = (_ended(generation, read), comparison.note if comparison else None)
        return Verdict(
            problem_id=generation.problem_id,
            sample=generation.sample,
            outcome=outcome,
            extracted=shown.value if shown else None,
            span=shown.span if shown else None,
            extract_rule=answer.rule if answer else None,
            compare_rule=(comparison.rule or None) if comparison else None,
            checker=self.checker.name,
            revision=self.checker.revision,
            truncated=generation.finish == "length",
            stop_cut=generation.stop_string is not None,
            note="; ".join(filter(None, notes)) or None,
        )


def _moved(answer: Extraction | None, start: int | None) -> Extraction | None:
    """The answer with its place in the text of which the one that was read begins at `start`;
    None: it is no part of it."""
    if answer is None or answer.span is None or start == 0:
        return answer
    span = None if start is None else (answer.span[0] + start, answer.span[1] + start)
    return replace(answer, span=span)


def _ended(generation: Generation, read: _Read) -> str | None:
    """What a reader must know of how a generation ended; None where nothing."""
    if generation.unfinished:
        return UNFINISHED if read.failure else f"{UNFINISHED}, and read"
    if generation.finish == "unknown" and generation.finish_reason is None:
        return "the server did not say how the answer ended"
    if generation.finish in ("filter", "unknown"):
        return f"the server ended the answer with {generation.finish_reason!r:.60}"
    return None


def _raised(step: str, error: Exception) -> Comparison:
    note = f"the checker's {step} raised {type(error).__name__}: {error}"
    return Comparison(outcome="failed", rule=step, note=note[:500])
