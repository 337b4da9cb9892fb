"""Two shaped trees against each other: the rules of structure, then of scalars."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from mmeval.answers.comparison import groups as sets
from mmeval.answers.comparison.arctangents import is_zero_sum
from mmeval.answers.comparison.exact_values import Values
from mmeval.answers.comparison.match import Match, Prove, every
from mmeval.answers.comparison.policies import Policies
from mmeval.answers.comparison.polynomials import Undefined, UsedUp
from mmeval.answers.comparison.real_sets import same_sets
from mmeval.answers.comparison.refute import differ
from mmeval.answers.comparison.relations import relations
from mmeval.answers.comparison.separation import is_zero_difference
from mmeval.answers.grammar.shape import as_interval, shaped, stated_value
from mmeval.answers.grammar.tree import SETS, Kind, Node, NotParsed, TooLarge, names, num
from mmeval.answers.grammar.units import CHANGING, DECIDING, clashes, said
from mmeval.answers.grammar.vocabulary import date_parts, is_date
from mmeval.answers.grammar.words import meant

_COLLECTIONS: frozenset[Kind] = frozenset({"list", "set", "seq", "cup", "cap", "minus"})
_NO_SCALAR: frozenset[Kind] = _COLLECTIONS | frozenset(
    {"matrix", "det", "rel", "text", "time", "row"}
)
_NAMES: frozenset[Kind] = frozenset({"text", "word", "sym"})
_SETS: frozenset[Kind] = frozenset(
    {"rel", "list", "set", "seq", "cup", "cap", "minus", "sym", "add"}
)
"""What may be a set of reals."""
_EMPTY = Node("sym", (), "empty")
MAX_STEPS = 3000
"""Of pairs of subtrees looked at in one comparison."""


class Matcher:
    """One comparison: the conventions, the prover, and what was counted."""

    def __init__(self, policies: Policies, prove: Prove | None) -> None:
        self.policies = policies
        self.prove = prove
        self.values = Values()
        self.too_large = False
        self.steps = 0

    def answers(self, a: Node, b: Node) -> Match:
        """Whether two answers are the same. Raises TooLarge."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooLarge("too many pairs of items")
        if a == b:
            return Match(True, "same tree")
        if a.kind == "text" or b.kind == "text":
            a, b = (meant(each, self.policies.spelled_numbers) for each in (a, b))
        for kinds, rule in _RULES:
            if a.kind in kinds or b.kind in kinds:
                match = rule(self, a, b)
                return match if match.same is True else self._as_sets(a, b, match)
        return self._as_sets(a, b, self.scalars(a, b))

    def _as_sets(self, a: Node, b: Node, match: Match) -> Match:
        """What they are as sets of reals, where that is something else."""
        if match.same is True or a.kind not in _SETS or b.kind not in _SETS:
            return match
        found = same_sets(self, a, b)
        return match if found is None or found.same is match.same else found

    def _choices(self, a: Node, b: Node) -> Match:
        """`(C) 5` against `C`, `5`, or another choice: by its letter, else its content."""
        if a.kind == b.kind:
            same = a.args[0] == b.args[0]
            whole = same and len(a.args) == len(b.args) == 2
            if whole and self.answers(a.args[1], b.args[1]).same is False:
                return Match(None, "choice content")  # one letter, two answers
            return Match(same, "choice letter")
        choice, other = (a, b) if a.kind == "choice" else (b, a)
        if other.kind == "sym":
            return Match(choice.args[0] == other, "choice letter")
        if len(choice.args) == 1:
            return Match(False, "kind")
        return Match(self.answers(choice.args[1], other).same, "choice content")

    def _labels(self, a: Node, b: Node) -> Match:  # noqa: PLR0911 - one return a rule
        """Units: compared as quantities when both are known, else as policies say; other words
        say what is counted, or they decide and leave it open."""
        if a.kind == b.kind and self.policies.units != "ignore":
            return self._two_labels(a, b)
        left = a.args[0] if a.kind == "label" else a
        right = b.args[0] if b.kind == "label" else b
        if a.kind == b.kind:
            return self.answers(left, right)
        lone, other = (a, b) if a.kind == "label" else (b, a)
        label = str(lone.value)
        angle = label == "degrees"
        strict = self.policies.degrees if angle else self.policies.units
        if strict == "strict":
            return Match(False, "unit")
        if other.kind == "text" and lone.args[0].kind == "sym":
            texts = f"{lone.args[0].value} {label}", str(other.value)
            same = _folded(texts[0]) == _folded(texts[1])
            return Match(True if same else None, "text")
        match = self.answers(left, right)
        if label.startswith("base ") and match.same is True:
            same_digits = other.kind == "num" and _digits(lone.args[0]) == other.value
            return Match(None if same_digits else True, "base in words")
        if angle and match.same is False and _holds_pi(other):
            return Match(self.scalars(Node("deg", lone.args), other).same, "degrees and radians")
        if match.same is True and other.kind == "pct" and self.policies.units == "stated":
            return Match(None if lone.args[0].kind != "pct" else True, "words")
        if match.same is True and self.policies.units == "stated" and _decides(lone):
            return Match(None, "words")
        return match

    def _two_labels(self, a: Node, b: Node) -> Match:  # noqa: PLR0911 - one return a rule
        left, right = a.args[0], b.args[0]
        texts = str(a.value), str(b.value)
        if any(text.startswith("modulo ") for text in texts):
            if texts[0] == texts[1]:
                return self.answers(left, right)
            both = all(text.startswith("modulo ") for text in texts)
            return Match(False if both else None, "modulus")
        one, other = said(texts[0]), said(texts[1])
        match: Match | None = None
        if one.unit is not None and other.unit is not None and one.unit != other.unit:
            dimensions = {one.unit[0], other.unit[0]}
            if dimensions == {(("angle", 1),), (("angle2", 1),)}:
                angles = [
                    Node("deg", each.args)
                    if words.unit and words.unit[0] == (("angle", 1),)
                    else each.args[0]
                    for each, words in ((a, one), (b, other))
                ]
                match = Match(self.scalars(*angles).same, "degrees and radians")
            elif len(dimensions) > 1 and not (
                dimensions <= _DEGREES and _PLAIN_ANGLE in dimensions
            ):
                return Match(False, "unit")
            elif len(dimensions) == 1:
                scaled = Node("mul", (num(one.unit[1] / other.unit[1]), left))
                match = Match(self.scalars(scaled, right).same, "unit conversion")
        if (one.unit is None) != (other.unit is None):
            pair = (a, b) if one.unit is not None else (b, a)
            if not (one.words and other.words) and clashes(str(pair[0].value), str(pair[1].value)):
                return Match(False, "unit")
        if self.policies.units == "strict" and one.unit is None and a.value != b.value:
            return Match(False, "unit")
        match = match or self.answers(left, right)
        if match.same is True and not _agree(one.words, other.words):
            return Match(None, "words")
        return match

    def _relations(self, a: Node, b: Node) -> Match:
        if a.kind == b.kind:
            return relations(self, a, b)
        stated, other = (stated_value(a), b) if a.kind == "rel" else (stated_value(b), a)
        if stated is not None and self.policies.equation == "value":
            match = self.answers(stated, other)
            return Match(match.same, "stated value, " + match.rule if match.same else match.rule)
        interval = as_interval(a if a.kind == "rel" else b)
        if interval is not None and self.policies.interval_relation == "same":
            return sets.interval_of_relation(self, interval, other)
        return Match(False, "kind")

    def _times(self, a: Node, b: Node) -> Match:
        if a.kind == b.kind:
            return Match(bool(_moments(a) & _moments(b)), "time of day")
        clock, other = (a, b) if a.kind == "time" else (b, a)
        if other.kind == "ratio" and self.policies.units != "strict":
            written = other.args + (num(0),) * (3 - len(other.args))
            return Match(bool(_moments(clock) & _moments(Node("time", written, ""))), "time of day")
        if clock.args[1:] == (num(0), num(0)) and self.policies.units != "strict":
            return self.answers(clock.args[0], other)
        return Match(False, "kind")

    def _texts(self, a: Node, b: Node) -> Match:
        left, right = self._plain(a), self._plain(b)
        if left is None or right is None:
            text = left or right or ""
            open_kind = any(c.isdigit() for c in text) and not is_date(text)
            return Match(None if open_kind else False, "kind")
        if left == right:
            return Match(True, "text")
        dates = date_parts(left), date_parts(right)
        if dates[0] is not None and dates[1] is not None:
            shared = dates[0] & dates[1]
            open_year = shared in dates and len(shared) > 1  # a year is left out
            return Match(
                None if open_year and dates[0] != dates[1] else dates[0] == dates[1], "text"
            )
        return Match(False, "text")

    def _plain(self, node: Node) -> str | None:
        """The words of a text; None for another kind."""
        if node.kind not in _NAMES:
            return None
        text = str(node.value)
        if node.kind == "sym" or len(text) == 1:
            return text
        words = text.replace("-", " ").replace(".", "").split()
        if date_parts(text) is not None:
            return text
        if len(words) > 1 and words[0].lower() in ("the", "a", "an"):
            words = words[1:]
        plain = " ".join(words)
        return plain.casefold() if self.policies.text_case == "fold" else plain

    def _ratios(self, a: Node, b: Node) -> Match:
        """Ratios are equal up to a common factor; of two parts they are a quotient."""
        if a.kind != b.kind:
            ratio, other = (a, b) if a.kind == "ratio" else (b, a)
            if len(ratio.args) != 2 or self.policies.ratios == "strict":
                return Match(False, "kind")
            if ratio.args[1] == num(0):  # `2:00` is a clock
                return self.answers(ratio.args[0], other)
            return self.scalars(Node("div", ratio.args), other)
        if len(a.args) != len(b.args):
            return Match(False, "ratio")
        if len(a.args) == 2 and num(0) in (a.args[1], b.args[1]):  # 1:00 and 12:00 are clocks
            pairs = zip(a.args, b.args, strict=True)
            return every([self.scalars(x, y) for x, y in pairs], "ratio")
        parts = [
            self.scalars(Node("mul", (a.args[j], b.args[i])), Node("mul", (b.args[j], a.args[i])))
            for j in range(len(a.args))
            for i in range(j if a.args[0] == num(0) or b.args[0] == num(0) else min(j, 1))
        ]
        return every(parts, "ratio")

    def _percents(self, a: Node, b: Node) -> Match:
        if a.kind == b.kind:
            return self.answers(shaped(a.args[0]), shaped(b.args[0]))
        percent, other = (a, b) if a.kind == "pct" else (b, a)
        readings = []
        if self.policies.percent != "fraction":
            readings.append(self.answers(shaped(percent.args[0]), other))
        either = self.policies.percent == "either"
        if self.policies.percent == "fraction" or (either and _may_be_share(other)):
            readings.append(self.scalars(percent, other))
        for reading in readings:
            if reading.same:
                return Match(True, "percent")
        return Match(None if any(f.same is None for f in readings) else False, "percent")

    def _points(self, a: Node, b: Node) -> Match:
        """`A(1,2)` against `(1,2)`, against another point; `C(10,3)` against a number."""
        if a.kind == b.kind:
            match = self.answers(a.args[0], b.args[0])
            return match if a.value == b.value else Match(None if match.same else False, "point")
        point, other = (a, b) if a.kind == "point" else (b, a)
        if other.kind == "seq":
            return self.answers(point.args[0], other)
        counted = _combinations(point)
        if counted is not None and other.kind not in _NO_SCALAR:
            return self.scalars(counted, other)
        return Match(None if other.kind not in _NO_SCALAR else False, "point")

    def _bases(self, a: Node, b: Node) -> Match:
        if a.kind == b.kind or self.policies.bases == "strict":
            return self.scalars(a, b)
        marked, other = (a, b) if a.kind == "base" else (b, a)
        digits = _digits(marked)
        match = self.scalars(a, b)
        if match.same or digits is None or other.kind != "num":
            return match
        return Match(other.value == digits, "base left out")

    def scalars(self, a: Node, b: Node) -> Match:  # noqa: PLR0911 - one return a rule
        """Whether two scalars have the same value."""
        if a == b:
            return Match(True, "same tree")
        if f"bb{a.value}" == b.value or f"bb{b.value}" == a.value:
            return Match(None, "a letter or a set")  # R may be the reals
        if a.kind in _NO_SCALAR or b.kind in _NO_SCALAR or _is_set(a) or _is_set(b):
            return Match(False, "kind")
        if a.kind == b.kind == "num":
            same = a.value == b.value
            return Match(same or self._rounded(a, b), "number" if same else "number, rounded")
        if a.kind == b.kind == "word":
            return _words(str(a.value), str(b.value))
        match = self._exactly(a, b)
        if match.same is False and self._rounded(a, b):
            return Match(True, "rounded")
        return match

    def _exactly(self, a: Node, b: Node) -> Match:  # noqa: PLR0911 - one return a rule
        try:
            same = self.values.same(a, b)
            if same is not None:
                return Match(same, "exact algebra")
        except Undefined:
            return Match(None, "undefined value")
        except NotParsed:
            return Match(None, "no scalar")
        except UsedUp:
            raise
        except TooLarge:
            self.too_large = True
        try:
            if differ(a, b, self.values.total):
                return Match(False, "numeric refutation")
            zero = is_zero_difference(a, b, self.values.total)
            if zero is not None:
                return Match(zero, "separation bound")
            zero = is_zero_sum(a, b)
            if zero is not None:
                return Match(zero, "arctangents")
            if self.prove is not None:
                proved = self.prove(a, b)
                if proved is not None:
                    return Match(proved, "sympy")
        except UsedUp:
            raise
        except TooLarge:
            self.too_large = True
        return Match(None, "scalars")

    def _rounded(self, a: Node, b: Node) -> bool:
        """Whether one is the other rounded to the decimals it shows."""
        if self.policies.decimals != "rounded":
            return False
        return any(
            x.kind == "num" and x.places is not None and x.places >= 2 and _rounds_to(y, x)
            for x, y in ((a, b), (b, a))
        )


