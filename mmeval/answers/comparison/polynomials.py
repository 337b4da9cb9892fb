"""Exact algebra on answers: a normal form in which equal values are often identical.

A value is a fraction of two polynomials over the rationals. Their generators are the
symbols, pi, e, i (with i^2 = -1), rational powers of primes (`p^(a/b)` with 0 < a/b < 1,
linearly independent over the rationals, Besicovitch 1940), and opaque atoms for what is
not expanded (`cos(1)`, `2^x`). Two values are equal when the cross product vanishes; when
it does not, and no opaque atom occurs, they are different: both answers are proofs.

Everything is counted by a `Budget`, so cost depends on the input alone. Whole exponents
are kept as `int`, which is equal to the `Fraction` and several times as fast.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial, isqrt

from mmeval.answers.grammar.tree import NotParsed, TooLarge

Gen = tuple[int, int | str]
"""(0, prime), (1, symbol), (2, text of an opaque atom)."""
Rational = int | Fraction
Exponent = Rational
Mono = tuple[tuple[Gen, Exponent], ...]
"""Generators in order with their exponents; rational ones only for primes and symbols."""
Poly = dict[Mono, Fraction]

STEPS = 60_000
"""Of exact algebra on one pair of scalars; some microseconds each."""
TOTAL = 120_000
"""Of one comparison: a list of 50 against another has 2,500 pairs."""
MAX_TERMS = 400
MAX_BITS = 32_000
MAX_POWER = 300
"""Of a sum of several terms."""
_TRIAL = 10_000
_I: Gen = (1, "i")


class Undefined(NotParsed):
    """A division by zero: the expression has no value."""


class UsedUp(TooLarge):
    """The comparison's budget is spent; it is abandoned."""


class Budget:
    """Counts the work on one thing, and that on the whole which it is part of."""

    def __init__(self, steps: int = STEPS, whole: Total | None = None) -> None:
        self.left = steps
        self.inside = 0
        """How many operations the value that is worked out now is an operand of."""
        self._whole = whole

    def spend(self, steps: int) -> None:
        """Takes that many steps. Raises TooLarge, or UsedUp where the whole has none left."""
        if self._whole is not None:
            self._whole.spend(steps)
        self.count(steps)

    def count(self, steps: int) -> None:
        """Takes steps that the whole has paid before."""
        self.left -= steps
        if self.left < 0:
            raise TooLarge("exact algebra takes too many steps")


