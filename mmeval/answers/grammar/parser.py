"""Tokens -> tree: a recursive descent over LaTeX and plain notation, depth bounded.

    answer    items separated by `,` `;` `and` `or`
    item      relation, then words (a unit or a label); or words alone
    relation  ratio (= < \\le \\in ... ratio)*
    ratio     union (: union)*
    union     sum (\\cup \\cap \\setminus sum)*
    sum       product (+ - \\pm \\mp product)*
    product   factor ((* / or nothing) factor)*
    factor    atom with ^ _ ! ' % °
    atom      number, symbol, group or command with its arguments

It reads what models and answer keys write, left to right, without going back; what it
does not know raises NotParsed, and nothing inside a failed parse is used instead.
"""

from __future__ import annotations

from mmeval.answers.grammar.tokens import Token, TokenKind, tokens
from mmeval.answers.grammar.tree import (
    MAX_DEPTH,
    MAX_HEIGHT,
    MAX_NODES,
    Kind,
    Node,
    NotParsed,
    TooLarge,
    Value,
    num,
)
from mmeval.answers.grammar.units import quantity
from mmeval.answers.grammar.vocabulary import (
    CJK_MAGNITUDES,
    FUNCTIONS,
    GREEK,
    MAGNITUDES,
    VALUE_WORDS,
)
from mmeval.answers.grammar.written_numbers import based, decimal, repeating

_RELATIONS: dict[str, str] = {
    "=": "=",
    "<": "<",
    ">": ">",
    r"\le": "<=",
    r"\ge": ">=",
    r"\ne": "!=",
    r"\approx": "~",
    r"\simeq": "~",
    r"\sim": "~",
    r"\doteq": "~",
    r"\cong": "~",
    r"\equiv": "=",
    r"\in": "in",
    r"\to": "to",
    r"\rightarrow": "to",
    r"\implies": "to",
    r"\Rightarrow": "to",
}
_UNIONS: dict[str, Kind] = {
    r"\cup": "cup",
    r"\cap": "cap",
    r"\setminus": "minus",
    r"\backslash": "minus",
}
_JOINS = frozenset({"and", "or", r"\land", r"\lor", r"\wedge", r"\vee"})
_LABEL_OPS = frozenset("^/.-{}'\"")
_CLOSERS = {
    "(": (")", "]"),
    "[": ("]", ")"),
    r"\{": (r"\}",),
    r"\langle": (r"\rangle",),
    r"\lfloor": (r"\rfloor",),
    r"\lceil": (r"\rceil",),
    r"\lvert": (r"\rvert", "|"),
    r"\lVert": (r"\rVert",),
    r"\lbrack": (r"\rbrack",),
}
_FENCE_FUNCTIONS = {r"\lfloor": "floor", r"\lceil": "ceil", r"\lvert": "abs", r"\lVert": "norm"}
_CALLED = frozenset("fghFGH")
_ACCENTS = {
    **{r"\overline": "bar", r"\bar": "bar", r"\vec": "vec", r"\overrightarrow": "vec"},
    **{r"\hat": "hat", r"\tilde": "tilde", r"\dot": "dot", r"\ddot": "ddot"},
    **{r"\overarc": "arc", r"\wideparen": "arc", r"\overparen": "arc", r"\widehat": "hat"},
}
_INVERSE = {name: f"arc{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc")}
_INVERSE |= {name: f"arc{name}" for name in ("sinh", "cosh", "tanh")}
_MATRICES = frozenset(
    {"pmatrix", "bmatrix", "matrix", "array", "Bmatrix", "smallmatrix", "vmatrix"}
)
_CONSTANTS = {r"\pi": "pi", r"\infty": "oo", r"\emptyset": "empty"}
_SYMBOLS = frozenset("\\" + name for name in GREEK)
_NAMED = frozenset("\\" + name for name in FUNCTIONS)
_OF_SEVERAL = frozenset({"gcd", "lcm", "max", "min"})
_STARTS_FACTOR = (
    frozenset({r"\frac", r"\sqrt", r"\binom", r"\dbinom", r"\tbinom"})
    | {r"\mathbb", r"\angle", r"\triangle", r"\lfloor", r"\lceil", r"\lvert"}
    | {r"\lVert", r"\langle", r"\prime", r"\boxed", r"\fbox"}
    | set(_ACCENTS)
    | _SYMBOLS
    | _NAMED
    | set(_CONSTANTS)
)
_PLAIN_WORDS: frozenset[TokenKind] = frozenset({"word", "unit"})
_LETTERS: frozenset[TokenKind] = frozenset({"sym", "run"})
_IN_A_NAME: frozenset[TokenKind] = frozenset({"sym", "run", "word", "num"})
_IN_WORDS: frozenset[TokenKind] = _IN_A_NAME | frozenset({"unit"})
_END = Token("end", "")


