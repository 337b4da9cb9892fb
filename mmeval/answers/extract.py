"""Where the answer stands in what a model wrote: named rules, the surest first.

An explicit statement (a box, an answer field, `The answer is`, `####`) wins over the
rest, and among explicit ones the last wins, for models correct themselves. Without one:
the text itself when it is nothing but an answer, then bold, formulas, numbers and choice
letters of its end, then a program's output. Each rule returns its span in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from mmeval.answers.compare import plain_number
from mmeval.answers.normalise import tidy
from mmeval.answers.regions import WINDOW, after_thought, first_turn, outside_code
from mmeval.answers.spans import (
    FORMULA,
    NUMBER,
    Span,
    last_boxes,
    sentence_end,
    trimmed,
)
from mmeval.answers.structure import read
from mmeval.answers.syntax import Node, NotParsed, TooLarge
from mmeval.declare import Extraction

Found = tuple[int, Extraction]
"""(where the statement begins, the answer)."""

ANSWERED = re.compile(r"\\boxed|####\s*\S|[Aa]nswer\**\s*(?:is|:|are)|\"answer\"|\\fbox")
_TRIGGER = re.compile(
    r"nswers?\b[\"'*_]*"
    r"(?:\s+(?:to|for|of)\s[^.:\n]{0,120}?|\s+choice|\s+in\s[^.:\n]{0,40}?)?\s*"
    r"(?P<mark>\**\s*(?::|=)|\s(?:is|are|was|would be|should be|will be|equals|must be|becomes)"
    r"(?:\s+(?:therefore|thus|hence|simply|then|also|indeed|still|just|for sure|definitely"
    r"|probably|clearly|option|choice|given by|approximately|about))*\s*:?|\**\s*\n)"
    r"[\s*_]*:?[\s*_]*",
)
_HASHES = re.compile(r"####\s*")
_FIELD = re.compile(r"[\"'](?:final_?|correct_?)?[aA]nswer[\"']\s*:\s*")
_LATEX_ESCAPE = re.compile(
    r"\\(?:[^\"\\/bfnrtu]|(?:frac|fbox|forall|boxed|begin|binom|bar|beta|big|backslash|neq?|nu|notin"
    r"|right|rangle|rho|rfloor|rceil|times|text|theta|tan|tau|to|tfrac|triangle|top|u(?![0-9a-fA-F]{4}))"
    r"(?![a-z]{3}))"
)
_BECAUSE = re.compile(
    r"[\s,;]*(?:\b(?:because|since|which|where|as|so|after|for a total|in total|it|I|but|not|if"
    r"|when|with|per|at|each)\b|\(|—|;(?!\s*[-\d\\]))"
)
_LEADING = re.compile(
    r"(?:[-−+]\s?)?(?:\\?[$€£]\s?)?[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?"
    r"(?: \d+/\d+)?(?:\s?\\?%)?(?=[\s,;.!*?(]|$|[a-z€]{2})"
)
_REMARK = re.compile(r"\d\s*\([^()]*(?:=|(?<![\\a-zA-Z])[a-zA-Z]{3})|(?<!\\)\b[a-zA-Z]{2,}\s*\(")
_SERIES = re.compile(r"[\s,;]*(?:and|or|,|;)?\s*")
_BARE_WORDS = re.compile(r"[A-Za-z' ]*\Z")
_SOMETHING = re.compile(r"[^\W_]|∅|∞|π")
_HEADING = re.compile(r"\s*(?:\d+[.)]|Step|Case|Part)\s+\w")
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_CHOICE = re.compile(r"(?<![\w'’])\(?([A-J])\)?(?=[\s.,):;!]|$)")
_RULES_OUT = re.compile(r"(?:not|isn't|can't be|rule out|eliminate)\s+(?:\w+\s+)?\(?$")
_PROSE = re.compile(r"(?<![\\a-zA-Z{])[a-zA-Z]{2,}")
_EQUALS = re.compile(r"(?<![<>!\\])(?:=|\\approx|≈)\s*(?=[^=]*\Z)")


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
    if output is not None and not _is_answer(output):
        output = None  # an error message, or a table
    found = _explicit(plain, start, end)
    if output is not None and is_last:
        found.append((end, Extraction(value=output, span=None, rule="program output")))
    if output is not None and not is_last and not found:
        found = _restated(plain, start, end, output)
    if not found and _left_blank(plain, start, end):
        return None
    if not found:
        found = [each for each in (rule(plain, start, end) for rule in FALLBACKS) if each]
        found = [each for each in found if _SOMETHING.search(each[1].value)][:3]
    else:
        found.sort(key=lambda each: -each[0])
    if not found:
        return Extraction(value=output, span=None, rule="program output") if output else None
    best = _right_side(plain, found[0][1])
    others = tuple(dict.fromkeys(e.value for _, e in found[1:] if e.value != best.value))
    span = best.span
    if span is not None:
        literal = plain[span[0] : span[1]] == window[span[0] : span[1]]
        span = (span[0] + shift, span[1] + shift) if literal else None
    return Extraction(value=best.value, span=span, rule=best.rule, alternatives=others)


def _restated(text: str, start: int, end: int, output: str) -> list[Found]:
    """The number of the final statement that the program printed."""
    printed = plain_number(output.replace(",", ""))
    if printed is None:
        return []
    found = []
    for each in NUMBER.finditer(text, max(start, end - 600), end):
        value = each.group().strip()
        if plain_number(value.strip("$ ").replace(",", "")) == printed:
            rule = "program output, restated"
            found = [(each.start(), Extraction(value=value, span=each.span(), rule=rule))]
    return found


def _left_blank(text: str, start: int, end: int) -> bool:
    """Whether there is an answer field with nothing in it: then nothing is guessed."""
    return (
        '"answer"' in text
        and re.search(r"\"answer\"\s*:\s*(?:\"[\s_]*\"|null|[,}])", text[start:end]) is not None
    )


def _explicit(text: str, start: int, end: int) -> list[Found]:
    found = [rule(text, start, end) for rule in EXPLICIT]
    kept = [each for each in found if each is not None and _SOMETHING.search(each[1].value)]
    box = next((each for each in kept if each[1].rule.startswith("boxed")), None)
    if box is not None and box[1].span is not None:
        # `The answer is $\boxed{5}$`: the trigger only announces the box
        kept = [e for e in kept if e is box or not e[1].span or not _covers(e[1].span, box[0])]
    return kept


def _covers(span: Span, position: int) -> bool:
    return span[0] <= position < span[1]


def boxed(text: str, start: int, end: int) -> Found | None:
    """The last `\\boxed{}` or `\\fbox{}`; boxes joined as a list are one answer."""
    group = last_boxes(text, start, end)
    values = list(dict.fromkeys(text[a:b].strip() for _, (a, b) in group))
    values = [value for value in values if value]
    if not values:
        return None
    whole, content = group[-1]
    closed = text[whole[1] - 1 : whole[1]] == "}" and whole[1] == content[1] + 1
    rule = "boxed" if closed else "boxed, unclosed"
    if len(values) == 1:
        return whole[0], Extraction(value=values[0], span=content, rule=rule)
    return whole[0], Extraction(value=", ".join(values), span=None, rule="boxed, several")


def answer_field(text: str, start: int, end: int) -> Found | None:
    """The last `"answer": ...` of a JSON object, well-formed or not."""
    if 'nswer"' not in text and "nswer'" not in text:
        return None
    last = None
    for last in _FIELD.finditer(text, start, end):
        pass
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
    """What stands behind the last `answer is`, `Answer:` and their like."""
    position, tries = end, 8
    while tries and (position := text.rfind("nswer", start, position)) >= 0:
        tries -= 1
        match = _TRIGGER.match(text, position, end)
        if match is None or text[position - 1 : position] not in ("a", "A"):
            continue
        if text[position - 2 : position - 1] in ('"', "'") and position - 2 >= start:
            continue  # a JSON key, which `answer_field` reads
        sure = ":" in match.group() or text[max(0, position - 7) : position - 1].lower() == "final "
        found = _stated(text, match.end(), end, sure)
        if found is not None:
            return position, Extraction(
                value=text[found[0] : found[1]], span=found, rule="answer is"
            )
    return None


def hashes(text: str, start: int, end: int) -> Found | None:
    """What stands behind the last `####`, as GSM8K writes it."""
    at = text.rfind("####", start, end)
    if at < 0:
        return None
    match = _HASHES.match(text, at, end)
    assert match is not None
    found = _stated(text, match.end(), end, True)
    if found is None:
        return None
    if not re.search(r"[\d\\]", text[found[0] : found[1]]) and text[found[1] : end].strip(" .\n"):
        return None  # a heading of fourth level
    return at, Extraction(value=text[found[0] : found[1]], span=found, rule="hashes")


def _stated(text: str, start: int, end: int, sure: bool) -> Span | None:
    """The answer that a statement gives: a formula, a number with its unit, or words."""
    begin, _ = trimmed(text, start, end)
    if begin >= end:
        return None
    formula = FORMULA.match(text, begin, end)
    if formula is not None:
        return _series(text, formula, end)
    stop = sentence_end(text, begin, end)
    span = trimmed(text, begin, stop)
    if _is_answer(text[span[0] : span[1]]):
        return span
    leading = _LEADING.match(text, begin, stop)
    if leading is not None:
        rest = text[leading.end() : stop]
        if _words_follow(rest):
            return trimmed(text, begin, leading.end())
    cut = _BECAUSE.search(text, begin + 1, stop)
    if cut is not None and (leading or _short(text[begin : cut.start()])):
        bare = text[cut.start() : cut.end()].strip()
        if bare != "(" or not re.search(r"[\\^_{]", text[begin:stop]) or leading is not None:
            stop = cut.start() if not _inside(text, begin, cut.start()) else stop
    span = trimmed(text, begin, stop)
    value = text[span[0] : span[1]]
    if not value:
        return None
    words = len(_PROSE.findall(FORMULA.sub("", value)))
    if (words > 5 or (words > 2 and re.search(r"\d", value))) and not value.startswith("\\"):
        return _last_piece(text, *span)
    if not sure and not re.search(r"[\d\\$]", value) and len(value.split()) > 3:
        return None
    return span


def _is_answer(value: str) -> bool:
    """Whether a whole statement is one answer by the grammar, a remark in brackets not."""
    if plain_number(value) is not None:
        return True
    if not value or len(value) > 400 or _REMARK.search(value):
        return False
    try:
        node = read(tidy(value))
    except (NotParsed, TooLarge):
        return False
    if node.kind == "list" and any(_is_remark(each) for each in node.args):
        return False
    if node.kind == "rel" and any(
        each.kind == "sym" and " " in str(each.value) for each in node.args
    ):
        return "$" not in value  # a sentence around a relation
    if node.kind == "text":
        return len(str(node.value).split()) <= (2 if re.search(r"\d", value) else 4)
    return node.kind != "label" or len(str(node.value).split()) <= 3


def _is_remark(node: Node) -> bool:
    """`it can't be B` behind a comma."""
    words = str(node.value) if node.kind in ("text", "label") else ""
    return len(words.split()) > 1 and words[:1].islower()


def _inside(text: str, start: int, position: int) -> bool:
    """Whether braces or brackets are open at a position."""
    piece = text[start:position]
    return piece.count("{") > piece.count("}") or piece.count("(") > piece.count(")")


def _short(text: str) -> bool:
    return 0 < len(text.split()) <= 4


def _words_follow(rest: str) -> bool:
    """Whether prose goes on behind a number, so that the number is the answer."""
    body = rest.lstrip(" *!")
    if not body or body[0] in "(":
        return True
    if re.match(r"(?:and|or)\b|,\s*[-\d\\]", body):
        return False
    if body[0] == ",":
        return bool(re.match(r",\s*[a-zA-Z]", body))
    words = _PROSE.findall(body)
    return bool(re.match(r"[a-zA-Z]{2,}", body)) and (
        len(words) > 2 or bool(re.search(r"\d", body))
    )


def _series(text: str, formula: re.Match[str], end: int) -> Span:
    """A formula, and the formulas that a list joins to it."""
    stop = formula.end()
    while (gap := _SERIES.match(text, stop, end)) is not None and gap.end() > stop:
        following = FORMULA.match(text, gap.end(), end)
        if following is None:
            break
        stop = following.end()
    return formula.start(), stop


def _last_piece(text: str, start: int, end: int) -> Span | None:
    """The last formula or number of a sentence."""
    last: Span | None = None
    for each in FORMULA.finditer(text, start, end):
        last = each.span()
    for each in NUMBER.finditer(text, last[1] if last else start, end):
        last = each.span()
    return trimmed(text, *last) if last else None


def _right_side(text: str, found: Extraction) -> Extraction:
    """Of a computation in words that is no answer by the grammar, what it comes to."""
    if found.value.count("=") == 0 or plain_number(found.value) is not None:
        return found
    if len(found.value) > 1000 or _parses(found.value):
        return found
    head, _, tail = found.value.rpartition("=")
    right = tail.strip()
    if not right or head.count("{") > head.count("}") or not _parses(right):
        return found
    span = None
    if found.span is not None and text[found.span[0] : found.span[1]] == found.value:
        at = found.span[0] + len(found.value) - len(tail.lstrip())
        span = (at, at + len(right))
    return Extraction(
        value=right, span=span, rule=f"{found.rule}, right side", alternatives=(found.value,)
    )


def _parses(value: str) -> bool:
    try:
        read(tidy(value))
    except (NotParsed, TooLarge):
        return False
    return True


def whole_text(text: str, start: int, end: int) -> Found | None:
    """The text itself, when it is an answer and nothing else."""
    span = trimmed(text, start, end)
    value = text[span[0] : span[1]]
    if not value or len(value) > 300 or len(_PROSE.findall(value)) > 6 + value.count("\\"):
        return None
    if re.match(r"[A-Za-z]{2,}", value) and FORMULA.search(value):
        return None  # a sentence around a formula
    if value.count(" ") > 2 and _BARE_WORDS.match(value):
        return None  # a sentence, not an answer
    if not _is_answer(value) or ("\n" in value and _PROSE.search(FORMULA.sub("", value))):
        return None
    return start, Extraction(value=value, span=span, rule="whole text")


def bold(text: str, start: int, end: int) -> Found | None:
    """The last bold piece of the last lines, when it holds a number or a formula."""
    last = None
    for last in _BOLD.finditer(text, max(start, end - 400), end):
        pass
    if last is None or not re.search(r"[\d\\]", last[1]) or _HEADING.match(last[1]):
        return None
    span: Span | None = trimmed(text, *last.span(1))
    if span and len(_PROSE.findall(last[1])) > 3:
        span = _last_piece(text, *span)
    if span is None or span[0] >= span[1]:
        return None
    return last.start(), Extraction(value=text[span[0] : span[1]], span=span, rule="bold")


def last_formula_or_number(text: str, start: int, end: int) -> Found | None:
    """The last formula or number; of an equation, what its last equals sign gives."""
    begin = max(start, end - 3000)
    span = _last_piece(text, begin, end)
    if span is None:
        return None
    piece = text[span[0] : span[1]]
    equals = _EQUALS.search(tidy_length(piece))
    if equals is not None and len(piece) > equals.end():
        span = trimmed(text, span[0] + equals.end(), span[1])
        while span[1] > span[0] and text[span[1] - 1] in "$)]\\" and piece[0] in "$\\":
            span = (span[0], span[1] - 1)
        span = trimmed(text, *span)
    value = text[span[0] : span[1]]
    if not value:
        return None
    rule = "last formula" if FORMULA.match(piece) else "last number"
    return span[0], Extraction(value=value, span=span, rule=rule)


def tidy_length(piece: str) -> str:
    """The piece with groups blanked, so that an `=` inside braces is no candidate."""
    return re.sub(r"\{[^{}]*\}", lambda m: "{" + "_" * (len(m.group()) - 2) + "}", piece)


def choice_letter(text: str, start: int, end: int) -> Found | None:
    """A choice letter: the leading one, else the last that is not ruled out."""
    begin, _ = trimmed(text, start, end)
    leading = re.match(r"\(?([A-J])(?:\)|[.:](?=\s|$)|(?=\s+[A-Z]))", text[begin:end])
    if leading is not None:
        span = (begin + leading.start(1), begin + leading.end(1))
        return begin, Extraction(value=leading[1], span=span, rule="choice letter")
    last = None
    for match in _CHOICE.finditer(text, start, end):
        if match[1] == "A" and re.match(r"\s+[a-z]", text[match.end() : match.end() + 3]):
            continue  # the article
        if match[1] == "I" or _RULES_OUT.search(
            text, max(start, match.start() - 30), match.start()
        ):
            continue
        last = match
    if last is None:
        return None
    return last.start(), Extraction(value=last[1], span=last.span(1), rule="choice letter")


Rule = Callable[[str, int, int], Found | None]
EXPLICIT: tuple[Rule, ...] = (answer_field, boxed, answer_is, hashes)
FALLBACKS: tuple[Rule, ...] = (whole_text, bold, last_formula_or_number, choice_letter)
