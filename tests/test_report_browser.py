"""The site in a real Chromium, opened from disk: filters, search, comparing, hostile texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from made_runs import Made, make_run
from report_sites import PROBLEMS, able, chromium, replayed, weak

from mmeval.comparing import compare
from mmeval.judged import load_judged
from mmeval.report_site import making
from mmeval.report_site.making import Wishes, make_site
from mmeval.report_site.shards import batches
from mmeval.rundir import RunDir

playwright = pytest.importorskip(
    "playwright.sync_api", reason="browser: playwright is not installed; make test"
)

expect = playwright.expect
ABLE = "run-able-wordproblems-test.html"
BOTH = "compare.html#a=run-able-wordproblems-test&b=run-weak-wordproblems-test"
PAPER = "metamath-gsm8k/1"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site and the runs it was made of."""

    path: Path
    able: RunDir
    weak: RunDir

    def verdicts(self, checker: str) -> list[str]:
        """The outcomes of `able` in the order of its problems."""
        found = {each.problem_id: each.outcome for each in self.able.verdicts(checker)}
        return [found[problem.id] for problem in self.able.problems()]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two models forwards, one of them backwards too, in shards of a few problems; and two
    runs with subjects, levels and several answers."""
    folder = tmp_path_factory.mktemp("browser")
    one = replayed(folder / "forward", "able", "wordproblems", able)
    two = replayed(folder / "forward", "weak", "wordproblems", weak)
    replayed(folder / "backward", "able", "wordproblems_backward", able)
    meta = {
        i: {
            "subject": ("Algebra", "Geometry")[i % 2],
            "level": i % 5 + 1,
            "style": ("fobar", "self_verification")[i // 10],
        }
        for i in range(20)
    }
    make_run(folder / "parts" / "p", Made(letters="RW" * 10, meta=meta, model="parts"))
    make_run(folder / "several" / "s", Made(letters="RWRUNF", samples=3, model="several"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(making, "batches", lambda rows: batches(rows, most=6_000))
        folders = [folder / name for name in ("forward", "backward", "parts", "several")]
        make_site(folders, folder / "site", Wishes(no_text_of=(folder / "parts",)))
    assert len(list((folder / "site" / "data" / "run-able-wordproblems-test").iterdir())) > 5
    return Site(path=folder / "site", able=one, weak=two)


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    program = chromium()
    with playwright.sync_playwright() as started:
        # CI runs as root, for which Chromium has no sandbox.
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: playwright.Browser) -> Iterator[playwright.Page]:
    """A page; whatever it did, no error, no script of a text and no network came of it."""
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(10_000)
    opened = context.new_page()
    seen: list[str] = []
    opened.on("console", lambda message: seen.append(message.text))
    opened.on("pageerror", lambda error: seen.append(str(error)))
    opened.on("dialog", lambda dialog: seen.append(dialog.message))
    opened.on("request", lambda asked: asked.url.startswith("file:") or seen.append(asked.url))
    yield opened
    assert opened.evaluate("window.pwned") is None
    assert [text for text in seen if not text.startswith("data:")] == []
    context.close()


def go(page: playwright.Page, site: Site, name: str) -> None:
    """Opens a page anew, also where only what follows the # is another."""
    page.goto("about:blank")
    page.goto(f"file://{site.path}/{name}")
    if name.startswith(("run-", "compare")):
        page.wait_for_selector(".items a, .status:not(:empty)")


def listed(page: playwright.Page) -> int:
    """How many problems the list says it has."""
    found = re.match(r"[\d,]+", page.inner_text(".status"))
    assert found
    return int(found[0].replace(",", ""))


# --- the problems of a run -------------------------------------------------------------


@pytest.mark.parametrize("checker", [PAPER, "mmeval/1"])
@pytest.mark.parametrize("outcome", ["right", "wrong", "no_answer"])
def test_a_verdict_filters_by_the_chosen_checker(
    page: playwright.Page, site: Site, checker: str, outcome: str
) -> None:
    expected = site.verdicts(checker).count(outcome)
    go(page, site, ABLE)
    page.get_by_label("checker", exact=True).select_option(checker)
    box = page.get_by_label(re.compile(rf"^{outcome.replace('_', ' ')} \({expected}\)"))
    if not expected:
        assert box.count() == 0
        return
    box.check()
    assert listed(page) == expected
    badges = page.locator(".items .badge").all_inner_texts()
    assert set(badges) == {outcome.replace("_", " ")}


def test_where_checkers_disagree_is_a_filter(page: playwright.Page, site: Site) -> None:
    pairs = zip(site.verdicts(PAPER), site.verdicts("mmeval/1"), strict=True)
    expected = sum(one != two for one, two in pairs)
    go(page, site, ABLE)
    page.get_by_label("Where checkers disagree").check()
    assert listed(page) == expected > 0


