"""Word problems as templates: reads and checks a TOML file of texts and formulas.

    [names]                       # who appears; pronouns follow the name
    she = ["Ada"]
    he = ["Ben"]

    [[template]]
    id = "muffin-trays"
    small = true                  # there are problems enough with small numbers
    story = "{name} bakes {trays} trays of {cake}, with {each} on each tray."
    ask = "How many {cake} does {he} bake?"
    numbers = { trays = [3, 9], each = [6, 24, 2] }            # from, to, in steps of
    words = { cake = ["muffin|muffins", "scone|scones"] }     # {cake}, {cake.one}
    require = ["each > trays"]                                # beside the rules below
    steps = [["total = trays * each", "{name} bakes {=} {cake}.", "That is {=} {cake}."]]
    paraphrases = [{ story = "On {trays} trays ...", ask = "..." }]      # the same question
    answered = "{name} bakes {=} {cake}."           # ask and its answer as one statement

`{=}` is the step's equation with its numbers, `6 * 12 = 72`. `{name2}` is another
person with `{he2}`, `{cake2}` another word of the list. A step is its formula, then its
sentence; further strings are further wordings of it. In `answered` it is the answer, and
with the story it states every number once, as each paraphrase does. Texts hold no digits of
their own, and further wordings name no people or things that the first ones do not.
`mmeval/problems/word_problems/fill.py` says what holds of every draw.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmeval.errors import DataError, MissingData
from mmeval.problems.word_problems import formulas
from mmeval.problems.word_problems.formulas import Expr

Text = tuple[str, ...]
"""Literal, key, literal, key, ..., literal."""

PRONOUNS: dict[str, dict[str, str]] = {
    "he": {"he": "he", "she": "she"},
    "his": {"he": "his", "she": "her"},
    "him": {"he": "him", "she": "her"},
    "himself": {"he": "himself", "she": "herself"},
}
"""Placeholder -> list of names -> word. `{He}` and the like begin a sentence."""
SMALL_NUMBERS = range(2, 13)
"""The numbers of a question that a model of some 100 million parameters can calculate with."""
SMALL_MOST = 40
"""The largest value of a step in such a problem."""
_KEYS = (
    *("id", "story", "ask", "numbers", "words", "require", "steps"),
    *("paraphrases", "answered", "small"),
)
_COMPARISON = re.compile(r"(.+?)(>=|<=|!=|>|<)(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a worked solution."""

    name: str
    """What later steps call its value."""
    formula: Expr
    says: tuple[Text, ...]
    """Wordings of its sentence, at least one; the first is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """People or words that are drawn from one list, all different."""

    base: str
    """`name`, or the list's own name; the second drawn is `base2`."""
    entries: tuple[tuple[str, str], ...]
    """(`he` or `she`, name) of people, (plural, singular) of words."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One way to put a problem; `story`, a space and `ask` are its question."""

    story: Text
    ask: Text

    @property
    def question(self) -> Text:
        """Story and ask as one text."""
        return joined(self.story, self.ask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One kind of problem."""

    id: str
    wordings: tuple[Wording, ...]
    """The question as it stands in the benchmark, then its paraphrases."""
    answered: Text | None
    """What is asked and the answer, `{=}`, as a statement: with the story it is the
    self-verification twin. None where the file has none."""
    numbers: Mapping[str, range]
    small: bool
    """Whether it gives problems enough with small numbers: see `with_small_numbers`."""
    steps: tuple[Step, ...]
    """In their order; the value of the last one is the answer."""
    require: tuple[tuple[str, Expr, Expr], ...]
    """(comparison, left, right), all to hold of a draw."""
    roles: tuple[Role, ...]

    @property
    def question(self) -> Text:
        """The question as it stands in the benchmark."""
        return self.wordings[0].question

    @property
    def story(self) -> Text:
        """The question without the sentence that asks."""
        return self.wordings[0].story


@lru_cache(maxsize=16)
def load(path: Path) -> tuple[Template, ...]:
    """The templates of a TOML file, every one checked.

    Raises MissingData without the file, and DataError, naming file and template, on the
    first thing that is not as the head of this module says.
    """
    try:
        file = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingData(f"no template file at {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not TOML ({error})") from None
    people = tuple((k, name) for k in ("he", "she") for name in file.get("names", {}).get(k, ()))
    templates: dict[str, Template] = {}
    for number, entry in enumerate(file.get("template", ()), 1):
        where = f"{path}, template {entry.get('id', f'number {number}')!r}"
        try:
            template = _template(entry, people)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            reason = f"the key {error} is missing" if isinstance(error, KeyError) else error
            raise DataError(f"{where}: {reason}") from None
        if template.id in templates:
            raise DataError(f"{where}: another template has this id")
        templates[template.id] = template
    if not templates:
        raise DataError(f"{path}: no [[template]] in it")
    return tuple(templates.values())


def with_small_numbers(templates: Sequence[Template]) -> tuple[Template, ...]:
    """Those that make sense with small numbers, limited to them: SMALL_NUMBERS in the
    question, and no step above SMALL_MOST. What a template requires of its numbers stays."""
    return tuple(
        replace(
            template,
            numbers=dict.fromkeys(template.numbers, SMALL_NUMBERS),
            require=(*template.require, *(("<=", s.name, SMALL_MOST) for s in template.steps)),
        )
        for template in templates
        if template.small
    )


def text(source: str) -> Text:
    """A text with its `{placeholders}` cut out. ValueError on digits or a stray brace."""
    pieces = tuple(re.split(r"\{([^{}]*)\}", source))
    for literal in pieces[::2]:
        if re.search(r"[0-9{}]|[^ -~]", literal):
            raise ValueError(f"text {literal!r} may hold no digits, lone braces or non-ASCII")
    return pieces


def joined(one: Text, other: Text) -> Text:
    """Two texts with a space between them."""
    return (*one[:-1], f"{one[-1]} {other[0]}", *other[1:])


def write(pieces: Text, texts: Mapping[str, str]) -> str:
    """The text with its placeholders replaced. KeyError on one that is not given."""
    return "".join(texts[each] if i % 2 else each for i, each in enumerate(pieces))


def _template(entry: Mapping[str, Any], people: tuple[tuple[str, str], ...]) -> Template:
    if unknown := sorted(set(entry) - set(_KEYS)):
        raise ValueError(f"unknown keys {', '.join(unknown)}; available: {', '.join(_KEYS)}")
    lists = {k: tuple(_forms(each) for each in v) for k, v in entry.get("words", {}).items()}
    template = Template(
        id=entry["id"],
        wordings=tuple(map(_wording, [entry, *entry.get("paraphrases", ())])),
        answered=text(entry["answered"]) if "answered" in entry else None,
        numbers={k: range(v[0], v[1] + 1, *v[2:]) for k, v in entry["numbers"].items()},
        small=entry.get("small", False),
        steps=tuple(_step(*each) for each in entry["steps"]),
        require=tuple(_requirement(each) for each in entry.get("require", ())),
        roles=(),
    )
    if not isinstance(template.small, bool):
        raise ValueError(f"small must be true or false, not {template.small!r}")
    _check(template)
    return replace(template, roles=_roles(template, {"name": people, **lists}))


def _wording(entry: Mapping[str, Any]) -> Wording:
    return Wording(story=text(entry["story"]), ask=text(entry["ask"]))


def _step(line: str, *says: str) -> Step:
    name, sign, formula = line.partition("=")
    if not sign or not says or any(say.count("{=}") != 1 for say in says):
        raise ValueError(f"step {line!r} must be 'name = formula' and a sentence with one {{=}}")
    return Step(
        name=name.strip(), formula=formulas.parse(formula), says=tuple(text(say) for say in says)
    )


def _forms(entry: str) -> tuple[str, str]:
    many, bar, one = entry.partition("|")[::-1]
    return (many, one) if bar else (entry, entry)


def _requirement(line: str) -> tuple[str, Expr, Expr]:
    match = _COMPARISON.fullmatch(line)
    if match is None:
        raise ValueError(f"requirement {line!r} must compare two formulas by < <= > >= or !=")
    return match[2], formulas.parse(match[1]), formulas.parse(match[3])


def _check(template: Template) -> None:
    known, used = set(template.numbers), set[str]()
    for step in template.steps:
        needed = formulas.names(step.formula)
        if needed - known or step.name in known or not step.name.isidentifier():
            raise ValueError(f"step {step.name!r} needs a new name and known values: {needed}")
        known.add(step.name)
        used |= needed
    idle = known - used - {template.steps[-1].name}
    if idle:
        raise ValueError(f"never used in a step: {', '.join(sorted(idle))}")
    for sign, left, right in template.require:
        if free := (formulas.names(left) | formulas.names(right)) - known:
            raise ValueError(f"a requirement ({sign}) names the unknown {', '.join(sorted(free))}")
    for name, values in template.numbers.items():
        if values.start < 2 or not values:
            raise ValueError(f"number {name!r} must be at least 2, and its range not empty")
    _check_questions(template)


def _check_questions(template: Template) -> None:
    """Every way to put the question gives each number once, and no value of a step."""
    texts = {
        "question" if i == 0 else f"paraphrase {i}": wording.question
        for i, wording in enumerate(template.wordings)
    }
    if template.answered is not None:
        if template.answered[1::2].count("=") != 1:
            raise ValueError("'answered' must state the answer, {=}, once")
        texts["answered"] = joined(template.story, template.answered)
    for where, pieces in texts.items():
        keys = pieces[1::2]
        for name in template.numbers:
            if (times := keys.count(name)) != 1:
                raise ValueError(f"{where}: number {name!r} must appear once, not {times} times")
        if results := {step.name for step in template.steps} & set(keys):
            listed = ", ".join(sorted(results))
            raise ValueError(f"{where}: gives away what is to be worked out: {listed}")
    if any("=" in each.question[1::2] for each in template.wordings):
        raise ValueError("a question may not hold {=}")


def _roles(
    template: Template, lists: Mapping[str, tuple[tuple[str, str], ...]]
) -> tuple[Role, ...]:
    """Who and what is drawn. Only the first wordings say so: a paraphrase that needed one
    person more would change every draw of the benchmark."""
    first = [template.question, *(step.says[0] for step in template.steps)]
    counts = _counts(template, first)
    for base_name, count in counts.items():
        if base_name not in lists:
            raise ValueError(f"unknown placeholder {{{base_name}}}")
        if count > len(lists[base_name]):
            raise ValueError(f"the list {base_name!r} needs {count} entries at least")
    further = [wording.question for wording in template.wordings[1:]]
    further += [say for step in template.steps for say in step.says[1:]]
    further += [template.answered] if template.answered else []
    for name, count in _counts(template, further).items():
        if count > counts.get(name, 0):
            raise ValueError(f"a further wording names {name!r} {count}, which the first do not")
    # sorted, because a set's order differs from process to process
    return tuple(Role(base=b, entries=lists[b], count=n) for b, n in sorted(counts.items()))


def _counts(template: Template, texts: Sequence[Text]) -> dict[str, int]:
    """The lists that texts draw from, and how many of each."""
    counts: dict[str, int] = {}
    for key in {key for each in texts for key in each[1::2]}:
        base = role_of(template, key)
        if base is not None:
            counts[base[0]] = max(counts.get(base[0], 1), base[1])
    return counts


def role_of(template: Template, key: str) -> tuple[str, int] | None:
    """(list, which of its draws) of a placeholder; None for numbers, values and `{=}`."""
    if key == "=" or key in template.numbers or any(key == s.name for s in template.steps):
        return None
    match = re.fullmatch(r"([A-Za-z_]+)([2-9]?)(\.one)?", key)
    if match is None:
        raise ValueError(f"unknown placeholder {{{key}}}")
    word = "name" if match[1].lower() in PRONOUNS else match[1]
    return word, int(match[2] or 1)
