"""Answers that nothing announces: the whole text, bold, formulas, numbers, choice letters."""

from __future__ import annotations

import re

from mmeval.answers.checker import Extraction
from mmeval.answers.extraction.choices import chosen
from mmeval.answers.extraction.plain_formulas import plain_formula
from mmeval.answers.extraction.spans import FORMULA, Found, Span, trimmed
from mmeval.answers.extraction.statements import PROSE, is_answer, last_piece, parses

_BARE_WORDS = re.compile(r"[A-Za-z' ]*\Z")
_HEADING = re.compile(r"\s*(?:\d+[.)]|Step|Case|Part)\s+\w")
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_CHOICE = re.compile(r"(?<![\w'’])\(?([A-J])\)?(?=[\s.,):;!]|$)")
_RULES_OUT = re.compile(r"(?:not|isn't|can't be|rule out|eliminate)\s+(?:\w+\s+)?\(?$")
_SENTENCE = re.compile(
    r"(?:(?:So|Thus|Hence|Therefore|Then|Ans|Total|return|It|The|We|I|本题|所以|因此|x?等于)\b"
    r"|.*\b(?:is|are|equals|gives)\s)"
)
"""What begins or makes a sentence, however short."""
_BULLET = re.compile(r"[-–•]\s+(?=\d)")
_HEADED = re.compile(
    r"(?:\b(?:Step|Case|Part|Figure|Table|Section|Equation|Eq\."
    r"|et al\.,?|\[\d+\][^\n]{0,40}),?\s*\(?)\Z",
    re.I,
)
_OPENING = re.compile(
    r"(?:\A|[.!?:;\n]\s*)(?:\d+[.)]\s*)?(?:Let|Suppose|Assume|Given|If|Consider|Since|Because|Define|Denote|Find|For)\b"
    r"[^,.!?\n]*\Z"
)
"""A clause that begins a sentence and says what is given, before its comma."""
_LONE = re.compile(
    r"[\\$(\[\s]*(?:[a-zA-Z]|\\(?!(?:pi|infty|emptyset|varnothing)\b)[a-zA-Z]+|[A-Z]{2,4})[\\$)\]\s.,]*\Z"
)
_LEADING_CHOICE = re.compile(r"\(?([A-J])(?:\)\s+|[.、．]\s+)(?=[^\s])")
_BOLD_CHOICE = re.compile(r"\*\*\s*\(?([A-J])(?:\)|[.:](?=\s))[^*\n]{0,200}\*\*")
_ARE = re.compile(r"(?:\bare|\bis|\bbe|\bgets?|\bhave|\bequals|\bobtain|\bgives|[=:是为])\s*\Z")
_EQUATION_ITSELF = re.compile(
    r"[a-z](?:\^\{?\d\}?)?\s*[-+]\s*(?:\d+\s*)?[a-z0-9][^=]*=\s*0[\s.$\\)\]]*\Z|=[^=()]{1,60},[^=()]{1,40}="
)
"""`x^2 - 3y = 0` and `a = 1, b = 2`: of these the right side says nothing."""
_NUMBERS = re.compile(
    r"(-?\d+(?:\.\d+)?(?:/\d+)?)((?:,\s*-?\d+(?:\.\d+)?(?:/\d+)?)*),?\s*(?:and|or|和|或|또는|или|y|und|et)\s*(-?\d+(?:\.\d+)?(?:/\d+)?)\s*[.。]?\s*\Z"
)
_EQUATION = r"[a-zA-Z](?:_\{?\w{1,3}\}?)?\s*=\s*[-−]?[\w.\\/^{}√]{1,40}"
_GAP = r"\s*(?:,\s*(?:and|or)?|;|and|or|\\text\s*\{\s*,?\s*(?:and|or)\s*\}|\\quad|和|或者?|，)\s*"
_EQUATIONS = re.compile(
    rf"(?<![\w\\]){_EQUATION}(?:{_GAP}{_EQUATION}){{1,8}}(?=(?:\s+(?:are|is)\b[^\d=.\n]{{1,60}})?\s*[.。]?\s*\Z)"
)
_PART_OF = re.compile(
    r"(?:(?<![\w.,/^])-?\d[\d,.]*\s+(?:out\s+of|divided\s+by|multiplied\s+by|times|plus|minus|over|choose"
    r"|to\s+the\s+power\s+of)\s+|\b(?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December)\s+)\Z"
)
_MADE_ANOTHER = re.compile(
    r"\s(?:and\s(?:a|one|two|three)[\s-](?:half|(?:third|quarter|fourth)s?)|dozen|hundred|thousand"
    r"|million|billion|trillion|lakh|crore|squared|cubed)\b"
)
_JOINED = re.compile(r"[\s,;]*(?:\\text\{\s*)?(?:and|or|,|;|和|或)(?:\s*\})?\s*\Z")
_EQUALS = re.compile(r"(?<![<>!\\])(?:=|\\approx|≈)\s*(?=[^=]*\Z)")


