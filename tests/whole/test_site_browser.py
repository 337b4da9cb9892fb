"""The site in a real Chromium, opened from disk: filters, search, two runs side by side."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mmeval.results.compare import compare
from mmeval.results.site.make import Wishes, make_site
from tests.builders.made_runs import Made, make_run
from tests.builders.report_sites import ABLE, BOTH, PAPER, PROBLEMS, Site, go, listed

if TYPE_CHECKING:
    from playwright.sync_api import Page

api = pytest.importorskip(
    "playwright.sync_api", reason="browser: playwright is not installed; make test"
)
expect = api.expect


# --- the problems of a run -------------------------------------------------------------


@pytest.mark.parametrize("checker", [PAPER, "mmeval/1"])
@pytest.mark.parametrize("outcome", ["right", "wrong", "no_answer"])
def test_a_verdict_filters_by_the_chosen_checker(
    page: Page, site: Site, checker: str, outcome: str
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


def test_where_checkers_disagree_is_a_filter(page: Page, site: Site) -> None:
    pairs = zip(site.verdicts(PAPER), site.verdicts("mmeval/1"), strict=True)
    expected = sum(one != two for one, two in pairs)
    go(page, site, ABLE)
    page.get_by_label("Where checkers disagree").check()
    assert listed(page) == expected > 0


def test_subject_level_and_style_filter_together(page: Page, site: Site) -> None:
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
def test_search_reads_every_text_of_a_run(page: Page, site: Site, wanted: str, sort: str) -> None:
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


def test_an_address_opens_what_was_open(page: Page, site: Site) -> None:
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


def test_the_list_has_pages(page: Page, site: Site) -> None:
    go(page, site, ABLE)
    assert page.locator(".items li").count() == 50
    page.get_by_role("button", name="Next 50").click()
    assert page.locator(".items li").count() == PROBLEMS - 50
    assert page.get_by_role("button", name="Next 50").is_disabled()


def test_several_answers_are_all_there(page: Page, site: Site) -> None:
    go(page, site, "run-several-sums-test.html")
    assert page.locator(".items .badge").all_inner_texts() == ["2 of 3 right", "0 of 3 right"]
    page.locator(".items a").nth(1).click()
    expect(page.locator(".said summary")).to_have_text(
        ["Answer 1 of 3 wrong", "Answer 2 of 3 undecided", "Answer 3 of 3 failed"]
    )
    page.locator(".said summary").nth(2).click()
    expect(page.locator(".said").nth(2)).to_contain_text("made to fail")


def test_a_missing_shard_is_named(page: Page, site: Site, tmp_path: Path) -> None:
    make_run(tmp_path / "run", Made(letters="RW"))
    make_site([tmp_path / "run"], tmp_path / "site", Wishes())
    for shard in (tmp_path / "site" / "data" / "run-made-sums-test").iterdir():
        shard.write_text("")
    page.goto(f"file://{tmp_path}/site/run-made-sums-test.html")
    page.wait_for_selector("[role=alert]")
    assert "data/run-made-sums-test/index.js is missing" in page.inner_text("[role=alert]")


# --- two runs --------------------------------------------------------------------------


def test_comparing_shows_the_flips_first_and_the_numbers_of_the_verb(
    page: Page, site: Site
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


def test_turned_round_the_difference_turns_too(page: Page, site: Site) -> None:
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


def test_both_answers_stand_side_by_side(page: Page, site: Site) -> None:
    go(page, site, BOTH)
    page.locator(".items a").first.click()
    page.wait_for_selector(".sides")
    heads = page.locator(".side h4").all_inner_texts()
    assert [head[:7] for head in heads] == ["A: able", "B: weak"]
    boxes = [page.locator(".side").nth(i).bounding_box() for i in range(2)]
    assert boxes[0] and boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]


def test_twins_stand_side_by_side(page: Page, site: Site) -> None:
    go(page, site, "index.html")
    page.get_by_role("link", name="able: wordproblems and wordproblems_backward").click()
    page.wait_for_selector(".items a")
    assert listed(page) == PROBLEMS
    page.locator(".items a").first.click()
    page.wait_for_selector(".sides")
    forward, backward = page.locator(".side .question").all_inner_texts()
    assert "unknown variable" not in forward
    assert "unknown variable" in backward
