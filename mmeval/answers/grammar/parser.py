"""Tokens -> tree: a recursive descent over LaTeX and plain notation, depth bounded.

    answer    items separated by `,` `;` `and` `or`
    item      relation, then words (a unit or a label); or words alone
    relation  ratio (= < \\le \\in ... ratio)*
    ratio     union (: union)*
    union     sum (\\cup \\cap \\setminus sum)*
    sum       product (+ - \\pm \\mp product)*
    product   factor ((* / or nothing) factor)*
    factor    atom with ^ _ ! ' % °

It reads what models and answer keys write, left to right, without going back; what it
does not know raises NotParsed, and nothing inside a failed parse is used instead.
"""

from __future__ import annotations

from mmeval.answers.grammar.commands import Commands
from mmeval.answers.grammar.tokens import tokens
from mmeval.answers.grammar.tree import Node, NotParsed, Token, num
from mmeval.answers.grammar.vocabulary import MAGNITUDES, VALUE_WORDS

RELATIONS: dict[str, str] = {
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
_UNIONS = {r"\cup": "cup", r"\cap": "cap", r"\setminus": "minus", r"\backslash": "minus"}
_JOINS = frozenset({"and", "or", r"\land", r"\lor", r"\wedge", r"\vee"})
_LABEL_OPS = frozenset("^/.-{}'\"")


def parse(text: str, grouped: bool = True) -> Node:
    """The tree of a tidied answer. Raises NotParsed or TooLarge."""
    reader = Reader(tokens(text, grouped))
    node = reader.answer()
    if reader.token.kind != "end":
        raise NotParsed(f"not understood from {reader.token.text[:20]!r} on")
    return node


class Reader(Commands):
    """The rules above the atoms; the state is a token list and a position."""

    def answer(self) -> Node:
        """A whole answer: one item, or a list of them."""
        groups, marks = [[self.item()]], set()
        while True:
            token = self.token
            comma = token.text in (",", ";") and token.kind == "op"
            if comma:
                self.advance()
                marks.add(token.text)
            elif token.text not in _JOINS:
                break
            joined = self.token.kind == "cmd" and self.token.text in _JOINS
            if joined:
                marks.add(self.advance().text.strip("\\"))
            if self.token.kind == "end":
                break
            if token.text == ";" or (joined and not comma):
                groups.append([])
            groups[-1].append(self.item())
        return self._list(groups, marks)

    def _list(self, groups: list[list[Node]], marks: set[str]) -> Node:
        """One item, a list, or for `p=5, q=2; p=7, q=2` a list of tuples."""
        sizes = {len(group) for group in groups}
        named = all(each.kind == "rel" for group in groups for each in group)
        if len(groups) > 1 and len(sizes) == 1 and max(sizes) > 1 and (";" in marks or named):
            items = [self.make("seq", tuple(group), "()") for group in groups]
        else:
            items = [each for group in groups for each in group]
        if len(items) == 1:
            return items[0]
        word = next((each for each in ("and", "or") if each in marks), ",")
        return self.make("list", tuple(items), word)

    def item(self) -> Node:
        """One answer of a list, with its unit or label."""
        token = self.token
        if token.kind in ("word", "unit") or self._starts_prose():
            return self._words()
        node = self.relation()
        node = self._multiplied(node)
        if self.token.kind in ("word", "unit") or (self.token.kind == "sym" and self.token.prose):
            node = self.make("label", (node,), self._label())
        return node

    def _multiplied(self, node: Node) -> Node:
        """`5 million` and `5 percent`; other words that change a number are not read."""
        while self.token.kind == "word":
            word = self.token.text.lower()
            if word in VALUE_WORDS:
                raise NotParsed(f"a number with {word!r}")
            if word in MAGNITUDES:
                node = self.make("mul", (node, num(MAGNITUDES[word])))
            elif word in ("percent", "pct"):
                node = self.make("pct", (node,))
            else:
                break
            self.advance()
        return node

    def _starts_prose(self) -> bool:
        """`two lines`, `A5 room`: a symbol from `\\text{}` with words behind it."""
        here, after = self.token, self.ahead(1)
        return here.kind in ("sym", "run") and here.prose and after.kind == "word" and after.prose

    def _words(self) -> Node:
        """An answer in words; digits may stand in it (`October 30`)."""
        parts: list[str] = []
        while (token := self.token).kind in ("word", "unit", "num", "sym", "run") or (
            token.text in "-'." and token.kind == "op"
        ):
            glued = bool(parts) and not token.spaced
            parts.append(token.text if glued or not parts else " " + token.text)
            self.advance()
        if self.token.text in RELATIONS and not any(c.isdigit() for c in "".join(parts)):
            return self._named_relation("".join(parts))  # `Net Profit = 5`
        return self.make("text", (), "".join(parts))

    def _named_relation(self, name: str) -> Node:
        operators, operands = [], [self.make("sym", (), name)]
        while (operator := RELATIONS.get(self.token.text)) is not None:
            self.advance()
            operators.append(operator)
            operands.append(self.ratio())
        node = self.make("rel", tuple(operands), tuple(operators))
        if self.token.kind in ("word", "unit"):
            node = self.make("label", (node,), self._label())
        return node

    def _label(self) -> str:
        """The words behind a value: its unit or what was counted."""
        parts: list[str] = []
        while (token := self.token).kind in ("word", "unit", "sym", "run", "num") or (
            token.kind == "op" and token.text in _LABEL_OPS
        ):
            if token.kind == "num" and not (parts and parts[-1][-1:] in "^{"):
                break
            parts.append((" " if token.spaced and parts else "") + token.text)
            self.advance()
        return "".join(parts).strip()

    def relation(self) -> Node:
        """A chain of relations, or the one expression that stands there."""
        first = self.ratio() if self.token.text not in RELATIONS else None
        operators: list[str] = []
        operands = [first] if first is not None else []
        while (operator := RELATIONS.get(self.token.text)) is not None:
            self.advance()
            operators.append(operator)
            operands.append(self.ratio())
        if first is None:  # `= 5`, `\approx 8.24`: the left side is left out
            operators = operators[1:]
        if not operators:
            return operands[0]
        return self.make("rel", tuple(operands), tuple(operators))

    def ratio(self) -> Node:
        """`7:32`, or what stands above it."""
        parts = [self.union()]
        while self.token.text == ":" and self.token.kind == "op":
            self.advance()
            parts.append(self.union())
        return parts[0] if len(parts) == 1 else self.make("ratio", tuple(parts))

    def union(self) -> Node:
        """Set operations, left to right."""
        node = self.sum()
        while (operator := _UNIONS.get(self.token.text)) is not None:
            self.advance()
            node = self.make(operator, (node, self.sum()))
        return node

    def sum(self) -> Node:
        """Terms with their signs; `\\pm` stays one node until it is compared."""
        terms = [self._signed()]
        while self.token.text in ("+", "-", r"\pm", r"\mp"):
            sign = self.advance().text
            if sign in ("+", "-"):
                term = self._signed()
                terms.append(term if sign == "+" else self.make("neg", (term,)))
            else:
                kind = "pm" if sign == r"\pm" else "mp"
                terms.append(self.make(kind, (self.product(),)))
        return terms[0] if len(terms) == 1 else self.make("add", tuple(terms))

    def _signed(self) -> Node:
        sign = self.token.text
        if sign in ("+", "-") and self.token.kind == "op":
            self.advance()
            with self.deeper():
                node = self._signed()
            return node if sign == "+" else self.make("neg", (node,))
        if sign in (r"\pm", r"\mp"):
            self.advance()
            return self.make("pm" if sign == r"\pm" else "mp", (self.product(),))
        return self.product()

    def product(self) -> Node:
        """Factors; a fraction right behind an integer is kept as a mixed number."""
        node = self.factor()
        first: Token | None = self.before
        while True:
            token = self.token
            if token.text in ("*", r"\cdot", r"\times", r"\ast") and token.kind != "end":
                self.advance()
                node = self._times(node, self._unary())
            elif token.text in ("/", r"\div") and token.kind != "end":
                self.advance()
                node = self.make("div", (node, self._unary()))
            elif self._mixed(node, first):
                node = self.make("mixed", (node, self._fraction()))
            elif self.starts_factor():
                node = self._times(node, self.factor())
            else:
                return node
            first = None

    def _times(self, node: Node, factor: Node) -> Node:
        """One product node for a chain of factors: a long product is not a deep tree."""
        factors = node.args if node.kind == "mul" else (node,)
        return self.make("mul", (*factors, factor))

    def _unary(self) -> Node:
        if self.token.text in ("-", "+") and self.token.kind == "op":
            sign = self.advance().text
            node = self.factor()
            return self.make("neg", (node,)) if sign == "-" else node
        return self.factor()

    def _mixed(self, node: Node, first: Token | None) -> bool:
        """Whether `2 \\frac{1}{3}` or `2 1/3` goes on here."""
        if first is None or first.kind != "num" or node.kind != "num" or node.places is not None:
            return False
        if self.token.text == r"\frac":
            return True
        slash = self.ahead(1)
        return self.token.kind == "num" and slash.text == "/" and self.ahead(2).kind == "num"

    def _fraction(self) -> Node:
        if self.token.text == r"\frac":
            return self.factor()
        top = self.factor()
        self.advance()
        return self.make("div", (top, self.factor()))