def whole_text(text: str, start: int, end: int) -> Found | None:  # noqa: PLR0911 - one a rule
    """The text itself, when it is an answer and nothing else."""
    span = trimmed(text, start, end)
    if (bullet := _BULLET.match(text, *span)) is not None:
        span = (bullet.end(), span[1])
    value = text[span[0] : span[1]]
    if not value or len(value) > 300 or len(PROSE.findall(value)) > 6 + value.count("\\"):
        return None
    if re.match(r"[A-Za-z]{2,}", value) and FORMULA.search(value):
        return None  # a sentence around a formula
    if _SENTENCE.match(value) and not value.startswith("\\"):
        return None
    if not value.isascii() and re.search(r"[^\W\d_a-zA-Zα-ωΑ-Ω].*\d", value):
        return None
    if value.count(" ") > 2 and _BARE_WORDS.match(value):
        return None  # a sentence, not an answer
    if not is_answer(value) or ("\n" in value and PROSE.search(FORMULA.sub("", value))):
        return None
    return start, Extraction(value=value, span=span, rule="whole text")


def bold(text: str, start: int, end: int) -> Found | None:
    """The last bold piece of the last lines, when it holds a number or a formula."""
    pieces = list(_BOLD.finditer(text, max(start, end - 400), end))
    if not pieces:
        return None
    last = pieces[-1]
    if not re.search(r"[\d\\]", last[1]) or _HEADING.match(last[1]):
        return None
    span: Span | None = trimmed(text, *last.span(1))
    if span and len(PROSE.findall(last[1])) > 3:
        span = last_piece(text, *span)
    if span is None or span[0] >= span[1]:
        return None
    return last.start(), Extraction(value=text[span[0] : span[1]], span=span, rule="bold")


def last_formula_or_number(text: str, start: int, end: int) -> Found | None:
    """The last formula or number; of an equation, what its last equals sign gives.

    Several formulas that `and` or a comma joins are one answer; a lone variable is none, nor
    is a formula of a clause that only says what is given.
    """
    begin = max(start, end - 3000)
    span = _last_that_says(text, begin, end)
    is_formula = span is not None and FORMULA.match(text, *span) is not None
    if span is not None and not is_formula:
        span = _with_its_words(text, span, begin)
    if not is_formula:
        numbers = _numbers_at_the_end(text, begin, end) or _said_at_the_end(text, begin, end)
        if numbers is not None:
            rich = re.search(r"[\\^√π(\[]", text[slice(*numbers)]) is not None
            return numbers[0], _found(
                text, numbers, "last formula, plain" if rich else "last number"
            )
        plain = plain_formula(text, span, begin, end)
        if plain is not None:
            found = _in_prose(text, plain)
            if found is not None:
                return found
    if span is None:
        return None
    if is_formula:
        joined = _joined_before(text, span, begin)
        if joined != span:
            return joined[0], _found(text, joined, "last formula")
    span = _right(text, span)
    if span[0] >= span[1]:
        return None
    return span[0], _found(text, span, "last formula" if is_formula else "last number")


_IS = re.compile(r"\b(?:is|are|be|equals|get|gives|becomes)\s+(?=[-+−(\[\\{$\dA-Za-z√∞π|])")
_MATH = re.compile(r"[\\^√π∞(\[{]|,(?!\d{3})|\band\b|\bor\b")
_LONE_UNIT = re.compile(r"([^a-zA-Z\\]*[√π∞][^a-zA-Z\\]*) [mshgN]")
"""`5√3 m`: the letter behind a blank is a unit where a formula has no other letter."""
_NO_PROSE = re.compile(
    r"\\(?:text|mbox|mathrm|textbf)\s*\{[^{}]*\}|\\(?:begin|end)\{[a-z*]+\}|\\[a-zA-Z]+|\b(?:and|or)\b"
)


def _said_at_the_end(text: str, begin: int, end: int) -> Span | None:
    """What the text's last sentence says that something is, when it is nothing but a formula or
    a list: `the interval is (0, \\infty)`."""
    verbs = list(_IS.finditer(text, max(begin, end - 200), end))
    if not verbs:
        return None
    span = trimmed(text, verbs[-1].end(), end)
    if (unit := _LONE_UNIT.fullmatch(text, *span)) is not None:
        span = unit.span(1)
    value = text[slice(*span)]
    if "$" in value.replace("\\$", "") or value.startswith("{") or not _MATH.search(value):
        return None
    if "\n" in value and "\\begin" not in value:
        return None
    return span if not PROSE.search(_NO_PROSE.sub(" ", value)) and is_answer(value) else None


def _with_its_words(text: str, number: Span, begin: int) -> Span:
    """A number with the words around it that make it another: `3 out of 8`, `March 5`, `3 dozen`,
    `2 and a half`."""
    before = _PART_OF.search(text, max(begin, number[0] - 60), number[0])
    behind = _MADE_ANOTHER.match(text, number[1])
    start = before.start() if before is not None else number[0]
    return start, behind.end() if behind is not None else number[1]


def _found(text: str, span: Span, rule: str) -> Extraction:
    return Extraction(value=text[span[0] : span[1]], span=span, rule=rule)


