"""Units of measure: the quantity that a label names, and when two labels clash."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

Quantity = tuple[tuple[tuple[str, int], ...], Fraction]
"""(dimension as sorted (base, power) pairs, factor to the base unit)."""

_TABLE: dict[str, tuple[str, str]] = {
    "length 0.0254": ("length", "in inch inches"),
    "length 0.3048": ("length", "ft foot feet"),
    "length 0.9144": ("length", "yd yds yard yards"),
    "length 1609.344": ("length", "mi mile miles"),
    "length 0.001": ("length", "mm millimeter millimeters millimetre millimetres"),
    "length 0.01": ("length", "cm cms centimeter centimeters centimetre centimetres"),
    "length 1": ("length", "m meter meters metre metres"),
    "length 1000": ("length", "km kilometer kilometers kilometre kilometres"),
    "mass 0.001": ("mass", "g gm gms gram grams"),
    "mass 1": ("mass", "kg kgs kilogram kilograms"),
    "mass 0.45359237": ("mass", "lb lbs pound pounds"),
    "mass 0.028349523125": ("mass", "oz ounce ounces"),
    "time 1": ("time", "s sec secs second seconds"),
    "time 60": ("time", "min mins minute minutes"),
    "time 3600": ("time", "h hr hrs hour hours"),
    "time 86400": ("time", "day days"),
    "time 604800": ("time", "week weeks"),
    "year 1": ("year", "year years yr yrs"),
    "year 1/12": ("year", "month months"),
    "volume 1": ("volume", "l liter liters litre litres"),
    "volume 0.001": ("volume", "ml milliliter milliliters"),
    "volume 3.785411784": ("volume", "gal gallon gallons"),
    "money 1": ("money", "dollar dollars usd bucks"),
    "money 0.01": ("money", "cent cents"),
    "euro 1": ("euro", "euro euros eur"),
    "angle 1": ("angle", "degree degrees deg"),
    "angle2 1": ("angle2", "radian radians rad"),
}
_UNITS: dict[str, tuple[str, Fraction]] = {
    word: (dimension, Fraction(key.split()[1]))
    for key, (dimension, words) in _TABLE.items()
    for word in words.split()
}
UNIT_RUNS = frozenset(word for word in _UNITS if len(word) in (2, 3)) | {"mph", "kph", "sq", "cu"}
_WORD = re.compile(r"[a-z]+|\^?\{?[23]\}?|/")
_POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cu": 3, "cubed": 3}


@lru_cache(maxsize=1024)
def quantity(label: str) -> Quantity | None:
    """The dimension and the factor of `square feet`, `cm^2`, `miles per hour`.

    None when a word of the label is no known unit (`eggs`, `ways`): such a label says
    what was counted and is not compared.
    """
    text = label.lower().replace(".", "").replace("mph", "miles per hour")
    powers: dict[str, int] = {}
    factor, sign, prefix = Fraction(1), 1, 1
    last: tuple[str, Fraction, int] | None = None
    for token in _WORD.findall(text):
        if token in ("per", "/"):
            sign = -1
        elif token in _POWERS and token not in ("squared", "cubed"):
            prefix = _POWERS[token]
        elif token in _UNITS:
            dimension, size = _UNITS[token]
            powers[dimension] = powers.get(dimension, 0) + sign * prefix
            factor *= size ** (sign * prefix)
            last, prefix = (dimension, size, sign), 1
        elif (token.strip("^{}").isdigit() or token in _POWERS) and last is not None:
            extra = (_POWERS.get(token) or int(token.strip("^{}"))) - 1
            powers[last[0]] += last[2] * extra
            factor *= last[1] ** (last[2] * extra)
            last = None
        else:
            return None
    if not powers or prefix != 1:
        return None
    return tuple(sorted((d, p) for d, p in powers.items() if p)), factor


def clashes(known: str, label: str) -> bool:
    """Whether a label without a known unit is about something else than a known unit.

    `points` against `minutes` does; `hours of work` against `hours` and the generic
    `square units` do not.
    """
    unit = quantity(known)
    words = re.findall(r"[a-z]+", label.lower())
    if unit is None or any(word in ("unit", "units") for word in words):
        return False
    dimensions = {dimension for dimension, _ in unit[0]}
    return not any(_UNITS[word][0] in dimensions for word in words if word in _UNITS)