def test_subject_level_and_style_filter_together(page: playwright.Page, site: Site) -> None:
    go(page, site, "run-parts-sums-test.html")
    for name, value, left in (
        ("subject", "Geometry", 10),
        ("level", "2", 2),  # 1 and 11
        ("style", "fobar", 1),
        ("level", "", 5),
    ):
        page.get_by_label(name, exact=True).select_option(value)
        assert listed(page) == left
    page.get_by_label(re.compile("^right")).check()
    assert listed(page) == 0


@pytest.mark.parametrize(
    ("wanted", "sort"),
    [
        ("window.pwned = 1<", "output"),
        ("THE ANSWER IS: -77", "output, in another case"),
        ("answer   is:\t-77", "output, with other white space"),
        ("nothing has this", "none"),
        ("</script><script>", "output that looks like a tag"),
        ("inches", "question"),
    ],
)
def test_search_reads_every_text_of_a_run(
    page: playwright.Page, site: Site, wanted: str, sort: str
) -> None:
    needle = " ".join(wanted.lower().split())
    texts = {each.problem_id: each.text for each in site.able.generations()}
    expected = sum(
        needle in " ".join(f"{problem.question} \0 {texts[problem.id]}".lower().split())
        for problem in site.able.problems()
    )
    assert bool(expected) == (sort != "none")
    go(page, site, ABLE)
    page.get_by_role("searchbox").fill(wanted)
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".status")).to_have_text(re.compile(rf"^{expected} "))
    assert page.locator(".items li").count() == min(expected, 50)


def test_an_address_opens_what_was_open(page: playwright.Page, site: Site) -> None:
    go(page, site, ABLE)
    page.get_by_label(re.compile("^wrong")).check()
    page.locator(".items a").nth(2).click()
    page.wait_for_selector(".detail h3")
    address, heading, count = page.url, page.inner_text(".detail h3"), listed(page)
    go(page, site, address.rpartition("/")[2])
    page.wait_for_selector(".detail h3")
    assert (page.inner_text(".detail h3"), listed(page)) == (heading, count)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator(".detail h3")).not_to_have_text(heading)
    page.go_back()
    expect(page.locator(".detail h3")).to_have_text(heading)


def test_the_list_has_pages(page: playwright.Page, site: Site) -> None:
    go(page, site, ABLE)
    assert page.locator(".items li").count() == 50
    page.get_by_role("button", name="Next 50").click()
    assert page.locator(".items li").count() == PROBLEMS - 50
    assert page.get_by_role("button", name="Next 50").is_disabled()


def test_several_answers_are_all_there(page: playwright.Page, site: Site) -> None:
    go(page, site, "run-several-sums-test.html")
    assert page.locator(".items .badge").all_inner_texts() == ["2 of 3 right", "0 of 3 right"]
    page.locator(".items a").nth(1).click()
    expect(page.locator(".said summary")).to_have_text(
        ["Answer 1 of 3 wrong", "Answer 2 of 3 undecided", "Answer 3 of 3 failed"]
    )
    page.locator(".said summary").nth(2).click()
    assert "made to fail" in page.inner_text(".said >> nth=2")


def test_a_missing_shard_is_named(page: playwright.Page, site: Site, tmp_path: Path) -> None:
    make_run(tmp_path / "run", Made(letters="RW"))
    make_site([tmp_path / "run"], tmp_path / "site", Wishes())
    for shard in (tmp_path / "site" / "data" / "run-made-sums-test").iterdir():
        shard.write_text("")
    page.goto(f"file://{tmp_path}/site/run-made-sums-test.html")
    page.wait_for_selector("[role=alert]")
    assert "data/run-made-sums-test/index.js is missing" in page.inner_text("[role=alert]")


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


def test_latex_becomes_readable_and_the_rest_stays(page: playwright.Page, site: Site) -> None:
    go(page, site, ABLE)
    found = [page.evaluate(SHAPE, text) for text, _, _ in FORMULAS]
    shapes = [re.sub(r" ?([()]) ?", r"\1", shape) for _, shape, _ in FORMULAS]
    assert dict(zip([why for *_, why in FORMULAS], found, strict=True)) == dict(
        zip([why for *_, why in FORMULAS], shapes, strict=True)
    )


def test_no_text_of_a_model_does_anything(page: playwright.Page, site: Site) -> None:
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
def test_no_address_does_anything(page: playwright.Page, site: Site, name: str) -> None:
    nasty = "%3Cimg src=x onerror=window.pwned=1%3E"
    go(page, site, f"{name}#p={nasty}&q={nasty}&c={nasty}&o=__proto__&a={nasty}&b=constructor")
    page.wait_for_timeout(200)
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("formulas", [True, False])
def test_the_answer_that_was_found_is_marked(
    page: playwright.Page, site: Site, formulas: bool
) -> None:
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


# --- two runs --------------------------------------------------------------------------


