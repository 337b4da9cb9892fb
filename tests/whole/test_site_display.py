"""What a reader sees in a real Chromium: formulas, hostile texts, any screen, any reader."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from mmeval.results.judged import load_judged
from tests.builders.report_sites import ABLE, BOTH, PAPER, Site, go

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

api = pytest.importorskip(
    "playwright.sync_api", reason="browser: playwright is not installed; make test"
)
expect = api.expect

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

# --- texts -----------------------------------------------------------------------------

SHAPE = """(text) => {
  const shape = (node) => {
    if (node.nodeType === 3) return node.data;
    const inside = [...node.childNodes].map(shape).join(" ");
    const bare = ["mi", "mn", "mo", "mtext", "mrow", "mstyle"].includes(node.localName);
    return bare ? inside : `${node.localName}(${inside})`;
  };
  const nodes = mmeval.prose(text, null, true);
  return nodes.map((node) => shape(node)).join("").replace(/ +/g, " ").replace(/ ?([()]) ?/g, "$1");
}"""
FORMULAS = [
    ("$\\frac{1}{2}$", "math(mfrac(1 2))", "a group"),
    ("$\\frac12$", "math(mfrac(1 2))", "single digits"),
    ("$x^2_1$", "math(msubsup(x 1 2))", "both scripts"),
    ("$x^{10}$", "math(msup(x 10))", "a group above"),
    ("$\\sqrt[3]{8}$", "math(mroot(8 3))", "a root"),
    ("\\(3\\sqrt{2}\\)", "math(3 msqrt(2))", "parentheses for dollars"),
    ("\\boxed{\\frac{3}{4}}", "math(mfrac(3 4))", "a box outside of a formula"),
    ("$90^\\circ$", "math(msup(90 ∘))", "degrees"),
    ("$1,234.5$", "math(1,234.5)", "thousands"),
    ("$(0,3)$", "math((0 , 3))", "a point is no number with a comma"),
    ("$\\text{if } x$", "math(if\u00a0 x)", "words keep their space"),
    ("$\\left(\\frac{1}{2}\\right]$", "math((mfrac(1 2)])", "fences"),
    ("$a \\le b$", "math(a ≤ b)", "a relation"),
    ("$\\mathbb{R}$", "math(ℝ)", "double-struck"),
    ("$\\frobnicate x$", "math(\\frobnicate x)", "an unknown command is shown"),
    ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
     "math((mtable(mtr(mtd(1)mtd(2))mtr(mtd(3)mtd(4)))))", "a matrix"),
    ("It costs $5 and then $6 more.", "It costs $5 and then $6 more.", "prices"),
    ("$2 per egg, 3$ a dozen", "$2 per egg, 3$ a dozen", "prices with words between"),
    ("from $2-$3", "from $2-$3", "a range of prices"),
    ("US\\$5 and \\$6", "US\\$5 and \\$6", "escaped dollars"),
    ("$\\frac{1}{2", "$\\frac{1}{2", "no end"),
    ("$\\left( x$", "$\\left( x$", "a fence without an end"),
    ("$" + "{" * 60 + "x" + "}" * 60 + "$", "$" + "{" * 60 + "x" + "}" * 60 + "$", "too deep"),
    ("```python\nx = $1$\n```", "code(```python\nx = $1$\n```)", "code is no formula"),
]  # fmt: skip


def test_latex_becomes_readable_and_the_rest_stays(page: Page, site: Site) -> None:
    go(page, site, ABLE)
    found = [page.evaluate(SHAPE, text) for text, _, _ in FORMULAS]
    shapes = [re.sub(r" ?([()]) ?", r"\1", shape) for _, shape, _ in FORMULAS]
    assert dict(zip([why for *_, why in FORMULAS], found, strict=True)) == dict(
        zip([why for *_, why in FORMULAS], shapes, strict=True)
    )


def test_no_text_of_a_model_does_anything(page: Page, site: Site) -> None:
    """Every problem is opened, with formulas and as written; the fixture `page` then looks
    whether a script of a text ran."""
    texts = {each.problem_id: each.text for each in site.able.generations()}
    go(page, site, ABLE)
    for formulas in (True, False):
        page.get_by_label("Show LaTeX").set_checked(formulas)
        for problem in site.able.problems():
            page.evaluate(f"location.hash = 'p={problem.id}'")
            expect(page.locator(".detail h3")).to_have_text(problem.id)
            odd = "script,style,img,iframe,object,embed,base,link,meta,form,[onload],[onerror]"
            assert page.locator(f".detail :is({odd})").count() == 0
            assert page.locator(".detail a").count() == 0
            if not formulas:
                shown = page.locator(".output .prose").text_content() or ""
                assert letters(shown) == letters(texts[problem.id]), problem.id


def letters(text: str) -> str:
    """A text without what is hidden in it, and without the names that are shown instead."""
    return re.sub(r"(U\+[0-9A-F]{4}|[^!-~])+", "", text)


@pytest.mark.parametrize("name", [ABLE, BOTH.partition("#")[0], "index.html"])
def test_no_address_does_anything(page: Page, site: Site, name: str) -> None:
    nasty = "%3Cimg src=x onerror=window.pwned=1%3E"
    go(page, site, f"{name}#p={nasty}&q={nasty}&c={nasty}&o=__proto__&a={nasty}&b=constructor")
    page.wait_for_timeout(200)
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("formulas", [True, False])
def test_the_answer_that_was_found_is_marked(page: Page, site: Site, formulas: bool) -> None:
    go(page, site, f"{ABLE}#c=mmeval%2F1")
    found = {each.problem_id: each for each in site.able.verdicts("mmeval/1")}
    page.get_by_label("Show LaTeX").set_checked(formulas)
    for problem in [*site.able.problems()][:12]:
        verdict = found[problem.id]
        assert verdict.span is not None
        page.evaluate(f"location.hash = new URLSearchParams({{p: '{problem.id}', c: 'mmeval/1'}})")
        expect(page.locator(".detail h3")).to_have_text(problem.id)
        marked = page.locator(".output :is(mark, .answer:not(.answer .answer))").all_text_contents()
        assert [text.replace("\u2212", "-") for text in marked] == [verdict.extracted]


# --- for everybody ---------------------------------------------------------------------


def test_the_leaderboard_is_drawn_and_sorts(page: Page, site: Site) -> None:
    go(page, site, "index.html")
    board = page.locator("table.board", has_text="weak").first
    head = board.get_by_role("button", name=PAPER)
    for sort, order in (("descending", -1), ("ascending", 1)):
        head.click()
        assert board.locator("[aria-sort]").get_attribute("aria-sort") == sort
        cells = board.locator("tbody td:nth-of-type(1)").all()
        values = [float(cell.get_attribute("data-value") or "") for cell in cells]
        assert values == sorted(values, key=lambda value: order * value)
        assert len(set(values)) == 2


def test_everything_can_be_done_by_keyboard(page: Page, site: Site) -> None:
    go(page, site, ABLE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".items a").first.focus()
    page.keyboard.press("ArrowDown")
    second = page.locator(".items a").nth(1)
    assert second.evaluate("(link) => link === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_selector(".detail h3")
    assert page.evaluate("document.activeElement.localName") == "h3"
    assert page.locator(".items [aria-current]").count() == 1


@pytest.mark.parametrize("name", ["index.html", ABLE, BOTH])
def test_a_screen_reader_has_a_name_for_everything(page: Page, site: Site, name: str) -> None:
    go(page, site, name)
    if name != "index.html":
        page.locator(".items a").first.click()
        page.wait_for_selector(".detail h3")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("input, select, button, progress, table th, a")]
          .filter((each) => !(each.labels?.[0] ?? each).textContent.trim()
            && !each.getAttribute("aria-label"))
          .map((each) => each.outerHTML)"""
    )
    assert unnamed == []
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map((each) => +each.localName[1])"
    )
    jumps = pairwise(levels)
    assert all(after - before <= 1 for before, after in jumps), levels


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["index.html", ABLE, BOTH])
def test_no_page_is_wider_than_the_screen(
    page: Page, site: Site, name: str, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    go(page, site, name)
    if name != "index.html":
        page.locator(".items a").first.click()
        page.wait_for_selector(".detail h3")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_on_a_phone_the_list_gives_way_to_the_problem(page: Page, site: Site) -> None:
    page.set_viewport_size(PHONE)
    go(page, site, ABLE)
    page.locator(".items a").first.click()
    page.wait_for_selector(".detail h3")
    assert not page.locator(".items").is_visible()
    page.get_by_role("button", name="Back to the list").click()
    assert page.locator(".items").is_visible()
    assert not page.locator(".detail").is_visible()


CONTRAST = """() => {
  const light = (css) => css.match(/\\d+/g).slice(0, 3).map((each) => {
    const share = each / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }).reduce((sum, share, i) => sum + share * [0.2126, 0.7152, 0.0722][i], 0);
  const back = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (!/, 0\\)|transparent/.test(color)) return color;
    }
    return "rgb(127, 127, 127)";
  };
  const ratios = {};
  for (const each of document.querySelectorAll("body *")) {
    if (![...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (each.closest(":disabled, svg, .unseen, .skip")) continue;
    const both = [light(getComputedStyle(each).color), light(back(each))];
    const ratio = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    if (ratio < 4.5) ratios[`${each.localName}.${each.className}`] = ratio;
  }
  return [ratios, getComputedStyle(document.body).backgroundColor];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", ABLE])
def test_every_text_stands_out_from_its_ground(
    page: Page, site: Site, name: str, scheme: str
) -> None:
    """WCAG 2 AA: a contrast of 4.5 at least."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    go(page, site, name)
    if name == ABLE:
        page.locator(".items a").first.click()
        page.wait_for_selector(".detail h3")
    low, ground = page.evaluate(CONTRAST)
    assert low == {}
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


def test_left_out_texts_are_said_to_be(page: Page, site: Site) -> None:
    go(page, site, "run-parts-sums-test.html")
    page.locator(".items a").first.click()
    page.wait_for_selector(".detail h3")
    assert "left out" in page.inner_text(".detail")
    assert page.locator(".prose").count() == 0
    assert "What is" not in page.inner_text("main")


def test_the_numbers_on_the_page_are_the_run_s(page: Page, site: Site) -> None:
    counts = load_judged(site.able.path).counts(PAPER)
    go(page, site, ABLE)
    row = page.locator("#main table").first.locator("tbody tr").first
    cells = row.locator("td").all_inner_texts()
    assert cells[0] == f"{100 * counts.accuracy:.1f} %"
    names = ("right", "wrong", "no_answer", "undecided", "failed")
    assert cells[2:] == [str(getattr(counts, name)) for name in names]
