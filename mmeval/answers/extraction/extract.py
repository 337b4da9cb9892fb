"""Finds the answer in what a model wrote, by named rules, the surest first.

An explicit statement (a box, an answer field, `The answer is`, `####`) wins over the
rest; of several the last wins, because models correct themselves. Without one: the text
itself if it is nothing but an answer, then bold text, formulas, numbers and choice letters
near its end, then a program's output. Each rule returns its span in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from mmeval.answers.checker import Extraction
from mmeval.answers.extraction.choices import letter_of
from mmeval.answers.extraction.fallbacks import (
    bold,
    choice_letter,
    choice_statement,
    last_formula_or_number,
    whole_text,
)
from mmeval.answers.extraction.programs import printed_answer
from mmeval.answers.extraction.regions import (
    WINDOW,
    Printed,
    after_thought,
    first_turn,
    outside_code,
)
from mmeval.answers.extraction.spans import (
    NUMBER,
    Found,
    Span,
    boxes,
    last_boxes,
    sentence_end,
    trimmed,
)
from mmeval.answers.extraction.spoken import in_signs
from mmeval.answers.extraction.statements import is_answer, parses, stated
from mmeval.answers.extraction.triggers import triggers
from mmeval.answers.grammar.written_numbers import SMALL_INTEGER, plain_number

ANSWERED = re.compile(r"\\boxed|####\s*\S|[Aa]nswer\**\s*(?:is|:|are)|\"answer\"|\\fbox|</answer>")
_HASHES = re.compile(r"####\s*")
_FIELD = re.compile(r"[\"'](?:final_?|correct_?)?[aA]nswer[\"']\s*:\s*")
_BEFORE_NAME = len('"correct_a')
"""Characters of a field before the `nswer` of its name, at most."""
_LATEX_ESCAPE = re.compile(
    r"\\(?:[^\"\\/bfnrtu]|(?:frac|fbox|forall|boxed|begin|binom|bar|beta|big|backslash|neq?|nu|notin"
    r"|right|rangle|rho|rfloor|rceil|times|text|theta|tan|tau|to|tfrac|triangle|top|u(?![0-9a-fA-F]{4}))"
    r"(?![a-z]{3}))"
)
_SOMETHING = re.compile(r"[^\W_]|∅|∞|π")


def extract(text: str) -> Extraction | None:
    """The answer, its span, the rule that found it, and what was passed over.

    None when the text holds nothing that could be one. Never raises; linear in the last
    60,000 characters.
    """
    shift = max(0, len(text) - WINDOW)
    window = text[shift:]
    whole = window
    if "\x08" in window or "\x0c" in window:  # a string literal ate the backslashes
        window = window.replace("\x08oxed", "\\boxed").replace("\x0crac", "\\frac")
    plain, printed = outside_code(window)
    start = after_thought(plain)
    end = first_turn(plain, start, ANSWERED)
    if printed is not None and printed.start < start:
        printed = None  # of a thought
    candidates = _candidates(plain, start, end, printed)
    if not candidates:
        return None
    best = _right_side(plain, candidates[0][1])
    others = tuple(dict.fromkeys(e.value for _, e in candidates[1:] if e.value != best.value))
    span = best.span
    if span is not None:
        literal = plain is text or plain[span[0] : span[1]] == whole[span[0] : span[1]]
        span = (span[0] + shift, span[1] + shift) if literal and whole is window else None
    if not others and not best.alternatives and span == best.span:
        return best
    return Extraction(value=best.value, span=span, rule=best.rule, alternatives=others)


def _candidates(plain: str, start: int, end: int, printed: Printed | None) -> list[Found]:  # noqa: PLR0911 - one return a case
    """What may be the answer, the best first."""
    explicit = _explicit(plain, start, end)
    if len(explicit) > 1:
        explicit.sort(key=lambda each: -each[0])
    if printed is None:
        return explicit or _without_statement(plain, start, end)
    behind = [each for each in explicit if each[0] >= printed.end]
    if behind:
        return explicit
    output = printed_answer(printed)
    rest = trimmed(plain, printed.end, end)
    if output is None:  # an error message, or a table
        if explicit or rest[0] >= rest[1]:
            return explicit
        return _unannounced(plain, printed.end, end)
    here = (printed.start, output)
    if rest[0] >= rest[1] or output.rule.endswith("boxed"):
        return [here, *explicit]
    if explicit:
        return [*explicit, here]
    restated = _restated(plain, printed.end, end, output.value)
    if restated:
        return restated
    said = _unannounced(plain, printed.end, end)
    return [*said, here]


def _without_statement(plain: str, start: int, end: int) -> list[Found]:
    if _left_blank(plain, start, end):
        return []
    found = _denied(plain, start, end)
    if found is None:
        return _unannounced(plain, start, end)
    behind, guess = found
    return _unannounced(plain, behind, end) or guess


def _denied(text: str, start: int, end: int) -> tuple[int, list[Found]] | None:
    """Where the sentence ends that says what the answer is not, or what might be thought; with
    the guess in the latter case."""
    for each in triggers(text, start, end):
        if not each.guessed and not re.match(r"\s*not\b", text[each.end : each.end + 12]):
            continue
        stop = sentence_end(text, each.end, end)
        span = stated(text, each.end, end, each.sure) if each.guessed else None
        guess: list[Found] = []
        if span is not None:
            value = text[span[0] : span[1]]
            guess = [(each.start, Extraction(value=value, span=span, rule="answer is"))]
        return stop, guess
    return None


def _restated(text: str, start: int, end: int, output: str) -> list[Found]:
    """The number of the final statement that the program printed."""
    printed = plain_number(output.replace(",", ""))
    if printed is None:
        return []
    restated = []
    for each in NUMBER.finditer(text, max(start, end - 600), end):
        value = each.group().strip()
        if plain_number(value.strip("$ ").replace(",", "")) == printed:
            rule = "program output, restated"
            restated = [(each.start(), Extraction(value=value, span=each.span(), rule=rule))]
    return restated


def _left_blank(text: str, start: int, end: int) -> bool:
    """Whether there is an empty answer field: then nothing is guessed."""
    return (
        '"answer"' in text
        and re.search(r"\"answer\"\s*:\s*(?:\"[\s_]*\"|null|[,}])", text[start:end]) is not None
    )


def _explicit(text: str, start: int, end: int) -> list[Found]:
    # one plain search of a long text spares a rule its own
    rules = EXPLICIT if "nswer" in text else EXPLICIT[1:]
    statements = [rule(text, start, end) for rule in rules]
    kept = [each for each in statements if each is not None and _SOMETHING.search(each[1].value)]
    box = None
    if len(kept) > 1:
        box = next((each for each in kept if each[1].rule.startswith("boxed")), None)
    if box is not None:
        # `The answer is $\boxed{5}$`: the trigger only announces the box; inside it says less
        held = box[1].span or (box[0], box[0])
        kept = [
            each
            for each in kept
            if each is box
            or (
                not (each[1].span and _covers(each[1].span, box[0]))
                and not _covers((box[0], max(held[1], box[0])), each[0])
            )
        ]
    return [(at, _settled(each)) for at, each in kept]


def _unannounced(text: str, start: int, end: int) -> list[Found]:
    """What the fallbacks find; a choice letter is only looked for when nothing else is, and a
    choice that is named as right settles it."""
    candidates: list[Found] = []
    for rule in FALLBACKS:
        if candidates and (rule is choice_letter or candidates[0][1].rule.startswith("choice")):
            break
        each = rule(text, start, end)
        if each is not None and _SOMETHING.search(each[1].value):
            candidates.append((each[0], _settled(each[1])))
    return candidates


_OR = re.compile(r"(?<!\s)\s*(?:或者|或|または|또는|や)\s*|(?<!\s)\s+(?:или|oder|ou|veya|atau)\s+")
_AND = re.compile(
    r"(?<!\s)\s*(?:(?:以及|そして)\s+|[和与及、と와과]\s*)"
    r"|(?<!\s)\s+(?:и|und|y|e|et|ve|dan)\s+"
)


def _english(value: str) -> str | None:
    """A list in another language with `and` and `or` between its items, if it parses then."""
    if value.isascii() and not (" " in value and _LATIN.search(value)):
        return None
    written = _AND.sub(" and ", _OR.sub(" or ", value))
    return written if written != value and parses(written) else None


_LATIN = re.compile(r"\d\s(?:y|e|et|und|oder|ou|o|ve|veya|dan|atau)\s[-\da-z]")
_LABEL = re.compile(
    r"\s*\\(?:text|textbf|textrm|mathrm|mbox|textit)\s*\{\s*(?:[^{}]{0,60}?[a-zA-Z][^{}]{0,20}?(?:[:：=]|\bis|\bare|\bequals)"
    r"|about|approximately|approx\.?|roughly|around|exactly)\s*\}\s*[:=]?\s*(?=[^\s}])"
)
_SAID = re.compile(
    r"(?:(?:the|our|so|thus)\s+)*(?:(?:final|correct)\s+)?(?:answer|ans)\s*(?:is\b|[:=])\s*[:=]?\s*(?=\S)|(?:about|approximately|approx\.?|roughly|exactly|either|both)\s+(?=[-$\\\d.])",
    re.I,
)
_TEXT = re.compile(r"\\(?:text|textbf|textrm|mathrm|mbox|textit)\s*\{([^{}]*)\}\s*\Z")


def _settled(answer: Extraction) -> Extraction:  # noqa: PLR0911 - one return a rule
    """The answer without what announces it in the same box, a choice as its letter, arithmetic
    in words as notation."""
    value = answer.value
    if SMALL_INTEGER.match(value) or plain_number(value) is not None:
        return answer
    start = 0
    text = _TEXT.match(value) if value[0] == "\\" else None
    if text is not None and (said := _SAID.match(text[1].lstrip())):
        inner = text[1].lstrip()[said.end() :].strip()
        return _settled(Extraction(value=inner, span=None, rule=answer.rule)) if inner else answer
    letter = letter_of(value, answer.rule.startswith("answer"))
    if letter is None:
        label = _LABEL.match(value) if "\\" in value else None
        label = label or _SAID.match(value)
        start = label.end() if label is not None else 0
        letter = letter_of(value[start:]) if start else None
    if letter is not None:
        at = value.find(letter, start)
        span = answer.span and (answer.span[0] + at, answer.span[0] + at + 1)
        return Extraction(
            value=letter, span=span, rule=f"{answer.rule}, choice", alternatives=(value,)
        )
    if start:
        span = answer.span and (answer.span[0] + start, answer.span[1])
        return Extraction(value=value[start:], span=span, rule=answer.rule)
    english = _english(value)
    if english is not None:
        return Extraction(value=english, span=None, rule=answer.rule, alternatives=(value,))
    signs = in_signs(value)
    if signs is not None and (_WORDY.search(value) or not parses(value)) and parses(signs):
        rule = f"{answer.rule}, in words"
        return Extraction(value=signs, span=None, rule=rule, alternatives=(value,))
    return answer


_WORDY = re.compile(
    r"\d\s+(?:and\s+(?:a|one|two|three)|[a-z]{3,}\s+than|out\s+of|times|plus|minus|over|to|squared|cubed)\b|base\s?\d"
)


def _covers(span: Span, position: int) -> bool:
    return span[0] <= position < span[1]


_APPROXIMATE = re.compile(r"\s*(?:\\approx|≈|\\sim|\\simeq|~|(?:\\text\s*\{\s*)?(?:about|approx))")
_NUMERICALLY = re.compile(
    r"(?:\\approx|≈|numerically|approximately|about|roughly|or)[\s,:$\\(\[]*\Z", re.I
)
_DENIED = re.compile(r"\b(?:not|n't|rather than|instead of)[\s,:*$\\(\[]*\Z", re.I)
_OPENERS = " \n\t\r,:*$\\(["
_ENDS_DENIAL = frozenset("tTnNfF")
"""What the words of a denial end with: most boxes are told apart by that."""
_DECIMALS = re.compile(r"\s*-?\d+\.\d{3,}")
_HOLLOW = re.compile(r"\{\s*\}")
_COMMAND = re.compile(r"\\[a-zA-Z]+\s*")
_EMPTY = re.compile(r"(?:\\(?:[a-zA-Z]+|\W|_|\Z)|[^\w\\]|_)*\Z")  # a sign in one way only


def boxed(text: str, start: int, end: int) -> Found | None:
    """The last `\\boxed{}` or `\\fbox{}`; boxes joined as a list are one answer.

    One that is empty, denied (`not \\boxed{3}`) or only the decimals of the exact one before it
    is passed over.
    """
    group = last_boxes(text, start, end)
    if not group:
        return None
    tries = 4
    while tries and group and not _counts(text, group, start):
        tries -= 1
        before = last_boxes(text, start, group[-1][0][0])
        if not before:
            return None
        if not any(_counts(text, [each], start) for each in before) and _EMPTY.match(
            text[slice(*group[-1][1])]
        ):
            return _last_that_counts(text, start, group[-1][0][0])
        group = before
    found = {text[a:b].strip(): (whole, (a, b)) for whole, (a, b) in group}
    if len(group) > 1:
        found = {
            value: each for value, each in found.items() if not _EMPTY.match(value) or value == "?"
        }
    if not any(found):
        return None
    if len(found) > 1:
        several = Extraction(value=", ".join(found), span=None, rule="boxed, several")
        return group[-1][0][0], several
    [(value, (whole, content))] = found.items()
    closed = text[whole[1] - 1 : whole[1]] == "}" and whole[1] == content[1] + 1
    rule = "boxed" if closed else "boxed, unclosed"
    return whole[0], Extraction(value=value, span=content, rule=rule)


def _last_that_counts(text: str, start: int, end: int) -> Found | None:
    for whole, content in reversed(boxes(text, max(start, end - 2000), end)):
        if _counts(text, [(whole, content)], start):
            value = text[slice(*content)].strip()
            return whole[0], Extraction(value=value, span=content, rule="boxed")
    return None


def _counts(text: str, group: list[tuple[Span, Span]], start: int) -> bool:  # noqa: PLR0911 - one a rule
    """Whether the last of some boxes is an answer of its own."""
    (begin, _), (a, b) = group[-1]
    value, before = text[a:b], text[max(start, begin - 30) : begin]
    if before.rstrip(_OPENERS)[-1:] in _ENDS_DENIAL and _DENIED.search(before):
        return False
    if len(group) > 1:
        return True
    if SMALL_INTEGER.match(value):
        return True
    if (
        _EMPTY.match(value)
        and not re.search(r"\\(?:emptyset|varnothing|infty|pi|circ|checkmark|[a-zA-Z]+\{)", value)
        and "∅" not in value
    ):
        return False
    if "}" in value and _HOLLOW.search(value) and _EMPTY.match(_COMMAND.sub("", value)):
        return False
    if _APPROXIMATE.match(value) or (_DECIMALS.match(value) and _NUMERICALLY.search(before)):
        return text.rfind("\\boxed", start, begin) < 0 or "approx" not in before + value + "≈"
    return True


_TAGS = (
    ("<answer>", "</answer>"),
    ("<ans>", "</ans>"),
    ("<final_answer>", "</final_answer>"),
    ("<|begin_of_box|>", "<|end_of_box|>"),
)


def answer_tag(text: str, start: int, end: int) -> Found | None:
    """What the last `<answer>...</answer>` holds, or the box of GLM."""
    if "<" not in text:
        return None
    at, tag, closing = max((text.rfind(tag, start, end), tag, closing) for tag, closing in _TAGS)
    if at < 0:
        return None
    begin = at + len(tag)
    stop = text.find(closing, begin, end)
    span = trimmed(text, begin, end if stop < 0 else stop)
    if span[0] >= span[1]:
        return None
    for rule in (boxed, hashes, answer_is):
        found = rule(text, *span)
        if found is not None and _SOMETHING.search(found[1].value):
            return found
    value = text[slice(*span)]
    if (len(value) > 200 and not is_answer(value)) or ("\n" in value and not parses(value)):
        inner = stated(text, *span, True) or span
        value, span = text[slice(*inner)], inner
    return at, Extraction(value=value, span=span, rule="answer tag")


def answer_field(text: str, start: int, end: int) -> Found | None:
    """The last `"answer": ...` of a JSON object, well-formed or not."""
    last = _last_field(text, start, end)
    if last is None:
        return None
    at = last.end()
    if text[at : at + 1] == '"':
        return _json_string(text, at, end)
    try:
        value, stop = json.JSONDecoder().raw_decode(text[:end], at)
    except (ValueError, RecursionError):
        stop = min(s for s in (text.find(c, at, end) % (end + 1) for c in ",}\n") if s >= 0)
        value = None
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
        if isinstance(value, str | int | float) and str(value).strip():
            return last.start(), Extraction(value=str(value), span=None, rule="answer field")
    if isinstance(value, list) and value:
        joined = ", ".join(str(each) for each in value)
        return last.start(), Extraction(value=joined, span=None, rule="answer field")
    span = trimmed(text, at, stop)
    if span[0] >= span[1] or text[span[0] : span[1]] == "null":
        return None
    value = text[span[0] : span[1]]
    return last.start(), Extraction(value=value, span=span, rule="answer field")


def _last_field(text: str, start: int, end: int) -> re.Match[str] | None:
    """The last answer field; the last name of one is tried before all of the text is read."""
    quotes = [quote for quote in "\"'" if quote in text]
    name = max((text.rfind(f"nswer{quote}", start, end) for quote in quotes), default=-1)
    if name < 0:
        return None
    for begin in (max(start, name - _BEFORE_NAME), start):
        fields = list(_FIELD.finditer(text, begin, end))
        if fields:
            return fields[-1]
    return None


def _json_string(text: str, at: int, end: int) -> Found | None:
    stop = at + 1
    while stop < end and text[stop] != '"':
        stop += 2 if text[stop] == "\\" else 1
    stop = min(stop, end)
    raw = text[at + 1 : stop]
    span: Span | None = (at + 1, stop)
    value = raw
    if "\\" in raw and not _LATEX_ESCAPE.search(raw.replace("\\\\", "##")):
        try:
            value, span = json.loads(f'"{raw}"'), None
        except ValueError:  # models write LaTeX into JSON unescaped
            value = raw
    if not value.strip():
        return None
    return at, Extraction(value=value.strip(), span=span, rule="answer field")


def answer_is(text: str, start: int, end: int) -> Found | None:
    """What follows the last `answer is`, `Answer:` or similar, in any of several languages."""
    for each, _ in zip(triggers(text, start, end), range(8), strict=False):
        if each.guessed:
            continue
        span = stated(text, each.end, end, each.sure)
        if span is not None:
            value = text[span[0] : span[1]]
            return each.start, Extraction(value=value, span=span, rule="answer is")
    return None


def hashes(text: str, start: int, end: int) -> Found | None:
    """What follows the last `####`, as GSM8K writes it."""
    at = text.rfind("####", start, end) if "#" in text else -1  # of one sign the search is quick
    if at < 0:
        return None
    match = _HASHES.match(text, at, end)
    assert match is not None
    span = stated(text, match.end(), end, True)
    if span is None:
        return None
    if not re.search(r"[\d\\]", text[span[0] : span[1]]) and text[span[1] : end].strip(" .\n"):
        return None  # a heading of fourth level
    return at, Extraction(value=text[span[0] : span[1]], span=span, rule="hashes")


def _right_side(text: str, answer: Extraction) -> Extraction:
    """The right side of an equation that the grammar does not read as an answer."""
    if answer.value.count("=") == 0 or plain_number(answer.value) is not None:
        return answer
    if len(answer.value) > 1000 or parses(answer.value):
        return answer
    head, _, tail = answer.value.rpartition("=")
    right = tail.strip()
    if not right or head.count("{") > head.count("}") or not parses(right):
        return answer
    span = None
    if answer.span is not None and text[answer.span[0] : answer.span[1]] == answer.value:
        at = answer.span[0] + len(answer.value) - len(tail.lstrip())
        span = (at, at + len(right))
    return Extraction(
        value=right, span=span, rule=f"{answer.rule}, right side", alternatives=(answer.value,)
    )


Rule = Callable[[str, int, int], Found | None]
EXPLICIT: tuple[Rule, ...] = (answer_field, boxed, answer_tag, answer_is, hashes)
FALLBACKS: tuple[Rule, ...] = (
    choice_statement,
    whole_text,
    bold,
    last_formula_or_number,
    choice_letter,
)
