"""Units of measure: the quantity that a label names, what else it says, when two labels clash."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

Quantity = tuple[tuple[tuple[str, int], ...], Fraction]
"""(dimension as sorted (base, power) pairs, factor to the base unit)."""

_TABLE: dict[str, str] = {
    "length 0.0254": "in inch inches",
    "length 0.3048": "ft foot feet",
    "length 0.9144": "yd yds yard yards",
    "length 1609.344": "mi mile miles",
    "length 1852": "nmi",
    "length 0.01": "cms 厘米",
    "length 0.001": "毫米",
    "length 1": "米",
    "length 1000": "千米 公里",
    "mass 0.001": "gm gms 克",
    "mass 1": "kgs kilo kilos 千克 公斤",
    "mass 1000": "ton tons tonne tonnes 吨",
    "mass 0.45359237": "lb lbs pound pounds",
    "mass 0.028349523125": "oz ounce ounces",
    "time 1": "sec secs second seconds 秒",
    "time 60": "min mins minute minutes 分钟",
    "time 3600": "h hr hrs hour hours 小时 时",
    "time 86400": "day days 天",
    "time 604800": "week weeks 周",
    "year 1": "year years yr yrs 年",
    "year 1/12": "month months 个月",
    "volume 1": "升",
    "volume 0.001": "毫升 cc",
    "volume 3.785411784": "gal gallon gallons",
    "volume 0.946352946": "quart quarts qt",
    "volume 0.473176473": "pint pints pt",
    "volume 0.2365882365": "cup cups",
    "volume 0.01478676478125": "tablespoon tablespoons tbsp",
    "volume 0.00492892159375": "teaspoon teaspoons tsp",
    "area 4046.8564224": "acre acres",
    "area 10000": "hectare hectares ha",
    "money 1": "dollar dollars usd bucks buck",
    "money 0.01": "cent cents",
    "euro 1": "euro euros eur",
    "pound sterling 1": "gbp",
    "yuan 1": "元 yuan rmb",
    "angle 1": "degree degrees deg 度",
    "angle 1/60": "arcminute arcminutes arcmin",
    "angle 1/3600": "arcsecond arcseconds arcsec",
    "angle2 1": "radian radians rad rads",
    "celsius 1": "celsius centigrade",
    "fahrenheit 1": "fahrenheit",
    "kelvin 1": "kelvin kelvins",
    "information 1": "bit bits",
    "information 8": "byte bytes",
    "heat 4.184": "calorie calories",
    "pressure 101325": "atm atmosphere atmospheres",
    "pressure 100000": "bar bars",
    "power 745.69987158": "horsepower hp",
    "rotation 1": "rpm",
}
"""(dimension, factor) -> words that take no prefix."""
_PREFIXED: dict[str, tuple[str, str]] = {
    "length 1": ("m", "meter meters metre metres"),
    "mass 0.001": ("g", "gram grams"),
    "time 1": ("s", ""),
    "time 1 long": ("", "second seconds"),
    "volume 1": ("L l", "liter liters litre litres"),
    "force 1": ("N", "newton newtons"),
    "energy 1": ("J", "joule joules"),
    "electronvolt 1": ("eV", "electronvolt electronvolts"),
    "energy 3600": ("Wh", ""),
    "heat 4.184": ("cal", "calorie calories"),
    "power 1": ("W", "watt watts"),
    "pressure 1": ("Pa", "pascal pascals"),
    "frequency 1": ("Hz", "hertz"),
    "voltage 1": ("V", "volt volts"),
    "current 1": ("A", "amp amps ampere amperes"),
    "resistance 1": ("Ω ohm", "ohm ohms"),
    "charge 1": ("C", "coulomb coulombs"),
    "capacitance 1": ("F", "farad farads"),
    "inductance 1": ("H", "henry henries"),
    "flux density 1": ("T", "tesla teslas"),
    "amount 1": ("mol", "mole moles"),
    "kelvin 1": ("K", ""),
    "loudness 1": ("B", "bel bels"),
    "information 8": ("", "byte bytes"),
    "information 1": ("", "bit bits"),
    "length 3.0857e16": ("pc", "parsec parsecs"),
    "time 3.15576e7": ("", "annum"),
}
"""(dimension, factor) -> abbreviations and words that take a prefix."""
_SHORT_PREFIX = {"n": -9, "μ": -6, "u": -6, "m": -3, "c": -2, "d": -1, "k": 3, "M": 6, "G": 9}
_SHORT_PREFIX |= {"p": -12, "T": 12, "h": 2}
_LONG_PREFIX = {"nano": -9, "micro": -6, "milli": -3, "centi": -2, "deci": -1, "kilo": 3}
_LONG_PREFIX |= {"mega": 6, "giga": 9, "tera": 12, "pico": -12, "hecto": 2}


def _filled() -> tuple[dict[str, tuple[str, Fraction]], dict[str, tuple[str, Fraction]]]:
    """(words in lower case, abbreviations whose case counts)."""
    words = {
        word: (key.rpartition(" ")[0], Fraction(key.rpartition(" ")[2]))
        for key, of in _TABLE.items()
        for word in of.split()
    }
    short: dict[str, tuple[str, Fraction]] = {}
    for key, (symbols, names) in _PREFIXED.items():
        dimension, size = key.removesuffix(" long").rpartition(" ")[::2]
        for symbol in symbols.split():
            short[symbol] = dimension, Fraction(size)
            for prefix, power in _SHORT_PREFIX.items():
                short.setdefault(prefix + symbol, (dimension, Fraction(size) * _ten(power)))
        for name in names.split():
            words.setdefault(name, (dimension, Fraction(size)))
            for prefix, power in _LONG_PREFIX.items():
                words[prefix + name] = dimension, Fraction(size) * _ten(power)
    for odd in ("cd", "pt", "as", "ha", "dA", "hm", "dm", "min", "in", "at", "mi", "ft", "Th"):
        short.pop(odd, None)
    return words, short


def _ten(power: int) -> Fraction:
    return Fraction(10) ** power


_WORDS, _SHORT = _filled()
UNIT_RUNS = frozenset(
    {
        *("cm", "cms", "cu", "day", "deg", "eur", "ft", "gal", "gm", "gms", "hr", "hrs"),
        *("in", "kg", "kgs", "km", "kph", "lb", "lbs", "mi", "min", "ml", "mm", "mph", "oz"),
        *("rad", "sec", "sq", "usd", "yd", "yds", "yr", "yrs", "mL", "Hz", "kHz", "MHz"),
        *("GHz", "Pa", "kPa", "MPa", "eV", "keV", "MeV", "GeV", "kJ", "kW", "kWh", "mol"),
    }
)
"""Letters that are a unit wherever they stand; `nm` and `ms` may be products."""
UNIT_LETTERS = frozenset("mgsLlNJWPVAKCFHTΩh")
"""Letters that behind a value and upright are a unit."""
SPACED_UNITS = frozenset(
    {
        *("Hz", "kHz", "MHz", "GHz", "Pa", "kPa", "MPa", "GPa", "eV", "keV", "MeV", "GeV"),
        *("Wh", "kWh", "MWh", "cal", "kcal", "mol", "mmol", "mL", "ml", "cL", "dL", "kL"),
        *("mg", "kg", "ng", "mm", "cm", "km", "nm", "ms", "ns", "ps", "mA", "kA", "mV", "kV"),
        *("mW", "kW", "MW", "kN", "kJ", "MJ", "mH", "mF", "ohm", "kΩ", "MΩ", "pF", "nF"),
        *("ha", "hp", "atm", "bar"),
    }
)
"""Letters that are a unit behind a number and a space."""
_WORD = re.compile(r"[^\W\d_]+|\^?\{?-?\d\}?|/|·|\\[a-zA-Z]+")
_POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cu": 3, "cubed": 3}
_EMPTY_WORDS = frozenset(
    {
        *("of", "the", "a", "an", "in", "to", "for", "on", "and", "per", "is", "are", "that"),
        *("which", "each", "every", "with", "there", "total", "altogether", "different"),
        *("possible", "unit", "units", "such", "as", "approximately", "about", "nearly"),
        *("roughly", "exactly", "only", "full", "whole", "all", "both", "at", "from", "its"),
        *("their", "his", "her", "this", "these", "those", "it", "s", "be", "were", "was"),
        *("will", "would", "can", "could", "have", "has", "had", "he", "she", "they", "we"),
        *("you", "square", "cubic"),
    }
)
"""Words that say nothing about what is counted."""
DECIDING = frozenset(
    {
        *("even", "odd", "profit", "loss", "gain", "north", "south", "east", "west", "left"),
        *("right", "up", "down", "above", "below", "under", "over", "before", "after", "ago"),
        *("since", "now", "late", "early", "earlier", "later", "more", "less", "fewer"),
        *("most", "least", "maximum", "minimum", "max", "min", "maximal", "minimal"),
        *("increase", "decrease", "increasing", "decreasing", "increased", "decreased"),
        *("positive", "negative", "nonnegative", "nonpositive", "warmer", "colder", "hotter"),
        *("cooler", "higher", "lower", "larger", "smaller", "bigger", "greater", "longer"),
        *("shorter", "older", "younger", "yes", "no", "not", "never", "none", "if", "when"),
        *("unless", "except", "but", "without", "while", "where", "true", "false"),
        *("repeating", "recurring", "morning", "evening", "afternoon", "night", "noon"),
        *("midnight", "first", "last", "clockwise", "counterclockwise", "anticlockwise"),
        *("forward", "backward", "faster", "slower", "rational", "irrational", "prime"),
        *("composite", "real", "complex", "imaginary", "rows", "columns", "won", "lost"),
        *("ahead", "behind", "extra", "short", "remaining", "inside", "outside", "taller"),
        *("heavier", "lighter", "nearer", "farther", "further", "only", "zero", "is", "are"),
        *("was", "were", "has", "have", "does", "do", "exists", "exist", "wins", "loses"),
    }
)
"""Words of which one label may have one more than another that means something else."""
CHANGING = frozenset(
    {
        *("below", "under", "negative", "minus", "repeating", "recurring", "if", "when"),
        *("unless", "except", "but", "without", "not", "no", "never", "none", "where"),
        *("while", "mega", "kilo", "giga", "milli", "micro", "nano", "tera", "or", "nor"),
        *("either", "neither"),
    }
)
"""Words that make another value of the number before them."""


class Said(NamedTuple):
    """What a label says."""

    unit: Quantity | None
    """The quantity, where it names one."""
    words: frozenset[str]
    """The other words that mean something, in their singular."""


@lru_cache(maxsize=1024)
def said(label: str) -> Said:
    """The quantity and the other words of a label: `hours of work` is a time, and work."""
    pieces = _pieces(label)
    whole = quantity(label)
    if whole is not None:
        return Said(whole, frozenset())
    for start in range(len(pieces)):
        for end in range(len(pieces), start, -1):
            if start and not {"per", "/"}.isdisjoint(pieces[: start + 1]):
                continue  # `points per minute` is no time
            unit = _quantity(pieces[start:end])
            if unit is not None:
                return Said(unit, _meaning(pieces[:start] + pieces[end:]))
    return Said(None, _meaning(pieces))


def _meaning(pieces: list[str]) -> frozenset[str]:
    words = (each.lower() for each in pieces if each[0].isalpha())
    return frozenset(_singular(word) for word in words if word not in _EMPTY_WORDS)


def _singular(word: str) -> str:
    if word in DECIDING or len(word) < 4:
        return word
    for ending, single in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh")):
        if word.endswith(ending):
            return word[: -len(ending)] + single
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _pieces(label: str) -> list[str]:
    text = (
        re.sub(
            r"\b([KkMm]?)ph\b",
            lambda m: {"m": "miles", "k": "km"}.get(m[1].lower(), "") + " per hour",
            label,
        )
        if "ph" in label.lower()
        else label
    )
    text = text.replace("\\Omega", "Ω").replace("\\mu", "μ").replace("\\cdot", "·")
    return _WORD.findall(text.replace(".", ""))


@lru_cache(maxsize=1024)
def quantity(label: str) -> Quantity | None:
    """The dimension and the factor of `square feet`, `cm^2`, `miles per hour`, `m s^{-1}`.

    None when a word of the label is no known unit (`eggs`, `ways`).
    """
    return _quantity(_pieces(label))


def _unit(word: str) -> tuple[str, Fraction] | None:
    """An abbreviation in its own case, else a word in any."""
    if word in _SHORT:
        return _SHORT[word]
    return _WORDS.get(word.lower())


def _quantity(pieces: list[str]) -> Quantity | None:
    powers: dict[str, int] = {}
    factor, sign, prefix = Fraction(1), 1, 1
    last: tuple[str, Fraction, int] | None = None
    for token in pieces:
        digits = token.strip("^{}")
        unit = _unit(token)
        lower = token.lower()
        if lower in ("per", "/"):
            sign = -1
        elif lower in ("·", "\\cdot"):
            continue
        elif lower in ("degree", "degrees") and len(pieces) > 1 and not powers:
            continue  # degrees Celsius
        elif lower in _POWERS and lower not in ("squared", "cubed"):
            prefix = _POWERS[lower]
        elif unit is not None:
            dimension, size = unit
            powers[dimension] = powers.get(dimension, 0) + sign * prefix
            factor *= size ** (sign * prefix)
            last, prefix = (dimension, size, sign), 1
        elif last is not None and (lower in _POWERS or digits.lstrip("-").isdigit()):
            extra = (_POWERS.get(lower) or int(digits)) - 1
            powers[last[0]] += last[2] * extra
            factor *= last[1] ** (last[2] * extra)
            last = None
        else:
            return None
    if not powers or prefix != 1:
        return None
    return _plain(tuple(sorted((d, p) for d, p in powers.items() if p)), factor)


def _plain(dimension: tuple[tuple[str, int], ...], factor: Fraction) -> Quantity:
    """Areas and volumes as powers of a length, a watt hour as an energy."""
    powers = dict(dimension)
    area, volume = powers.pop("area", 0), powers.pop("volume", 0)
    if area:
        powers["length"] = powers.get("length", 0) + 2 * area
    if volume:
        powers["length"] = powers.get("length", 0) + 3 * volume
        factor *= Fraction(1, 1000) ** volume
    heat = powers.pop("heat", 0)
    if heat:
        powers["energy"] = powers.get("energy", 0) + heat
    return tuple(sorted((d, p) for d, p in powers.items() if p)), factor


def clashes(known: str, label: str) -> bool:
    """Whether a label without a known unit is about something else than a known unit.

    `points` against `minutes` does; `hours of work` against `hours` and the generic
    `square units` do not.
    """
    unit = quantity(known)
    words = re.findall(r"[^\W\d_]+", label.lower())
    if unit is None or any(word in ("unit", "units") for word in words):
        return False
    dimensions = {dimension for dimension, _ in unit[0]}
    named = [found for found in map(_unit, words) if found is not None]
    return not any(each[0] in dimensions for each in named)