class Total:
    """Counts the work on one comparison, however many pairs of items it has."""

    def __init__(self, steps: int = TOTAL) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Takes that many steps. Raises UsedUp."""
        self.left -= steps
        if self.left < 0:
            raise UsedUp("comparing takes too many steps")


def constant(value: Fraction | int) -> Poly:
    """A rational number as a polynomial."""
    return {(): Fraction(value)} if value else {}


def generator(gen: Gen, exponent: Fraction | int = 1) -> Poly:
    """One generator to a power."""
    return {((gen, _plain(exponent)),): Fraction(1)}


def add(a: Poly, b: Poly, budget: Budget) -> Poly:
    """a + b."""
    budget.spend(1 + len(b))
    total = dict(a)
    for mono, value in b.items():
        new = total.get(mono, Fraction(0)) + value
        if new:
            total[mono] = new
        else:
            del total[mono]
    return total


def negative(a: Poly) -> Poly:
    """-a."""
    return {mono: -value for mono, value in a.items()}


def multiply(a: Poly, b: Poly, budget: Budget) -> Poly:
    """a * b. Raises TooLarge."""
    budget.spend(len(a) * len(b))
    product: Poly = {}
    for left, x in a.items():
        for right, y in b.items():
            mono, scale = _times(left, right)
            value = _bounded(x * y if scale == 1 else x * y * scale, budget)
            if mono in product:
                value += product[mono]
            if value:
                product[mono] = value
            elif mono in product:
                del product[mono]
    if len(product) > MAX_TERMS:
        raise TooLarge(f"more than {MAX_TERMS} terms")
    return product


def _bounded(value: Fraction, budget: Budget) -> Fraction:
    bits = value.numerator.bit_length() + value.denominator.bit_length()
    if bits > MAX_BITS:
        raise TooLarge(f"a number of {bits} bits")
    budget.spend(bits // 256)
    return value


def _times(a: Mono, b: Mono) -> tuple[Mono, Rational]:
    """The product of two monomials, and the rational that falls out of it."""
    if not a or not b:
        return a or b, 1
    exponents = dict(a)
    for gen, exponent in b:
        exponents[gen] = exponents[gen] + exponent if gen in exponents else exponent
    return _reduced(exponents)


def _plain(exponent: Exponent) -> Exponent:
    return exponent.numerator if exponent.denominator == 1 else exponent


def _reduced(exponents: dict[Gen, Exponent]) -> tuple[Mono, Rational]:
    scale: Rational = 1
    kept: list[tuple[Gen, Exponent]] = []
    for gen, exponent in sorted(exponents.items()):
        left = exponent
        if gen[0] == 0:
            whole = left.numerator // left.denominator
            if whole:
                if abs(whole) * int(gen[1]).bit_length() > MAX_BITS:
                    raise TooLarge("a power of a prime")
                scale *= Fraction(int(gen[1])) ** whole
                left -= whole
        elif gen == _I:
            quarter = int(left) % 4
            scale *= -1 if quarter >= 2 else 1
            left = quarter % 2
        if left:
            kept.append((gen, _plain(left)))
    return tuple(kept), scale


def invert(a: Poly) -> Poly | None:
    """1/a of a single term; None when a has several. Raises Undefined for 0."""
    if not a:
        raise Undefined("division by zero")
    if len(a) > 1:
        return None
    ((mono, value),) = a.items()
    inverse, scale = _reduced({gen: -exponent for gen, exponent in mono})
    return {inverse: scale / value}


def power(a: Poly, exponent: int, budget: Budget) -> Poly:
    """a ** exponent for exponent >= 0. Raises TooLarge."""
    if len(a) == 1:
        ((mono, value),) = a.items()
        size = value.numerator.bit_length() + value.denominator.bit_length()
        if size > 2 and exponent * size > MAX_BITS:
            raise TooLarge("a power")
        budget.spend(1 + exponent * size // 256)
        new, scale = _reduced({gen: e * exponent for gen, e in mono})
        return {new: value**exponent * scale}
    if exponent > MAX_POWER:
        raise TooLarge("a power of a sum")
    result, base = constant(1), a
    while exponent:
        if exponent & 1:
            result = multiply(result, base, budget)
        exponent >>= 1
        if exponent:
            base = multiply(base, base, budget)
    return result


def root_of_term(a: Poly, exponent: Fraction) -> Poly | None:
    """A single term to a fractional power, the real root where there is one.

    None where no normal form is known: several terms, `\\sqrt{x^2}` (which is |x|), an
    even root of a negative other than the square root.
    """
    if len(a) != 1:
        return None if a else {}
    ((mono, value),) = a.items()
    even = exponent.denominator % 2 == 0
    exponents: dict[Gen, Exponent] = {}
    for gen, e in mono:
        if gen[0] == 2 or gen == _I:
            return None
        if gen[0] == 1 and gen[1] not in ("pi", "e") and even and e.numerator % 2 == 0:
            return None
        exponents[gen] = e * exponent
    if value < 0:
        if not even:
            scale = Fraction(-1) ** exponent.numerator
        elif exponent.denominator == 2:
            exponents[_I] = exponent.numerator
            scale = Fraction(1)
        else:
            return None
        value = -value
    else:
        scale = Fraction(1)
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        factors = _factors(number)
        if factors is None:
            return None
        for prime, count in factors.items():
            gen = (0, prime)
            exponents[gen] = exponents.get(gen, 0) + sign * count * exponent
    new, extra = _reduced(exponents)
    return {new: scale * extra}


def _factors(number: int) -> dict[int, int] | None:
    """The prime factors; None when trial division does not find them."""
    factors: dict[int, int] = {}
    divisor = 2
    if number.bit_length() > 400:
        return None
    while divisor * divisor <= number and divisor < _TRIAL:
        while number % divisor == 0:
            factors[divisor] = factors.get(divisor, 0) + 1
            number //= divisor
        divisor += 1 if divisor == 2 else 2
    if number == 1:
        return factors
    if number < _TRIAL * _TRIAL:
        factors[number] = factors.get(number, 0) + 1
        return factors
    root = isqrt(number)
    if root * root == number and root < _TRIAL * _TRIAL:
        factors[root] = factors.get(root, 0) + 2
        return factors
    return None


def whole_number(a: Poly) -> int | None:
    """The value of a polynomial that is a whole number; else None."""
    value = rational(a)
    return value.numerator if value is not None and value.denominator == 1 else None


def rational(a: Poly) -> Fraction | None:
    """The value of a polynomial that is a rational number; else None."""
    if not a:
        return Fraction(0)
    return a[()] if len(a) == 1 and () in a else None


def small_factorial(number: int) -> int:
    """n! for 0 <= n <= 3000. Raises TooLarge."""
    if not 0 <= number <= 3000:
        raise TooLarge("a factorial")  # the number itself may be too long to print
    return factorial(number)


def text_of(a: Poly) -> str:
    """A string that is the same for equal normal forms."""
    parts = []
    for mono, value in sorted(a.items()):
        gens = "*".join(f"{gen[0]}:{gen[1]}^{exponent}" for gen, exponent in mono)
        long = value.numerator.bit_length() + value.denominator.bit_length() > 8000
        number = f"{value.numerator:x}/{value.denominator:x}" if long else str(value)
        parts.append(f"{number}*{gens}")
    return "(" + "+".join(parts) + ")"


def is_complete(a: Poly) -> bool:
    """Whether a non-zero polynomial is certainly not zero.

    Not with opaque atoms; and pi together with e only when that is known (it is not).
    """
    gens = {gen for mono in a for gen, _ in mono}
    if any(gen[0] == 2 for gen in gens):
        return False
    return not ((1, "pi") in gens and (1, "e") in gens)
