"""Labels and texts come from anywhere: whatever is in them, they are words on the page and nothing else."""

import html.parser
import json
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autotune.reports.study.as_html import to_html
from autotune.reports.study.as_json import to_json
from autotune.reports.study.as_markdown import to_markdown
from autotune.reports.study.parts import ClassScores, DataPart, Mistake, Report
from autotune.reports.study.visible import cut, visible

ATTACKS = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "</style></title><!--",
    "]]><svg onload=alert(3)>",
    '" onmouseover="alert(4)',
    "{{ 7 * 7 }}{% raw %}",
    "[a](javascript:alert(5)) ![b](http://example.com/c.png) <http://d.e> www.example.com",
    "| a | b |\n|---|---|\n# heading\n```\n- list",
    "\u202eright to left\u2066 \u2028 \x00 \ud800 \ufeff",
    "w" * 10_000,
    "",
    "中文标签",
    "&lt;b&gt; &amp; &#60;",
    "`code` ``` ~~~ *a* _b_ ~~c~~ $d$",
]
SAFE = {"bdi", "span", "code"}
"""Elements that only hold words."""

hostile = st.one_of(st.sampled_from(ATTACKS), st.text(max_size=40), st.text("<>&\"'`/=!-[](){}|\\ \n\u202e\u2066\x00ab", max_size=40))


def with_words(report: Report, words: str) -> Report:
    """The report with these words wherever words can come from the data, or from what users name."""
    assert report.validation is not None
    assert report.data is not None
    classes = (ClassScores("a label that is long enough", 1.0, 1.0, 1.0, 3, 3), ClassScores(words, 0.5, 0.5, 0.5, 2, 2))
    part = replace(
        report.validation,
        classes=classes,
        confusion=((3, 0), (1, 1)),
        confusions=((words, "other", 1),),
        worst=(Mistake(words, 0, words, words, 0.9, 0.1),),
    )
    data = DataPart(words, "f" * 16, (words, "other"), (("classes", f"2: '{words}'"),), (words,))
    decisions = (replace(report.decisions[0], evidence=words),)
    trials = tuple(replace(trial, cause=words) for trial in report.trials)
    recipe = replace(report.recipe, commands=(("once more", f"autotune search --data '{words}'"),))
    evidence = replace(report.evidence, tips=())
    return replace(
        report,
        source=words,
        notes=(words,),
        validation=part,
        data=data,
        decisions=decisions,
        trials=trials,
        evidence=evidence,
        recipe=recipe,
    )


class Page(html.parser.HTMLParser):
    """The elements of a page with the names of their attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.words: list[str] = []
        self.comments: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = tuple(name for name, _ in attrs)
        if tag not in SAFE or set(names) - {"class", "aria-hidden"}:
            self.elements.append((tag, names))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


@settings(max_examples=25)
@given(hostile)
@example(ATTACKS[0])
@example(ATTACKS[8])
@example(ATTACKS[9])
def test_a_page_has_the_same_elements_whatever_the_data_says(report: Report, words: str) -> None:
    page, harmless = to_html(with_words(report, words)), Page(to_html(with_words(report, "harmless")))
    found = Page(page)
    assert found.elements == harmless.elements
    assert found.comments == []
    shown = cut(visible(words), 120)
    if shown:
        assert any(shown in part for part in found.words)
    assert not re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069\ufeff]", page)


@pytest.mark.parametrize("words", ATTACKS)
def test_the_policy_of_the_page_allows_its_own_script_alone(report: Report, words: str) -> None:
    page = to_html(with_words(report, words))
    assert page.count("<script") == 1
    assert page.index("Content-Security-Policy") < page.index("<style") < page.index("<body")
    assert "default-src 'none'" in page


@settings(max_examples=25)
@given(hostile)
@example(ATTACKS[6])
@example(ATTACKS[7])
@example(ATTACKS[13])
def test_markdown_has_the_same_blocks_whatever_the_data_says(report: Report, words: str) -> None:
    def blocks(text: str) -> list[str]:
        found = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").parse(text)
        inline = [child.type for token in found for child in token.children or () if child.type not in ("text", "softbreak")]
        return [token.type for token in found] + inline

    assert words is not None
    text = to_markdown(with_words(report, words))
    assert blocks(text) == blocks(to_markdown(with_words(report, "harmless")))
    assert not re.search(r"(?<!\\)<(?!!-- autotune report -->)", text.replace("```", "").split("How to do it again")[0])


@settings(max_examples=25)
@given(hostile)
def test_json_gives_the_words_back_and_has_none_that_act_unseen(report: Report, words: str) -> None:
    text = to_json(with_words(report, words))
    text.encode()
    tree = json.loads(text)
    assert tree["validation"]["classes"][1]["label"] == words
    assert not re.search("[\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", text)
