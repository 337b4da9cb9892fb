"""Unicode notation as ASCII or LaTeX: signs, scripts, fractions, styled letters, entities."""

from __future__ import annotations

import html
import re
import unicodedata

_SIGNS: dict[str, str] = {
    "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63": "-",
    "\xa0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u3000": " ",
    "\u200b\u200c\u200d\u2060\ufeff\xad": "",
    "\u2018\u2019\u2032": "'",
    "\u2033": "''",
    "\u201c\u201d": '"',
    "\u20ac\xa3\xa5\u20b9\u20a9\u20bd\u20ba\u20ab\uffe5": " ",  # currencies
    "\xd7\u2715\u2a2f": r"\times ",
    "\xb7\u22c5\u2022\u2219": r"\cdot ",
    "\xf7\u2044\u2215": "/",
    "\u2236": ":",
    "\u221e": r"\infty ",
    "\u2264\u2a7d\u2266": r"\le ",
    "\u2265\u2a7e\u2267": r"\ge ",
    "\u2260": r"\ne ",
    "\u2248": r"\approx ",
    "\u2261": r"\equiv ",
    "\u2192": r"\to ",
    "\u21d2": r"\Rightarrow ",
    "\u222a": r"\cup ",
    "\u2229": r"\cap ",
    "\u2208": r"\in ",
    "\u2216": r"\setminus ",
    "\u2205\u2300": r"\emptyset ",
    "\u2227": r"\wedge ",
    "\u2228": r"\vee ",
    "\u2223": "|",
    "\xb1": r"\pm ",
    "\u2213": r"\mp ",
    "\xba\u02da": "\xb0",
    "\u2103": "\xb0\\text{C}",
    "\u2109": "\xb0\\text{F}",
    "\u2126": r"\Omega ",
    "\u27e8\u2329": r"\langle ",
    "\u27e9\u232a": r"\rangle ",
    "\u230a": r"\lfloor ",
    "\u230b": r"\rfloor ",
    "\u2308": r"\lceil ",
    "\u2309": r"\rceil ",
    "\u2220": r"\angle ",
    "\u25b3": r"\triangle ",
    "\u210f": r"\hbar ",
    "\u2113": r"\ell ",
    "\u2211": r"\sum ",
    "\u222b": r"\int ",
    "\u2026\u22ef": "...",
    "\u3002\uff61": ".",
    "\u3010": "[",
    "\u3011": "]",
    "\u2713\u2714\u25a0\u25a1\u220e": " ",
}
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi o pi rho varsigma "
    "sigma tau upsilon phi chi psi omega"
)
_CAPITALS = {"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi"}
_CAPITALS |= {"Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ϕ": "phi", "ϑ": "vartheta"}
_CAPITALS |= {"ϵ": "epsilon"}
_CHARS: dict[int, str] = {
    **{ord(sign): out for signs, out in _SIGNS.items() for sign in signs},
    **{0xFF01 + k: chr(0x21 + k) for k in range(94)},  # full-width ASCII
    **{0x3B1 + k: f"\\{name} " for k, name in enumerate(_GREEK.split())},
    **{ord(sign): f"\\{name} " for sign, name in _CAPITALS.items()},
    0xB5: r"\mu ",
}
_SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", "0123456789+-=()ni", strict=True))
_SUPER |= dict(zip("ᵃᵇᶜᵈᵉᵏᵐᵖᵗˣʸᶻᵀ", "abcdekmptxyzT", strict=True))
_SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ", "0123456789+-=()aeoxhklmnpstij", strict=True))
_SUPERS = re.compile(f"[{''.join(_SUPER)}]+")
_SUBS = re.compile(f"[{''.join(_SUB)}]+")
_ROOT = re.compile(r"([√∛∜])\s*(\d+(?:\.\d+)?|(?=[({])|)")
_INDEX = {"√": "", "∛": "[3]", "∜": "[4]"}
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z]{2,8});")
_PERMILLE = re.compile(r"(\d+(?:\.\d+)?)\s*‰")


def unify(text: str) -> str:
    """The text with Unicode notation as ASCII or LaTeX (full-width digits, minus signs)."""
    if "&" in text and ";" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    if text.isascii():
        return text
    if "‰" in text:
        text = _PERMILLE.sub(r"\\frac{\1}{1000}", text)
    text = _ROOT.sub(_root, text)
    text = _SUPERS.sub(lambda match: _script("^", match, _SUPER), text)
    text = _SUBS.sub(lambda match: _script("_", match, _SUB), text)
    return "".join(map(_compatible, text.translate(_CHARS)))


def _root(match: re.Match[str]) -> str:
    radicand = f"{{{match[2]}}}" if match[2] else " "
    return rf"\sqrt{_INDEX[match[1]]}{radicand}"


def _script(mark: str, match: re.Match[str], plain: dict[str, str]) -> str:
    return f"{mark}{{{''.join(plain[each] for each in match.group())}}}"


def _compatible(sign: str) -> str:
    """A styled letter, a vulgar fraction, a Roman numeral or a foreign digit as plain ones."""
    if sign.isascii():
        return sign
    code = ord(sign)
    if sign in "ℝℤℕℚℂ":
        return rf"\mathbb{{{unicodedata.normalize('NFKC', sign)}}}"
    if 0x1D400 <= code <= 0x1D7FF or 0x2160 <= code <= 0x217F or 0x24B6 <= code <= 0x24CF:
        plain = unicodedata.normalize("NFKC", sign)  # a circled capital is a letter, too
        return plain if plain.isascii() else plain.translate(_CHARS)
    if unicodedata.category(sign) == "Nd":
        return str(unicodedata.digit(sign))
    parts = unicodedata.normalize("NFKC", sign).split("\u2044")
    if len(parts) == 2 and all(part.isdecimal() for part in parts):
        return rf"\frac{{{parts[0]}}}{{{parts[1]}}}"
    return sign
