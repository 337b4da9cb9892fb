"""Word problems as templates: reads and checks a TOML file of texts and formulas.

    [names]                       # who appears; pronouns follow the name
    she = ["Ada"]
    he = ["Ben"]

    [[template]]
    id = "muffin-trays"
    story = "{name} bakes {trays} trays of {cake}, with {each} on each tray."
    ask = "How many {cake} does {he} bake?"
    numbers = { trays = [3, 9], each = [6, 24, 2] }            # from, to, in steps of
    words = { cake = ["muffin|muffins", "scone|scones"] }     # {cake}, {cake.one}
    require = ["each > trays"]                                # beside the rules below
    steps = [["total = trays * each", "{name} bakes {=} {cake}."]]

`{=}` is the step's equation with its numbers, `6 * 12 = 72`. `{name2}` is another
person with `{he2}`, `{cake2}` another word of the list. A step is its formula, then its
sentence; further strings are further wordings of it. Texts hold no digits of their own.
`mmeval/filling.py` says what holds of every draw.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from mmeval import algebra
from mmeval.algebra import Expr
from mmeval.errors import DataError, MissingData

Text = tuple[str, ...]
"""Literal, key, literal, key, ..., literal."""

PRONOUNS: dict[str, dict[str, str]] = {
    "he": {"he": "he", "she": "she"},
    "his": {"he": "his", "she": "her"},
    "him": {"he": "him", "she": "her"},
    "himself": {"he": "himself", "she": "herself"},
}
"""Placeholder -> list of names -> word. `{He}` and the like begin a sentence."""
SIMILAR = 0.5
"""Two templates that share this much of their word trigrams count as the same."""
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
class Template:
    """One kind of problem; `story`, a space and `ask` are its question."""

    id: str
    story: Text
    ask: Text
    """The sentence that asks; a self-verification twin replaces it."""
    numbers: Mapping[str, range]
    steps: tuple[Step, ...]
    """In their order; the value of the last one is the answer."""
    require: tuple[tuple[str, Expr, Expr], ...]
    """(comparison, left, right), all to hold of a draw."""
    roles: tuple[Role, ...]

    @property
    def question(self) -> Text:
        """Story and ask as one text."""
        return (*self.story[:-1], f"{self.story[-1]} {self.ask[0]}", *self.ask[1:])


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
    found: dict[str, Template] = {}
    for number, entry in enumerate(file.get("template", ()), 1):
        where = f"{path}, template {entry.get('id', f'number {number}')!r}"
        try:
            template = _template(entry, people)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            reason = f"the key {error} is missing" if isinstance(error, KeyError) else error
            raise DataError(f"{where}: {reason}") from None
        if template.id in found:
            raise DataError(f"{where}: another template has this id")
        found[template.id] = template
    if not found:
        raise DataError(f"{path}: no [[template]] in it")
    return tuple(found.values())


def text(source: str) -> Text:
    """A text with its `{placeholders}` cut out. ValueError on digits or a stray brace."""
    pieces = tuple(re.split(r"\{([^{}]*)\}", source))
    for literal in pieces[::2]:
        if re.search(r"[0-9{}]|[^ -~]", literal):
            raise ValueError(f"text {literal!r} may hold no digits, lone braces or non-ASCII")
    return pieces


def write(pieces: Text, texts: Mapping[str, str]) -> str:
    """The text with its placeholders replaced. KeyError on one that is not given."""
    return "".join(texts[each] if i % 2 else each for i, each in enumerate(pieces))


def shape(template: Template) -> str:
    """Its question in lower case without punctuation, all that is drawn reduced to a sign:
    numbers to `#`, people and pronouns to `@`, other words to `*`."""
    signs = {key: _sign(template, key) for key in template.question[1::2]}
    return " ".join(re.findall(r"[a-z']+|[#@*]", write(template.question, signs).lower()))


def calculation(template: Template) -> str:
    """All its steps as one formula, every number reduced to `#`."""
    texts = dict.fromkeys(template.numbers, "#")
    for step in template.steps:
        texts[step.name] = algebra.render(step.formula, texts)
    return texts[template.steps[-1].name]


def similarity(one: Template, other: Template) -> float:
    """The share of word trigrams that two shapes have in common, in [0, 1] (Jaccard)."""
    left, right = _trigrams(shape(one)), _trigrams(shape(other))
    return len(left & right) / len(left | right)


def overlap(
    some: Sequence[Template], others: Sequence[Template]
) -> Iterator[tuple[Template, Template, float]]:
    """The pairs that are the same but for what is drawn, or nearly: at least SIMILAR."""
    for one, other in product(some, others):
        likeness = similarity(one, other)
        if likeness >= SIMILAR:
            yield one, other, likeness


def describe(splits: Mapping[str, Sequence[Template]]) -> list[tuple[str, str]]:
    """(label, value) lines: how many templates of how many steps, and what the first two
    splits have in common."""
    sizes = {name: [len(t.steps) for t in templates] for name, templates in splits.items()}
    steps = "; ".join(
        f"{n}: " + ", ".join(f"{each.count(n)} {name}" for name, each in sizes.items())
        for n in sorted({n for each in sizes.values() for n in each})
    )
    (one, some), (other, others) = list(splits.items())[:2]
    shared = {b.id for _, b, _ in overlap(some, others)}
    nearest = max(similarity(a, b) for a, b in product(some, others))
    known = {calculation(t) for t in some}
    again = sum(calculation(t) in known for t in others)
    return [
        ("templates", ", ".join(f"{len(each)} {name}" for name, each in sizes.items())),
        ("by steps", steps),
        ("overlap", f"{len(shared)} of {len(others)} {other} templates are in {one}"),
        ("nearest", f"{nearest:.2f} of word trigrams shared; {SIMILAR} would count as the same"),
        ("formulas", f"{again} of {len(others)} {other} templates calculate as one of {one} does"),
    ]


def _template(entry: Mapping[str, Any], people: tuple[tuple[str, str], ...]) -> Template:
    known = ("id", "story", "ask", "numbers", "words", "require", "steps")
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; there is {', '.join(known)}")
    lists = {k: tuple(_forms(each) for each in v) for k, v in entry.get("words", {}).items()}
    template = Template(
        id=entry["id"],
        story=text(entry["story"]),
        ask=text(entry["ask"]),
        numbers={k: range(v[0], v[1] + 1, *v[2:]) for k, v in entry["numbers"].items()},
        steps=tuple(_step(*each) for each in entry["steps"]),
        require=tuple(_requirement(each) for each in entry.get("require", ())),
        roles=(),
    )
    _check(template)
    return replace(template, roles=_roles(template, {"name": people, **lists}))


def _step(line: str, *says: str) -> Step:
    name, sign, formula = line.partition("=")
    if not sign or not says or any(say.count("{=}") != 1 for say in says):
        raise ValueError(f"step {line!r} must be 'name = formula' and a sentence with one {{=}}")
    return Step(
        name=name.strip(), formula=algebra.parse(formula), says=tuple(text(say) for say in says)
    )


def _forms(entry: str) -> tuple[str, str]:
    many, bar, one = entry.partition("|")[::-1]
    return (many, one) if bar else (entry, entry)


def _requirement(line: str) -> tuple[str, Expr, Expr]:
    match = _COMPARISON.fullmatch(line)
    if match is None:
        raise ValueError(f"requirement {line!r} must compare two formulas by < <= > >= or !=")
    return match[2], algebra.parse(match[1]), algebra.parse(match[3])


def _check(template: Template) -> None:
    known, used = set(template.numbers), set[str]()
    for step in template.steps:
        needed = algebra.names(step.formula)
        if needed - known or step.name in known or not step.name.isidentifier():
            raise ValueError(f"step {step.name!r} needs a new name and known values: {needed}")
        known.add(step.name)
        used |= needed
    idle = known - used - {template.steps[-1].name}
    if idle:
        raise ValueError(f"never used in a step: {', '.join(sorted(idle))}")
    for sign, left, right in template.require:
        if free := (algebra.names(left) | algebra.names(right)) - known:
            raise ValueError(f"a requirement ({sign}) names the unknown {', '.join(sorted(free))}")
    for name, values in template.numbers.items():
        times = template.question[1::2].count(name)
        if times != 1 or values.start < 2 or not values:
            raise ValueError(
                f"number {name!r} must be at least 2 and stand once, not {times} times"
            )


def _roles(
    template: Template, lists: Mapping[str, tuple[tuple[str, str], ...]]
) -> tuple[Role, ...]:
    counts: dict[str, int] = {}
    texts = [template.question, *(say for step in template.steps for say in step.says)]
    for key in {key for each in texts for key in each[1::2]}:
        base = _base(template, key)
        if base is None:
            continue
        if base[0] not in lists:
            raise ValueError(f"unknown placeholder {{{key}}}")
        counts[base[0]] = max(counts.get(base[0], 1), base[1])
    for base_name, count in counts.items():
        if count > len(lists[base_name]):
            raise ValueError(f"the list {base_name!r} needs {count} entries at least")
    # sorted, because a set's order differs from process to process
    return tuple(Role(base=b, entries=lists[b], count=n) for b, n in sorted(counts.items()))


def _base(template: Template, key: str) -> tuple[str, int] | None:
    """(list, which of its draws) of a placeholder; None for numbers, values and `{=}`."""
    if key == "=" or key in template.numbers or any(key == s.name for s in template.steps):
        return None
    match = re.fullmatch(r"([A-Za-z_]+)([2-9]?)(\.one)?", key)
    if match is None:
        raise ValueError(f"unknown placeholder {{{key}}}")
    word = "name" if match[1].lower() in PRONOUNS else match[1]
    return word, int(match[2] or 1)


def _sign(template: Template, key: str) -> str:
    base = _base(template, key)
    return "#" if base is None else "@" if base[0] == "name" else "*"


def _trigrams(line: str) -> set[tuple[str, ...]]:
    words = line.split()
    return set(zip(words, words[1:], words[2:], strict=False))
