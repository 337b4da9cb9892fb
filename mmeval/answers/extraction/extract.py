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
from mmeval.answers.extraction.fallbacks import (
    bold,
    choice_letter,
    last_formula_or_number,
    whole_text,
)
from mmeval.answers.extraction.regions import WINDOW, after_thought, first_turn, outside_code
from mmeval.answers.extraction.spans import NUMBER, Found, Span, last_boxes, trimmed
from mmeval.answers.extraction.statements import is_answer, parses, stated
from mmeval.answers.grammar.written_numbers import plain_number

ANSWERED = re.compile(r"\\boxed|####\s*\S|[Aa]nswer\**\s*(?:is|:|are)|\"answer\"|\\fbox")
# Two adjacent runs of blanks would make a failed match quadratic, so there are none.
_TRIGGER = re.compile(
    r"nswers?\b[\"'*_]*"
    r"(?:\s+(?:to|for|of)\s[^.:\n]{0,120}?|\s+choice|\s+in\s[^.:\n]{0,40}?)?"
    r"(?:\s*(?:\*+\s*)?[:=]|\s+(?:is|are|was|would be|should be|will be|equals|must be|becomes)"
    r"(?:\s+(?:therefore|thus|hence|simply|then|also|indeed|still|just|for sure|definitely"
    r"|probably|clearly|option|choice|given by|approximately|about))*\s*:?|\s*(?:\*+\s*)?\n)"
    r"[\s*_]*:?[\s*_]*",
)
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
    plain, output, is_last = outside_code(window)
    start = after_thought(plain)
    end = first_turn(plain, start, ANSWERED)
    candidates = _explicit(plain, start, end)
    if output is not None and (is_last or not candidates) and not is_answer(output):
        output = None  # an error message, or a table; one that is not wanted is not parsed
    if output is not None and is_last:
        candidates.append((end, Extraction(value=output, span=None, rule="program output")))
    if output is not None and not is_last and not candidates:
        candidates = _restated(plain, start, end, output)
    if not candidates and _left_blank(plain, start, end):
        return None
    if not candidates:
        candidates = _unannounced(plain, start, end)
    elif len(candidates) > 1:
        candidates.sort(key=lambda each: -each[0])
    if not candidates:
        return Extraction(value=output, span=None, rule="program output") if output else None
    best = _right_side(plain, candidates[0][1])
    others = tuple(dict.fromkeys(e.value for _, e in candidates[1:] if e.value != best.value))
    span = best.span
    if span is not None:
        literal = plain is text or plain[span[0] : span[1]] == window[span[0] : span[1]]
        span = (span[0] + shift, span[1] + shift) if literal else None
    if not others and not best.alternatives and span == best.span:
        return best
    return Extraction(value=best.value, span=span, rule=best.rule, alternatives=others)


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
    # one plain search of a long text spares two rules theirs
    rules = EXPLICIT if text.rfind("nswer", start, end) >= 0 else UNNAMED
    statements = [rule(text, start, end) for rule in rules]
    kept = [each for each in statements if each is not None and _SOMETHING.search(each[1].value)]
    if len(kept) < 2:
        return kept
    box = next((each for each in kept if each[1].rule.startswith("boxed")), None)
    if box is not None and box[1].span is not None:
        # `The answer is $\boxed{5}$`: the trigger only announces the box
        kept = [e for e in kept if e is box or not e[1].span or not _covers(e[1].span, box[0])]
    return kept


def _unannounced(text: str, start: int, end: int) -> list[Found]:
    """What the fallbacks find; a choice letter is only looked for when nothing else is."""
    candidates: list[Found] = []
    for rule in FALLBACKS:
        if candidates and rule is choice_letter:
            break
        each = rule(text, start, end)
        if each is not None and _SOMETHING.search(each[1].value):
            candidates.append(each)
    return candidates


def _covers(span: Span, position: int) -> bool:
    return span[0] <= position < span[1]


def boxed(text: str, start: int, end: int) -> Found | None:
    """The last `\\boxed{}` or `\\fbox{}`; boxes joined as a list are one answer."""
    group = last_boxes(text, start, end)
    boxes = {text[a:b].strip(): (whole, (a, b)) for whole, (a, b) in group}
    if len(group) > 1:
        boxes.pop("", None)
    if not any(boxes):
        return None
    if len(boxes) > 1:
        several = Extraction(value=", ".join(boxes), span=None, rule="boxed, several")
        return group[-1][0][0], several
    [(value, (whole, content))] = boxes.items()
    closed = text[whole[1] - 1 : whole[1]] == "}" and whole[1] == content[1] + 1
    rule = "boxed" if closed else "boxed, unclosed"
    return whole[0], Extraction(value=value, span=content, rule=rule)


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
    name = max(text.rfind('nswer"', start, end), text.rfind("nswer'", start, end))
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
    """What follows the last `answer is`, `Answer:` or similar."""
    position, tries = end, 8
    while tries and (position := text.rfind("nswer", start, position)) >= 0:
        tries -= 1
        match = _TRIGGER.match(text, position, end)
        if match is None or text[position - 1 : position] not in ("a", "A"):
            continue
        if text[position - 2 : position - 1] in ('"', "'") and position - 2 >= start:
            continue  # a JSON key, which `answer_field` reads
        sure = ":" in match.group() or text[max(0, position - 7) : position - 1].lower() == "final "
        span = stated(text, match.end(), end, sure)
        if span is not None:
            return position, Extraction(value=text[span[0] : span[1]], span=span, rule="answer is")
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
EXPLICIT: tuple[Rule, ...] = (answer_field, boxed, answer_is, hashes)
UNNAMED: tuple[Rule, ...] = (boxed, hashes)
"""Those of them that need no `answer` in the text."""
FALLBACKS: tuple[Rule, ...] = (whole_text, bold, last_formula_or_number, choice_letter)