def test_comparing_shows_the_flips_first_and_the_numbers_of_the_verb(
    page: playwright.Page, site: Site
) -> None:
    [result] = [each for each in compare(site.able.path, site.weak.path) if each.checker == PAPER]
    go(page, site, f"{BOTH}&c={PAPER}")
    lost, gained = len(result.lost), len(result.gained)
    assert lost and gained
    page.get_by_label(f"right in A alone ({lost})").check()
    assert listed(page) == lost
    page.get_by_label(f"right in B alone ({gained})").check()
    assert listed(page) == lost + gained
    page.get_by_label("right in A alone").uncheck()
    page.get_by_label("right in B alone").uncheck()
    kinds = page.locator(".items .unseen").all_inner_texts()
    assert kinds[: lost + gained] == ["right in A alone"] * lost + ["right in B alone"] * gained
    numbers = page.inner_text(".numbers").replace("\u2212", "-")
    assert f"B - A: {100 * result.difference:+.1f} points" in numbers
    assert f"{100 * result.low:+.1f} to {100 * result.high:+.1f}" in numbers
    assert f"p = {result.p:.2g}" in numbers or "exact McNemar" in numbers


def test_turned_round_the_difference_turns_too(page: playwright.Page, site: Site) -> None:
    go(page, site, f"{BOTH}&c={PAPER}")
    straight = page.inner_text(".numbers")
    go(
        page,
        site,
        "compare.html#a=run-weak-wordproblems-test&b=run-able-wordproblems-test&c=" + PAPER,
    )
    turned = page.inner_text(".numbers")
    one, two = (re.findall(r"([+\u2212])([\d.]+)", text)[:3] for text in (straight, turned))
    assert [sign for sign, _ in one] != [sign for sign, _ in two]
    assert (one[0][1], one[1][1], one[2][1]) == (two[0][1], two[2][1], two[1][1])


def test_both_answers_stand_side_by_side(page: playwright.Page, site: Site) -> None:
    go(page, site, BOTH)
    page.locator(".items a").first.click()
    page.wait_for_selector(".sides")
    heads = page.locator(".side h4").all_inner_texts()
    assert [head[:7] for head in heads] == ["A: able", "B: weak"]
    boxes = [page.locator(".side").nth(i).bounding_box() for i in range(2)]
    assert boxes[0] and boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]


def test_twins_stand_side_by_side(page: playwright.Page, site: Site) -> None:
    go(page, site, "index.html")
    page.get_by_role("link", name="able: wordproblems and wordproblems_backward").click()
    page.wait_for_selector(".items a")
    assert listed(page) == PROBLEMS
    page.locator(".items a").first.click()
    page.wait_for_selector(".sides")
    forward, backward = page.locator(".side .question").all_inner_texts()
    assert "unknown variable" not in forward
    assert "unknown variable" in backward


# --- for everybody ---------------------------------------------------------------------


def test_the_leaderboard_is_drawn_and_sorts(page: playwright.Page, site: Site) -> None:
    go(page, site, "index.html")
    names = "tbody:first-of-type th[scope=row]"
    board = page.locator("table.board")
    before = board.locator(names).all_inner_texts()
    board.get_by_role("button", name=PAPER).last.click()
    head = board.locator("[aria-sort]")
    assert head.get_attribute("aria-sort") == "descending"
    board.get_by_role("button", name=PAPER).last.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert sorted(board.locator(names).all_inner_texts()) == sorted(before)


def test_everything_can_be_done_by_keyboard(page: playwright.Page, site: Site) -> None:
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
def test_a_screen_reader_has_a_name_for_everything(
    page: playwright.Page, site: Site, name: str
) -> None:
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
    page: playwright.Page, site: Site, name: str, size: playwright.ViewportSize
) -> None:
    page.set_viewport_size(size)
    go(page, site, name)
    if name != "index.html":
        page.locator(".items a").first.click()
        page.wait_for_selector(".detail h3")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_on_a_phone_the_list_gives_way_to_the_problem(page: playwright.Page, site: Site) -> None:
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
    page: playwright.Page, site: Site, name: str, scheme: str
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


def test_left_out_texts_are_said_to_be(page: playwright.Page, site: Site) -> None:
    go(page, site, "run-parts-sums-test.html")
    page.locator(".items a").first.click()
    page.wait_for_selector(".detail h3")
    assert "left out" in page.inner_text(".detail")
    assert page.locator(".prose").count() == 0
    assert "What is" not in page.inner_text("main")


def test_the_numbers_on_the_page_are_the_run_s(page: playwright.Page, site: Site) -> None:
    counts = load_judged(site.able.path).counts(PAPER)
    go(page, site, ABLE)
    row = page.locator("#main table").first.locator("tbody tr").first
    cells = row.locator("td").all_inner_texts()
    assert cells[0] == f"{100 * counts['accuracy']:.1f} %"
    names = ("right", "wrong", "no_answer", "undecided", "failed")
    assert cells[2:] == [str(counts[name]) for name in names]