def _in_prose(text: str, span: Span) -> Found | None:
    """A formula without dollars, if the grammar reads it; a set keeps its braces."""
    rule = "last formula, plain"
    right = _right(text, span)
    value = text[right[0] : right[1]]
    if value.startswith("{") and value.endswith("}") and text[right[0] - 1 : right[0]] in " \n:":
        value = f"\\{value[:-1]}\\}}"
        return (span[0], Extraction(value=value, span=None, rule=rule)) if parses(value) else None
    time = _TIME.match(text, right[1]) if ":" in value else None
    if time is not None:
        right = (right[0], time.end())
    if parses(text[right[0] : right[1]]):
        return right[0], _found(text, right, rule)
    if re.search(r"[√^!]", text[slice(*span)]) and parses(text[slice(*span)]):
        return span[0], _found(text, span, rule)
    return None


_TIME = re.compile(r"\s?[aApP]\.?\s?[mM]\b\.?")


def _last_that_says(text: str, begin: int, end: int) -> Span | None:
    """The last formula or number that is neither a lone variable nor what is given."""
    first, tries, stop = None, 6, end
    while tries and (span := last_piece(text, begin, stop)) is not None:
        tries -= 1
        piece = text[span[0] : span[1]]
        formula = piece[:1] in "$\\"
        line = max(begin, span[0] - 160)
        if not formula and _HEADED.search(text, max(begin, span[0] - 50), span[0]):
            stop = span[0]
            continue
        said = _ARE.search(text, max(begin, span[0] - 12), span[0]) is not None
        lone = not said and _LONE.match(piece) is not None
        if not formula or not (lone or _OPENING.search(text, line, span[0])):
            return span
        first, stop = first or span, span[0]
    return None


def _right(text: str, span: Span) -> Span:
    """What the last equals sign of a formula gives, without the formula's own closing."""
    piece = text[span[0] : span[1]]
    equals = _EQUALS.search(_groups_blanked(piece))
    if equals is None or len(piece) <= equals.end() or _EQUATION_ITSELF.search(piece):
        return span
    start, end = trimmed(text, span[0] + equals.end(), span[1])
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if piece.startswith(opening):
            if text[max(start, end - len(closing)) : end] == closing:
                end -= len(closing)
            break
    return trimmed(text, start, end)


def _joined_before(text: str, span: Span, begin: int) -> Span:
    """A formula with those that a list joins to it: `$2$ and $3$`."""
    near = [each.span() for each in FORMULA.finditer(text, max(begin, span[0] - 300), span[1])]
    first = span
    for each in reversed(near):
        if each[1] <= first[0] and first[0] - each[1] < 20:
            if not _JOINED.match(text[each[1] : first[0]]):
                break
            if "=" in text[slice(*each)] and "=" not in text[slice(*first)]:
                break
            first = each
    if first == span:
        return span
    before = text[max(begin, first[0] - 30) : first[0]]
    names = "=" in text[slice(*first)]
    if not names and not _ARE.search(before):
        return span
    if names and re.search(
        r"\b(?:with|for|where|if|when|and|since|let|using|from)\s*\Z", before, re.I
    ):
        return span
    return first[0], span[1]


def _numbers_at_the_end(text: str, begin: int, end: int) -> Span | None:
    """`2 and 3` at the end of a sentence that says what they are."""
    begin = max(begin, end - 120)
    equations = _EQUATIONS.search(text, begin, end)
    if equations is not None:
        return trimmed(text, *equations.span())
    for match in _NUMBERS.finditer(text, begin, end):
        if _ARE.search(text, max(0, match.start() - 12), match.start()):
            return trimmed(text, match.start(1), match.end(3))
    return None


def _groups_blanked(piece: str) -> str:
    """The piece with groups blanked, so that an `=` inside braces is no candidate."""
    return re.sub(r"\{[^{}]*\}", lambda m: "{" + "_" * (len(m.group()) - 2) + "}", piece)


def choice_statement(text: str, start: int, end: int) -> Found | None:
    """The letter of a choice that is named as right, stands bold, or leads the text."""
    span, rule = chosen(text, start, end), "choice statement"
    if span is None:
        bolds = list(_BOLD_CHOICE.finditer(text, max(start, end - 600), end))
        if bolds:
            span = bolds[-1].span(1)
    if span is None:
        begin, _ = trimmed(text, start, end)
        leading = _LEADING_CHOICE.match(text, begin, end)
        if leading is not None:
            span, rule = leading.span(1), "choice letter"
    return (span[0], _found(text, span, rule)) if span is not None else None


def choice_letter(text: str, start: int, end: int) -> Found | None:
    """A choice letter: the leading one, else the last that is not ruled out."""
    begin, _ = trimmed(text, start, end)
    leading = re.match(r"\(?([A-J])(?:\)|[.:](?=\s|$)|(?=\s+[A-Z]))", text[begin:end])
    if leading is not None:
        span = (begin + leading.start(1), begin + leading.end(1))
        return begin, Extraction(value=leading[1], span=span, rule="choice letter")
    last = None
    for match in _CHOICE.finditer(text, max(start, end - 1000), end):
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
