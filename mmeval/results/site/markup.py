"""HTML and SVG as a tree of elements: text and attributes are escaped here and nowhere else.

    tag("a", "3 < 4", href="run-one.html", class_="run")

Names of elements and attributes come from mmeval's own code, never from data.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

from mmeval.text import shown

VOID = frozenset({"meta", "link", "input", "br", "hr"})
"""Elements without an end tag."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types mmeval"
)
"""The site's own files alone, nothing from a network, nothing inline; and where a browser
knows trusted types, no script can write HTML, nor load a script that is no shard."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element, what is in it, and its attributes; made by `tag`."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Node, ...]


Node = Element | str


def tag(name: str, /, *children: Node | None, **attributes: str | int | bool | None) -> Element:
    """An element. `class_` is `class`, `aria_label` is `aria-label`; an attribute that is
    None or False is left out, and True has no value. Children that are None are left out."""
    kept = tuple(
        (key.rstrip("_").replace("_", "-"), "" if value is True else str(value))
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Element(name, kept, tuple(each for each in children if each is not None))


def outside(text: str, link: str) -> Node:
    """A link to another site, where its address is one of the web; else its text alone."""
    if not link.startswith(("https://", "http://")):
        return text
    return tag("a", text, href=link, rel="noreferrer")


def document(title: str, body: Element, scripts: tuple[str, ...]) -> str:
    """A whole page, whose scripts are loaded in that order."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("link", rel="stylesheet", href="assets/report.css"),
        *(tag("script", src=f"assets/{name}", defer=True) for name in scripts),
    )
    return f"<!doctype html>\n{markup(tag('html', head, body, lang='en'))}\n"


def markup(node: Node) -> str:
    """The HTML of an element and all that is in it."""
    return "".join(_pieces(node))


def _pieces(node: Node) -> Iterator[str]:
    if isinstance(node, str):
        yield html.escape(_visible(node), quote=False)
        return
    written = "".join(
        f" {key}" if value == "" else f' {key}="{html.escape(_visible(value))}"'
        for key, value in node.attributes
    )
    yield f"<{node.name}{written}>"
    if node.name in VOID:
        return
    for child in node.children:
        yield from _pieces(child)
    yield f"</{node.name}>"
    if node.name in {"tr", "li", "p", "section", "head", "details"}:
        yield "\n"


def _visible(text: str) -> str:
    """What a browser could obey or a file cannot hold (control characters, changes of
    direction, halves of surrogate pairs) becomes U+FFFD."""
    return shown(text, kept="\n\t\xa0", instead="\ufffd")