def parse(text: str, grouped: bool = True) -> Node:
    """The tree of a tidied answer. Raises NotParsed or TooLarge."""
    parser = Parser(tokens(text, grouped))
    node = parser.answer()
    if parser.token.kind != "end":
        raise NotParsed(f"not understood from {parser.token.text[:20]!r} on")
    return node


_OPENINGS = frozenset({"(", "[", "{", r"\{"})
_ENDINGS = frozenset({")", "]", "}", r"\}"})
_MINUS_ONE = (num(-1), Node("neg", (num(1),)))


def _begins_with_d(node: Node) -> bool:
    """`d^2y` above a fraction line."""
    first = node.args[0] if node.kind == "mul" else node
    return first.kind == "pow" and first.args[0] == Node("sym", (), "d")


def _is_vector(node: Node) -> bool:
    return node.kind == "sym" and str(node.value).startswith("vec:")


class _Depth:
    """One level of nesting for each `with`. Raises TooLarge."""

    def __init__(self) -> None:
        self.levels = 0

    def __enter__(self) -> None:
        self.levels += 1
        if self.levels > MAX_DEPTH:
            raise TooLarge(f"nested deeper than {MAX_DEPTH}")

    def __exit__(self, *error: object) -> None:
        self.levels -= 1


class Parser:
    """A position in a token list, what was spent, and one method for each rule."""

    def __init__(self, of: list[Token]) -> None:
        self.tokens = [*of, _END, _END, _END]  # `_ahead` looks at most two further
        self.position = 0
        self.nodes = 0
        self.deeper = _Depth()
        self.building = False
        """Whether braces are open in which `:` begins a condition."""
        self.bars = 0
        """Bars `|` that are open in this group: the next one closes the last."""

    # answer, item: what is separated, and the words around a value

    def answer(self) -> Node:
        """item ((`,` `;` `and` `or`)+ item)*, the last item left out as in `5,`."""
        groups, marks = [[self._item()]], set()
        while True:
            token = self.token
            comma = token.text in (",", ";") and token.kind == "op"
            if comma:
                self._advance()
                marks.add(token.text)
            elif token.text not in _JOINS:
                break
            joined = self.token.kind == "cmd" and self.token.text in _JOINS
            if joined:
                joint = self._advance().text.strip("\\")
                marks.add(
                    {"land": "and", "wedge": "and", "lor": "or", "vee": "or"}.get(joint, joint)
                )
            if self.token.kind == "end":
                break
            if token.text == ";" or (joined and not comma):
                groups.append([])
            groups[-1].append(self._item())
        return self._list(groups, marks)

    def _list(self, groups: list[list[Node]], marks: set[str]) -> Node:
        """One item, a list, or for `p=5, q=2; p=7, q=2` a list of tuples."""
        sizes = {len(group) for group in groups}
        named = all(each.kind == "rel" for group in groups for each in group)
        if len(groups) > 1 and len(sizes) == 1 and max(sizes) > 1 and (";" in marks or named):
            items = [self._make("seq", tuple(group), "()") for group in groups]
        else:
            items = [each for group in groups for each in group]
        if len(items) == 1:
            return items[0]
        word = next((each for each in ("and", "or") if each in marks), ",")
        return self._make("list", tuple(items), word)

    def _item(self) -> Node:
        """relation magnitude* label?, or words."""
        token = self.token
        if token.kind in _PLAIN_WORDS or self._starts_prose():
            return self._words()
        node = self._multiplied(self._relation())
        token = self.token
        if token.text == r"\pmod":
            self._advance()
            modulus = self._factor()
            if modulus.kind not in ("num", "sym"):
                raise NotParsed("a modulus that is no number")
            return self._make("label", (node,), f"modulo {modulus.value}")
        if token.kind in _PLAIN_WORDS or (token.kind == "sym" and token.prose):
            node = self._make("label", (node,), self._label())
        return node

    def _starts_prose(self) -> bool:
        """`two lines`, `A5 room`: a symbol from `\\text{}` with words behind it."""
        here, after = self.token, self._ahead(1)
        if here.kind not in _LETTERS:
            return False
        if here.text in ("a", "A", "an", "An") and after.kind == "word":
            return quantity(after.text) is None  # the article and no symbol
        if after.text == "-" and self._ahead(2).kind == "word":  # x-axis
            return here.kind == "sym" and not after.spaced and not self._ahead(2).spaced
        return here.prose and after.kind == "word" and after.prose

    def _multiplied(self, node: Node) -> Node:
        """`5 million` and `5 percent`; other words that change a number are not read."""
        while self.token.kind == "word":
            word = self.token.text.lower()
            counted = word == "times" and self._ahead(1).text in ("", ",", "and")
            if word in VALUE_WORDS and not counted:
                raise NotParsed(f"a number with {word!r}")
            if word in MAGNITUDES:
                node = self._make("mul", (node, num(MAGNITUDES[word])))
            elif word in ("percent", "pct", "percentage"):
                node = self._make("pct", (node,))
            elif word[0] in CJK_MAGNITUDES:
                node = self._make("mul", (node, num(CJK_MAGNITUDES[word[0]])))
                if len(word) > 1:
                    self.tokens[self.position] = self.token._replace(text=word[1:])
                    continue
            else:
                break
            self._advance()
        return node

    def _words(self) -> Node:
        """(word or unit or symbol or number or `-` `'` `.`)+, as in `October 30`."""
        parts: list[str] = []
        while (token := self.token).kind in _IN_WORDS or (
            token.text in "-'." and token.kind == "op"
        ):
            glued = bool(parts) and not token.spaced
            parts.append(token.text if glued or not parts else " " + token.text)
            self._advance()
        text = "".join(parts)
        if self.token.text not in _RELATIONS or any(c.isdigit() for c in text):
            return self._make("text", (), text)
        node = self._related(self._make("sym", (), text))  # `Net Profit = 5`
        if self.token.kind in _PLAIN_WORDS:
            node = self._make("label", (node,), self._label())
        return node

    def _label(self) -> str:
        """The words behind a value: its unit or what was counted."""
        parts: list[str] = []
        while (token := self.token).kind in _IN_WORDS or (
            token.kind == "op" and token.text in _LABEL_OPS
        ):
            if token.kind == "num" and not (parts and parts[-1][-1:] in "^{-"):
                break
            parts.append((" " if token.spaced and parts else "") + token.text)
            self._advance()
        return "".join(parts).strip()

    # relation, ratio, union: what binds more loosely than a sum

    def _relation(self) -> Node:
        """ratio? (`=` `<` `\\le` `\\in` ... ratio)*; `= 5` and `\\approx 8.24` state the 5."""
        return self._related(None if self.token.text in _RELATIONS else self._ratio())

    def _related(self, first: Node | None) -> Node:
        """The chain that goes on behind its left side; with none, its first sign is dropped."""
        operators: list[str] = []
        operands = [first] if first is not None else []
        while (operator := _RELATIONS.get(self.token.text)) is not None:
            self._advance()
            operators.append(operator)
            operands.append(self._ratio())
        if first is None:
            operators = operators[1:]
        if not operators:
            return operands[0]
        return self._make("rel", tuple(operands), tuple(operators))

    def _ratio(self) -> Node:
        """union (`:` union)*."""
        parts = [self._union()]
        while self.token.text == ":" and self.token.kind == "op" and not self.building:
            self._advance()
            parts.append(self._union())
        return parts[0] if len(parts) == 1 else self._make("ratio", tuple(parts))

    def _union(self) -> Node:
        """sum (`\\cup` `\\cap` `\\setminus` sum)*, left to right."""
        node = self._sum()
        while (kind := _UNIONS.get(self.token.text)) is not None:
            self._advance()
            node = self._make(kind, (node, self._sum()))
        return node

    # sum, product: arithmetic

    def _sum(self) -> Node:
        """signed (`+` `-` signed | `\\pm` `\\mp` product)*; `\\pm` is one node until compared."""
        terms = [self._signed()]
        while self.token.text in ("+", "-", r"\pm", r"\mp"):
            sign = self._advance().text
            if sign in ("+", "-"):
                term = self._signed()
                terms.append(term if sign == "+" else self._make("neg", (term,)))
            else:
                terms.append(self._either_sign(sign))
        return terms[0] if len(terms) == 1 else self._make("add", tuple(terms))

    def _signed(self) -> Node:
        """(`+` `-`) signed | (`\\pm` `\\mp`) product | product."""
        sign = self.token.text
        if sign in ("+", "-") and self.token.kind == "op":
            self._advance()
            with self.deeper:
                node = self._signed()
            return node if sign == "+" else self._make("neg", (node,))
        if sign in (r"\pm", r"\mp"):
            self._advance()
            return self._either_sign(sign)
        return self._product()

    def _either_sign(self, sign: str) -> Node:
        return self._make("pm" if sign == r"\pm" else "mp", (self._product(),))

    def _product(self) -> Node:
        """factor ((`*` `/`) unary | factor)*; a fraction right behind an integer is mixed."""
        node = self._factor()
        only_number = self.tokens[self.position - 1].kind == "num" and node.kind == "num"
        mixed = only_number and node.places is None and self._starts_fraction()
        if mixed:
            node = self._mixed(node, self._fraction())
        while True:
            token = self.token
            if token.text in ("*", r"\cdot", r"\times", r"\ast"):
                self._advance()
                factor = self._unary()
                if token.text == r"\times" and _is_vector(node) and _is_vector(factor):
                    node = self._make("sym", (), f"cross {node.value} {factor.value}")
                else:
                    node = self._times(node, factor)
            elif token.text == r"\mod":
                self._advance()
                node = self._make("fn", (node, self._factor()), "mod")
            elif token.text in ("/", r"\div"):
                self._advance()
                node = self._make("div", (node, self._unary()))
            elif self._starts_factor():
                node = self._times(node, self._factor())
            else:
                return node

    def _mixed(self, whole: Node, part: Node) -> Node:
        """A mixed number; the sign behind `66\\frac23\\%` is of the whole."""
        if part.kind in ("pct", "deg"):
            return self._make(part.kind, (self._make("mixed", (whole, part.args[0])),))
        return self._make("mixed", (whole, part))

    def _times(self, node: Node, factor: Node) -> Node:
        """One product node for a chain of factors: a long product is not a deep tree."""
        factors = node.args if node.kind == "mul" else (node,)
        return self._make("mul", (*factors, factor))

    def _unary(self) -> Node:
        """(`+` `-`)? factor."""
        if self.token.text in ("-", "+") and self.token.kind == "op":
            sign = self._advance().text
            node = self._factor()
            return self._make("neg", (node,)) if sign == "-" else node
        return self._factor()

    def _starts_fraction(self) -> bool:
        """Whether `\\frac{1}{3}` or `1/3` comes next."""
        if self.token.text == r"\frac" or (
            self.token.text == "{" and self._ahead(1).text == r"\frac"
        ):
            return True
        slash = self._ahead(1)
        return self.token.kind == "num" and slash.text == "/" and self._ahead(2).kind == "num"

    def _fraction(self) -> Node:
        """`\\frac` argument argument | number `/` number."""
        if self.token.text in (r"\frac", "{"):
            return self._factor()
        top = self._factor()
        self._advance()
        return self._make("div", (top, self._factor()))

    # factor: an atom and what is attached to it

    def _starts_factor(self) -> bool:
        """Whether the next token can be multiplied to what precedes it."""
        token = self.token
        if token.kind == "cmd":
            return token.text in _STARTS_FACTOR or token.text.startswith(r"\begin:")
        if token.kind in {"num", "rep"}:
            return self._number_multiplies()
        if token.kind in _LETTERS:  # `5 m` from `5 \\text{ m}` is a unit and no factor
            return not token.prose
        if token.kind == "op":
            return token.text in "([{" or (token.text == "|" and not self.bars)
        return False

    def _number_multiplies(self) -> bool:
        """Whether a number is multiplied to what precedes it: `n 2^{n-2}`, `\\sqrt{3}2`, `3!7!`.

        Not behind another number (`1 2`), nor behind a letter that it may be the index of.
        """
        before = self.tokens[self.position - 1]
        if before.text in ("!", ")", "}") and before.kind == "op":
            return True
        if before.kind == "cmd" and (before.text in _SYMBOLS or before.text in _CONSTANTS):
            return True
        if before.kind != "sym" or before.prose:
            return False
        if self.position > 1 and self.tokens[self.position - 2].text == "^":
            return True
        if not self.token.spaced:
            return False
        return before.text.islower() or self._ahead(1).text == "^"

    def _factor(self) -> Node:
        """atom mark* (`^` exponent mark*)?."""
        node = self._marked(self._atom())
        if self.token.text == "^" and self.token.kind == "op":
            self._advance()
            exponent = self._exponent()
            if exponent is not None and self.token.text == "_" and node.kind == "sym":
                self._advance()
                node = self._subscript(node)  # v^2_0
            node = self._prime(node) if exponent is None else self._make("pow", (node, exponent))
            node = self._marked(node)
        return node

    def _marked(self, node: Node) -> Node:
        """(`!` `'` `%` `°` | `_` subscript)* behind a node."""
        while self.token.kind == "op" and self.token.text in ("!", "'", "%", "°", "_"):
            match self._advance().text:
                case "!":
                    node = self._make("fact", (node,))
                case "'":
                    node = self._prime(node)
                case "%":
                    node = self._make("pct", (node,))
                case "°":
                    node = self._degrees(node)
                case _:
                    node = self._subscript(node)
        return node

    def _degrees(self, node: Node) -> Node:
        """`63°45'30''`, or degrees alone."""
        parts = [node]
        for sixtieth, mark in ((60, "'"), (3600, "''")):
            marks = "".join(self._ahead(k).text for k in range(1, 1 + len(mark)))
            if self.token.kind != "num" or marks != mark:
                break
            if sixtieth == 60 and self._ahead(2).text == "'":
                continue  # seconds without minutes
            part = self._number()
            self.position += len(mark)
            parts.append(self._make("div", (part, num(sixtieth))))
        whole = node if len(parts) == 1 else self._make("add", tuple(parts))
        if self.token.kind == "sym" and self.token.text in ("C", "F") and len(parts) == 1:
            ends = self._ahead(1).text in ("", ",", "and", "or", ")", ";", "=")
            if ends:  # not `30° C`, with more behind it
                name = {"C": "celsius", "F": "fahrenheit"}[self.token.text]
                self.tokens[self.position] = Token("word", name, True, True)
                return whole
        return self._make("deg", (whole,))

    def _prime(self, node: Node) -> Node:
        if node.kind == "sym":
            return self._make("sym", (), f"{node.value}'")
        return self._make("prime", (node,))

    def _exponent(self) -> Node | None:
        """(`+` `-`) factor | braces | atom (`^` exponent)?; None for `^\\prime`."""
        with self.deeper:
            if self.token.text == r"\prime":
                self._advance()
                return None
            if self.token.text == "{" and self._ahead(1).text == r"\prime":
                self.position += 2
                self._expect("}")
                return None
            if self.token.text in ("-", "+") and self.token.kind == "op":
                return self._unary()
            if self.token.text == "{":
                return self._braces()
            if self.token.kind == "num" and self._ahead(1).text == "_":
                return decimal(self._advance().text)  # x^2_0 has an index and no base
            node = self._argument() if self.token.kind == "run" else self._atom()
            if self.token.text == "^":  # plain text towers: 2^3^2
                self._advance()
                upper = self._exponent()
                if upper is None:
                    raise NotParsed("a prime on an exponent")
                node = self._make("pow", (node, upper))
            return node

    def _subscript(self, node: Node) -> Node:
        """braces | token: `x_1` is a symbol of that name. A base is read by `_number`."""
        with self.deeper:
            start = self.position
            if self.token.text == "{":
                self._skip_braces()
            else:
                self._advance()
            inner = "".join(t.text for t in self.tokens[start : self.position]).strip("{}")
        if node.kind == "num":
            raise NotParsed("a subscript on a number that is not a base")
        if node.kind not in ("sym", "word"):
            raise NotParsed("a subscript on an expression")
        name = str(node.value)
        primes = name[len(name.rstrip("'")) :]
        return self._make("sym", (), f"{name.rstrip(chr(39))}_{inner}{primes}")

    def _skip_braces(self) -> None:
        """Takes a group as it is, up to the brace that closes it."""
        depth = 0
        while True:
            text = self._advance().text
            depth += (text == "{") - (text == "}")
            if not depth:
                return

    # atom: numbers, symbols and groups

    def _atom(self) -> Node:
        """number | symbol | group | command."""
        with self.deeper:
            token = self.token
            match token.kind:
                case "num" | "rep":
                    return self._number()
                case "sym" | "run":
                    return self._symbol()
                case "op":
                    return self._group(token.text)
                case "cmd":
                    return self._command(token.text)
        raise NotParsed(f"nothing begins with {token.text[:20]!r}")

    def _number(self) -> Node:
        """digits (`_` base)? | repeating decimal."""
        token = self._advance()
        if token.kind == "rep":
            return self._make("num", (), repeating(token.text))
        if self.token.text == "_" and self.token.kind == "op":
            return self._based(token.text)
        self.nodes += 1
        return decimal(token.text)

    def _based(self, digits: str) -> Node:
        """`_` (number | `{` number `}`) behind its digits."""
        self._advance()
        if self.token.text == "{":
            self._advance()
            base = self._advance()
            if base.kind == "cmd" or self.token.text != "}":
                raise NotParsed("a subscript on a number that is no base")
            self._expect("}")
        else:
            base = self._advance()
        if not base.text.isdecimal() or not 2 <= int(base.text[:4]) <= 36:
            raise NotParsed(f"no base: {base.text[:20]!r}")
        return based(digits, int(base.text))

    def _symbol(self) -> Node:
        """letter | letters | (`f` `g` `h`) `(` answer `)`."""
        token = self._advance()
        if token.kind == "run":
            return self._make("word", (), token.text)
        if self.token.text != "(" or self.token.spaced:
            return self._make("sym", (), token.text)
        at_zero = self._ahead(1).text == "0" and self._ahead(2).text == ")"
        if token.text in _CALLED or at_zero:
            self._advance()
            argument = self.answer()
            self._expect(")")
            return self._make("call", (argument,), token.text)
        if token.text.isupper() and self._holds_comma():  # A(1,2) is a point
            group = self._fenced("(")
            if group.kind == "seq":
                return self._make("point", (group,), token.text)
            raise NotParsed("a name before brackets that are no tuple")
        return self._make("sym", (), token.text)

    def _holds_comma(self) -> bool:
        """Whether the bracket that comes next has a comma of its own."""
        depth = 0
        for token in self.tokens[self.position :]:
            depth += (token.text in _OPENINGS) - (token.text in _ENDINGS)
            if depth <= 0:
                return False
            if depth == 1 and token.text == ",":
                return True
        return False

    def _group(self, opening: str) -> Node:
        """braces | `|` sum `|` | (`(` `[`) answer (`)` `]`)."""
        match opening:
            case "{":
                return self._braces()
            case "(" | "[":
                return self._fenced(opening)
            case "|":
                self._advance()
                self.bars += 1
                inner = self._sum()
                self.bars -= 1
                self._expect("|", r"\rvert")
                return self._make("abs", (inner,))
        raise NotParsed(f"nothing begins with {opening[:20]!r}")

    def _braces(self) -> Node:
        """`{` answer `}`."""
        self._expect("{")
        bars, self.bars = self.bars, 0
        node = self.answer()
        self.bars = bars
        self._expect("}")
        return node

    def _fenced(self, opening: str) -> Node:  # noqa: PLR0911 - one return a kind
        """opening answer closing: a group, a tuple, an interval, a set, or a floor."""
        self._advance()
        bars, self.bars = self.bars, 0
        if self.token.text in _CLOSERS[opening]:
            self._advance()
            if opening == r"\{":
                return self._make("sym", (), "empty")
            raise NotParsed("empty brackets")
        if opening == r"\{" and self._ahead(1).text in ("|", ":") and self.token.kind == "sym":
            variable = self._make("sym", (), self._advance().text)
            self._advance()
            return self._builder(variable, bars)
        building, self.building = self.building, opening == r"\{"
        inner = self.answer()
        self.building = building
        if opening == r"\{" and self.token.text in ("|", ":"):
            if inner.kind in ("num", "list"):
                raise NotParsed("a ratio in a set")
            self._advance()
            return self._builder(inner, bars)
        self.bars = bars
        closing = self._expect(*_CLOSERS[opening]).text
        if opening in _FENCE_FUNCTIONS:
            return self._make("fn", (inner,), _FENCE_FUNCTIONS[opening])
        several = inner.kind == "list"
        if opening == r"\{":
            return self._make("set", inner.args if several else (inner,))
        if not several:
            if opening + closing in ("()", "[]", r"\lbrack\rbrack"):
                return self._make("paren", (inner,), opening + closing)
            raise NotParsed("brackets that do not match")
        if inner.value in ("and", "or"):
            return inner
        fence = {r"\langle": "(", r"\lbrack": "["}.get(opening, opening)
        end = {r"\rangle": ")", r"\rbrack": "]"}.get(closing, closing)
        return self._make("seq", inner.args, fence + end)

    def _builder(self, members: Node, bars: int) -> Node:
        """answer `\\}` behind `\\{` variable `|`: the set of what satisfies a condition."""
        condition = self.answer()
        self.bars = bars
        self._expect(r"\}")
        return self._make("builder", (members, condition))

    # command: LaTeX commands with their arguments

    def _command(self, name: str) -> Node:  # noqa: PLR0911 - one return a rule
        """fence | `\\frac` argument argument | `\\sqrt` ... | function | symbol | matrix."""
        if name in _CLOSERS:
            return self._fenced(name)
        self._advance()
        match name:
            case r"\frac":
                return self._quotient(self._argument(), self._argument())
            case r"\binom" | r"\dbinom" | r"\tbinom":
                return self._make("binom", (self._argument(), self._argument()))
            case r"\sqrt":
                return self._root()
            case r"\boxed" | r"\fbox":
                return self._braces()
            case r"\mathbb":
                return self._make("sym", (), f"bb{self._name()}")
            case accent if accent in _ACCENTS:
                return self._make("sym", (), f"{_ACCENTS[accent]}:{self._name()}")
            case r"\angle" | r"\triangle":
                return self._make("sym", (), f"{name[1:]} {self._name()}")
        if name in _CONSTANTS:
            return self._make("sym", (), _CONSTANTS[name])
        if name in _SYMBOLS:
            return self._make("sym", (), name[1:])
        if name in _NAMED:
            return self._function(name[1:])
        if name.startswith(r"\begin:"):
            return self._matrix(name[7:])
        raise NotParsed(f"unknown command {name[:30]!r}")

    def _quotient(self, top: Node, bottom: Node) -> Node:
        """A fraction; `\\frac{dy}{dx}` is a derivative and no quotient of products."""
        if _begins_with_d(top) and bottom.kind == "pow" and str(bottom.args[0].value)[:1] == "d":
            raise NotParsed("a higher derivative")
        letters = [
            str(each.value) if each.kind in ("word", "sym") else "" for each in (top, bottom)
        ]
        if letters[0][:1] == letters[1][:1] == "d" and len(letters[1]) == 2:
            return self._make("sym", (), f"{letters[0]}/{letters[1]}")
        return self._make("div", (top, bottom))

    def _argument(self) -> Node:
        """braces | atom, of which TeX takes one digit or letter: `\\frac12` is 1/2."""
        token = self.token
        if token.kind == "num" and len(token.text) > 1 and token.text.isdecimal():
            self.tokens[self.position] = token._replace(text=token.text[1:], spaced=False)
            return num(int(token.text[0]))
        if token.kind == "run":
            self.tokens[self.position] = token._replace(text=token.text[1:], spaced=False)
            if len(token.text) == 2:
                self.tokens[self.position] = Token("sym", token.text[1])
            return self._make("sym", (), token.text[0])
        with self.deeper:
            return self._braces() if token.text == "{" else self._atom()

    def _name(self) -> str:
        """The letters of an argument that is a name (`\\overline{AB}`)."""
        if self.token.text != "{":
            return self._advance().text
        self._advance()
        parts = []
        while self.token.text != "}" and self.token.kind in _IN_A_NAME:
            parts.append(self._advance().text)
        self._expect("}")
        return "".join(parts)

    def _root(self) -> Node:
        """(`[` sum `]`)? argument, behind `\\sqrt`."""
        index = num(2)
        if self.token.text == "[":
            self._advance()
            index = self._sum()
            self._expect("]")
        return self._make("root", (self._argument(), index))

    def _function(self, name: str) -> Node:  # noqa: PLR0912 - one branch a form
        """(`^` exponent | `_` argument)* operand: `\\sin^2 x`, `\\log_2 8`, `\\tan 2 x`."""
        power: Node | None = None
        parts: list[Node] = []
        while self.token.kind == "op" and self.token.text in ("^", "_"):
            if self._advance().text == "^":
                power = self._exponent()
                if name in _INVERSE and power in _MINUS_ONE:
                    name, power = _INVERSE[name], None
            elif name == "log":
                with self.deeper:
                    parts.append(self._argument())
            else:
                raise NotParsed("a subscript on a function")
        if name in _OF_SEVERAL:
            parts.insert(0, self._atom())
        elif self.token.text in ("(", "["):  # `\sin(x)^2` is the square of the sine
            parts.insert(0, self._fenced(self.token.text))
            if self.token.text == "^" and self.token.kind == "op" and power is None:
                self._advance()
                power = self._exponent()
                if power is None:
                    raise NotParsed("a prime on a function")
        elif self.token.text == "{":
            parts.insert(0, self._factor())
        else:
            parts.insert(0, self._bare_operand())
        if name == "det" and parts[0].kind in ("matrix", "paren"):
            matrix = parts[0].args[0] if parts[0].kind == "paren" else parts[0]
            if matrix.kind == "matrix":
                return self._make("det", matrix.args)
        node = self._make("fn", tuple(parts), name)
        return node if power is None else self._make("pow", (node, power))

    def _bare_operand(self) -> Node:
        """factor factor*, up to a bracket or the next function; `\\sin x/2` takes the 2."""
        with self.deeper:
            node = self._factor()
            while self._starts_factor() and self.token.text not in _NAMED:
                if self.token.text == "(":
                    break
                node = self._make("mul", (node, self._factor()))
            if self.token.text == "/" and node.kind == "sym":
                self._advance()
                node = self._make("div", (node, self._factor()))
            return node

    def _cases(self) -> Node:
        """relation (`&` relation)? a line, up to `\\end`: a system, or a value for each case."""
        rows: list[Node] = []
        while self.token.text != r"\end:cases":
            value = self._relation()
            self._skip(",", ";", ".")
            if self.token.text == "&":
                self._advance()
                self._skip("if", "for", "when", ",", "&")
                words = self.token.kind in _PLAIN_WORDS
                condition = self._words() if words else self._relation()
                self._skip(",", ";", ".")
                if condition.kind not in ("rel", "text", "list"):
                    raise NotParsed("a case without a condition")
                value = self._make("seq", (value, condition), "cases")
            rows.append(value)
            if self.token.text != r"\\":
                break
            self._advance()
        self._expect(r"\end:cases")
        if not rows:
            raise NotParsed("an empty system")
        cases = [each.kind == "seq" and each.value == "cases" for each in rows]
        if any(cases):
            return self._make("set", tuple(rows))
        return rows[0] if len(rows) == 1 else self._make("list", tuple(rows), ",")

    def _skip(self, *texts: str) -> None:
        while self.token.text in texts:
            self._advance()

    def _matrix(self, name: str) -> Node:
        """sum (`&` sum)* (`\\\\` sum (`&` sum)*)* `\\end`, behind its `\\begin`."""
        if name == "cases":
            return self._cases()
        if name not in _MATRICES:
            raise NotParsed(f"unknown environment {name!r}")
        if name == "array" and self.token.text == "{":
            self._name()
        rows: list[Node] = []
        cells: list[Node] = []
        while self.token.text != f"\\end:{name}":
            cells.append(self._sum())
            if self.token.text == "&":
                self._advance()
                continue
            rows.append(self._make("row", tuple(cells)))
            cells = []
            if self.token.text != r"\\":
                break
            self._advance()
        self._expect(f"\\end:{name}")
        if cells:
            raise NotParsed("a matrix row ends in &")
        return self._make("det" if name == "vmatrix" else "matrix", tuple(rows))

    # the position in the token list, and the nodes made from it

    @property
    def token(self) -> Token:
        """The token that is read next."""
        return self.tokens[self.position]

    def _ahead(self, steps: int) -> Token:
        """The token one or two behind the next one."""
        return self.tokens[self.position + steps]

    def _advance(self) -> Token:
        """Takes the next token. Raises NotParsed at the end."""
        token = self.token
        if token.kind == "end":
            raise NotParsed("it ends too early")
        self.position += 1
        return token

    def _expect(self, *wanted: str) -> Token:
        """Takes the next token, which must be one of these. Raises NotParsed."""
        if self.token.text not in wanted:
            raise NotParsed(f"expected {wanted[0]!r}, found {self.token.text[:20]!r}")
        return self._advance()

    def _make(self, kind: Kind, args: tuple[Node, ...] = (), value: Value = None) -> Node:
        """A node, counted. Raises TooLarge."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES} nodes")
        height = 1 + max((each.height for each in args), default=-1)
        if height > MAX_HEIGHT:
            raise TooLarge(f"a tree higher than {MAX_HEIGHT}")
        return Node(kind, args, value, None, height)
