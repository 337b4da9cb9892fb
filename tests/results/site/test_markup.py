"""HTML as a tree: escaped once, void elements, and a policy that lets nothing else in."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from mmeval.results.site.markup import POLICY, document, markup, outside, tag


def test_text_and_attributes_are_escaped_once() -> None:
    made = tag("p", 'a < b & "c"', tag("br"), title='"><script>', hidden=True, id=None)
    assert markup(made) == (
        '<p title="&quot;&gt;&lt;script&gt;" hidden>a &lt; b &amp; "c"<br></p>\n'
    )
    assert markup(tag("b", "\u202e\x00\ud83d")) == "<b>\ufffd\ufffd\ufffd</b>"


def test_attributes_are_named_as_html_has_them_and_none_is_left_out() -> None:
    made = tag("a", "x", None, class_="run", aria_label="A", hidden=False, id=None, data_run=3)
    assert markup(made) == '<a class="run" aria-label="A" data-run="3">x</a>'


@pytest.mark.parametrize("name", ["tr", "li", "p"])
def test_lines_end_where_a_person_would_end_them(name: str) -> None:
    assert markup(tag("div", tag(name, "x"))) == f"<div><{name}>x</{name}>\n</div>"


@pytest.mark.parametrize("name", ["br", "input", "meta", "link", "hr"])
def test_a_void_element_has_no_end(name: str) -> None:
    assert markup(tag(name)) == f"<{name}>"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "", "//host"])
def test_an_address_that_is_none_of_the_web_is_no_link(link: str) -> None:
    assert outside("source", link) == "source"


def test_a_link_to_another_site_tells_it_nothing() -> None:
    assert markup(outside("a < b", 'https://x.org/?"')) == (
        '<a href="https://x.org/?&quot;" rel="noreferrer">a &lt; b</a>'
    )


def test_a_document_is_one_page_with_its_policy_before_its_scripts() -> None:
    text = document("<T>", tag("body", "x"), ("a.js", "b.js"))
    assert text.startswith("<!doctype html>\n<html")
    assert "<title>&lt;T&gt;</title>" in text
    places = [text.index(each) for each in ("Content-Security-Policy", "a.js", "b.js", "<body>")]
    assert places == sorted(places)
    assert "'unsafe" not in POLICY and "default-src 'none'" in POLICY
    body = text.partition("<body>")[2].partition("</body>")[0]
    assert ElementTree.fromstring(f"<body>{body}</body>").text == "x"