_RULES: tuple[tuple[frozenset[Kind], Callable[[Matcher, Node, Node], Match]], ...] = (
    (frozenset({"choice"}), Matcher._choices),
    (frozenset({"label"}), Matcher._labels),
    (frozenset({"rel"}), Matcher._relations),
    (frozenset({"point"}), Matcher._points),
    (_COLLECTIONS, sets.collections),
    (frozenset({"matrix", "det"}), sets.matrices),
    (frozenset({"time"}), Matcher._times),
    (frozenset({"text"}), Matcher._texts),
    (frozenset({"ratio"}), Matcher._ratios),
    (frozenset({"pct"}), Matcher._percents),
    (frozenset({"base"}), Matcher._bases),
)
"""The rule of two answers, one of which at least is of these kinds: the first that fits."""

_PLAIN_ANGLE = (("angle", 1),)
_DEGREES = frozenset({_PLAIN_ANGLE, (("celsius", 1),), (("fahrenheit", 1),)})
"""A bare degree may be any of them; Celsius against Fahrenheit is looked at apart."""


def _is_set(node: Node) -> bool:
    return node.kind == "sym" and node.value in SETS


def _agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two labels may say the same: `red kites` and `kites`, not `kites` and `dogs`."""
    if one == other:
        return True
    return (one <= other or other <= one) and DECIDING.isdisjoint(one ^ other)


def _decides(label: Node) -> bool:
    """Whether its words make another value of what they stand behind: `5 below zero`, `n odd`."""
    words = said(str(label.value))
    if not CHANGING.isdisjoint(words.words):
        return True
    inner = stated_value(label.args[0]) or label.args[0]
    if str(label.value).startswith("modulo "):
        return True
    if words.unit is not None or not names(inner):
        return False
    if inner.kind == "sym" and str(inner.value) not in "ABCDEFGHIJ":
        return True
    return not DECIDING.isdisjoint(words.words)  # `C Cecile` is the choice C


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _holds_pi(node: Node) -> bool:
    """Whether it may be an angle in radians: pi or an inverse function occurs."""
    inverse = node.kind == "fn" and str(node.value).startswith("arc")
    return inverse or node == _PI or any(_holds_pi(each) for each in node.args)


_PI = Node("sym", (), "pi")


def _moments(clock: Node) -> frozenset[tuple[int, ...]]:
    """The seconds of the day that a time may mean, each with its minutes: `4:30` has two."""
    if any(each.kind != "num" for each in clock.args):
        return frozenset()
    values = [each.value for each in clock.args]
    hour, *rest = (int(each) if isinstance(each, Fraction) else 0 for each in values)
    if any(isinstance(each, Fraction) and each.denominator != 1 for each in values):
        return frozenset()
    if clock.value == "a":
        hours = {hour % 12}
    elif clock.value == "p":
        hours = {hour % 12 + 12}
    else:
        hours = {hour, hour + 12 if hour < 12 else hour % 12} if hour <= 12 else {hour}
    return frozenset((each, *rest) for each in hours)


def _combinations(point: Node) -> Node | None:
    """`C(10,3)` as a binomial, `P(10,3)` as what it counts; None for other names."""
    if point.value not in ("C", "P", "A") or len(point.args[0].args) != 2:
        return None
    top, bottom = point.args[0].args
    if point.value == "C":
        return Node("binom", (top, bottom))
    less = Node("add", (top, Node("neg", (bottom,))))
    return Node("div", (Node("fact", (top,)), Node("fact", (less,))))


_VARIABLES = (frozenset("xyzwtuv"), frozenset("abcd"), frozenset("mnpqrskl"))


def _words(a: str, b: str) -> Match:
    """Two different runs of letters: products only where all are usual variables.

    `AB` is not `BA` and `cat` not `act`; `xyz` is `zyx`; `hgf` and `fgh` stay open.
    """
    if sorted(a) != sorted(b) or not (a + b).islower():
        return Match(False, "text")
    product = any(set(a) <= letters for letters in _VARIABLES)
    vowels = any(letter in "aeiou" for letter in a)
    return Match(True if product else False if vowels else None, "product or word")


def _may_be_share(bare: Node) -> bool:
    """Whether a bare value may be meant as a share: a whole number above 1 is not.

    Asked for percent, `1200%` is no answer to 12, while `150%` may be meant by 1.5.
    """
    whole = bare.kind == "num" and isinstance(bare.value, Fraction) and bare.value.denominator == 1
    return not (whole and isinstance(bare.value, Fraction) and abs(bare.value) > 1)


def _digits(marked: Node) -> Fraction | None:
    """The digits of a based number read in base ten; None where one is not below ten."""
    value, base = marked.args[0].value, marked.value
    assert isinstance(value, Fraction) and isinstance(base, int)
    if value.denominator != 1:
        return None
    number, digits = value.numerator, ""
    while number:
        number, digit = divmod(number, base)
        if digit > 9 or len(digits) > 300:
            return None
        digits = str(digit) + digits
    return Fraction(int(digits or "0"))


def _rounds_to(exact: Node, shown: Node) -> bool:
    """|exact - shown| is at most one unit of the last decimal shown."""
    assert isinstance(shown.value, Fraction) and shown.places is not None
    if exact.kind == "num" and exact.places is not None:
        return False
    from mmeval.answers.comparison.refute import real_value

    value = real_value(exact)
    if value is None:
        return False
    return abs(value - shown.value) <= Fraction(1, 10**shown.places)
