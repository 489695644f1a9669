"""The page can be read by everybody: in order, by keyboard, by ear, in light and dark, without a network."""

import html.parser
import re
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import pytest

from autotune.reports.study.as_html import to_html
from autotune.reports.study.parts import Option, ParameterPart, Report, TipPart, TrialPart

STYLE = (files("autotune.reports.study") / "page" / "report.css").read_text(encoding="utf-8")


class Outline(html.parser.HTMLParser):
    """What a screen reader goes by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.path: list[str] = []
        self.headings: list[int] = []
        self.problems: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.charts = 0
        self.figures: list[set[str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th" and given.get("scope") not in ("col", "row"):
            self.problems.append("a heading of a table without its scope")
        if tag == "svg" and "aria-hidden" not in given:
            self.charts += 1
            if given.get("role") != "img" or not given.get("aria-label"):
                self.problems.append("a chart without words in its place")
        if "scroll" in (given.get("class") or "").split() and (given.get("tabindex") != "0" or not given.get("aria-label")):
            self.problems.append("a part that scrolls and cannot be reached by keyboard")
        if tag == "figure":
            self.figures.append(set())
        if self.figures and "figure" in self.path:
            self.figures[-1].add(tag)
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        if tag not in ("meta", "br", "link", "img"):
            self.path.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.path[-1] != tag:
            self.problems.append(f"{tag} closes {self.path[-1]}")
        else:
            self.path.pop()


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return to_html(report)


def test_headings_tables_charts_and_parts_that_scroll_have_what_they_need(page: str) -> None:
    outline = Outline(page)
    assert outline.problems == []
    assert outline.path == []
    assert outline.headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(outline.headings))
    assert len(outline.ids) == len(set(outline.ids))
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert outline.charts > 10


def test_every_figure_has_a_caption_and_its_numbers_as_a_table(page: str) -> None:
    figures = Outline(page).figures
    assert figures
    assert all({"figcaption", "svg", "details", "summary", "table"} <= parts for parts in figures)


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    assert not re.search(r"(https?:)?//[a-z]", page)
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b|@import|url\(", page)


def test_everything_that_was_promised_is_there(page: str, report: Report) -> None:
    for name in ("answer", "course", "tips", "curves", "together", "decisions", "mistakes", "data", "again"):
        assert f'<section id="{name}"' in page
    assert report.answer.verdict in page
    assert "autotune train best.yaml --data" in page
    assert "bit for bit" in page


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2: 4.5 is asked for words, 3 for marks."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_colours_can_be_told_from_what_is_behind_them(scheme: int) -> None:
    block = re.findall(r":root \{(.*?)\}", STYLE, re.S)[scheme]
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block))
    for ground in ("ground", "panel"):
        for words in ("text", "soft", "accent", "good", "bad"):
            assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)
        for marks in ("done", "stop", "strand"):
            assert contrast(colours[marks], colours[ground]) >= 3, (marks, ground)


def test_a_study_of_very_many_trials_stays_small(report: Report) -> None:
    def trial(number: int) -> TrialPart:
        score = 0.5 + (number * 7919 % 1000) / 2500
        curve = tuple((epoch, score) for epoch in range(1, 13))
        values: dict[str, bool | int | float | str] = {"a.x": float(number), "a.y": number % 5}
        return TrialPart(number, "complete", "finished", float(number), score, False, 12, 1.0, curve, values, False)

    trials = tuple(trial(number) for number in range(10_000))
    scores = tuple(sorted((one.score or 0.0 for one in trials), reverse=True))
    points = tuple((float(one.number + 1), one.score or 0.0) for one in trials)
    parts = tuple(ParameterPart(f"optimizer.p{number}", 0.1, True, (), points, None) for number in range(20))
    parts += (ParameterPart("optimizer.name", 0.1, False, tuple(Option(name, scores, 0.7) for name in "abcdefgh"), (), "a"),)
    evidence = replace(
        report.evidence, scored=len(trials), tips=(TipPart("1", "optimizer", "Observed.", False, parts, ()),), most_important=("a.x", "a.y")
    )
    decisions = report.decisions * 2000
    page = to_html(replace(report, trials=trials, evidence=evidence, decisions=decisions))
    assert len(page.encode()) < 6_000_000
    assert "The best 300 of 10,000." in page
