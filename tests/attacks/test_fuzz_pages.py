"""Text made up by machine, on its way to a marker's browser: harmless, stable, and soon there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import nbformat
import pytest
from hypothesis import strategies as st
from nbconvert.filters import Highlight2HTML, ansi2html, markdown2html
from nbformat.v4 import new_code_cell, new_notebook

from dalil.nbgrader.sanitising import (
    neutral_markdown,
    plain_output,
    prose,
    safe_html,
    sanitise_cell,
)
from tests.attacks.fuzz.strategies import ODD_TEXTS, depths, fuzz, json_values
from tests.attacks.reviewer import GROUPS

BUDGETS = [150, pytest.param(1_000, marks=pytest.mark.acceptance)]
PIECES = (
    *("[", "]", "(", ")", "*", "_", "`", "```", "~~~", "<", ">", "</", "<!--", "-->", "<![CDATA["),
    *("&", "&#", ";", "$", "$$", "\\", "\\\\[", "\\\\]", "\\\\(", "\\begin{", "\\begin{a}"),
    *(
        "\\end{a}",
        "|",
        "| a | b |\n|---|---|\n",
        "> ",
        "- ",
        "1. ",
        "- [ ] ",
        "#",
        "# a\n",
        "===\n",
    ),
    *("\n", "\n\n", "  \n", "\t", " ", "    a\n", "![", "](", "[a](", "[a]:", "**a*", "*a_", "^a^"),
    *("<b>", "</b>", "<div>\n", "</div>", "<p dir='rtl'>", '<a href="', "<svg>", "<script>", "'"),
    *('"', "http://a ", "<https://", "mailto:", "javascript:", "data:", "a@b.c ", "`a`` ", "{{"),
    *(
        "\x1b[31m",
        "\x1b]8;;",
        "\x1b[",
        "\u202e",
        "\u2066",
        "\u3000\n",
        "\x0c\n",
        "é",
        "%",
        "?",
        "a",
    ),
)
ORDINARY = re.compile(
    "a|abbr|b|bdi|blockquote|br|code|dd|del|div|dl|dt|em|figcaption|figure|h[1-6]|hr|i|kbd|li|ol|p|"
    "pre|s|small|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul"
)
TICK_BOX = [("class", "task-list-item-checkbox"), ("type", "checkbox"), ("disabled", None)]
payloads = st.sampled_from([text for texts in GROUPS.values() for text in texts])
texts = st.lists(
    st.sampled_from(PIECES)
    | payloads
    | st.sampled_from([text for text in ODD_TEXTS if len(text) < 1_000])
    | st.text(max_size=6),
    max_size=12,
).map("".join)


class Acting(HTMLParser):
    """What of a page could act: foreign tags, attributes that run or load, strange links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input" and [a for a in attrs if a[0] != "checked"] == TICK_BOX:
            return
        if not ORDINARY.fullmatch(tag):
            self.found.append(tag)
        for name, value in attrs:
            link = name == "href" and re.match(r"(https?://|mailto:|#)", value or "")
            known = name in ("class", "dir", "lang", "title", "id", "colspan", "rowspan", "style")
            loads = name == "style" and "url(" in (value or "")
            if not (link or known) or loads:
                self.found.append((tag, name, value))


@pytest.mark.parametrize("cases", BUDGETS)
def test_markdown_is_harmless_wherever_it_is_rendered(cases: int) -> None:
    def holds(drawn: str) -> None:
        text = drawn.encode("utf-8", "replace").decode("utf-8")  # as every reader leaves it
        neutral = neutral_markdown(text)
        assert neutral_markdown(neutral) == neutral
        assert Acting(markdown2html(neutral)).found == []
        assert Acting(prose(text)).found == []

    fuzz(cases, texts, holds)


@pytest.mark.parametrize("cases", BUDGETS)
def test_html_is_harmless(cases: int) -> None:
    def holds(text: str) -> None:
        for classes in (True, False):
            html = safe_html(text, classes=classes)
            assert Acting(html).found == []
            assert safe_html(html, classes=classes) == html

    fuzz(cases, texts, holds)


@pytest.mark.parametrize("cases", BUDGETS)
def test_outputs_are_made_anew_whatever_they_are(cases: int) -> None:
    def holds(raw: dict[str, Any]) -> None:
        plain = plain_output(nbformat.from_dict(raw))
        if plain is None:
            return
        nbformat.validate(new_notebook(cells=[new_code_cell("", id="a", outputs=[plain])]))
        assert plain_output(plain) == plain
        html = plain.get("data", {}).get("text/html", "")
        assert Acting(html).found == []

    kinds = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/svg+xml")
    data = st.dictionaries(st.sampled_from(kinds) | texts, texts | st.lists(texts) | json_values)
    raw = st.fixed_dictionaries(
        {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result"])},
        optional={
            "data": data | json_values | depths,
            "text": texts | st.lists(texts) | json_values,
            "name": texts,
            "ename": texts | json_values,
            "evalue": texts,
            "traceback": st.lists(texts | json_values) | json_values,
            "metadata": json_values,
        },
    )
    fuzz(cases, raw, holds)


def rendered(text: str) -> None:
    """All that formgrader and feedback make of a written answer."""
    neutral = neutral_markdown(text)
    markdown2html(neutral)
    prose(neutral)


def coloured(text: str) -> None:
    """What formgrader makes of an answer in code."""
    cell = new_code_cell(text, metadata={"nbgrader": {"solution": True}})
    sanitise_cell(cell)
    Highlight2HTML(pygments_lexer="python")(cell.source)


COSTLY = ("\\begin{a}", "\\\\[", "\\\\(a\n", "  \n", "\u3000\n", "\x0c\n", "*", "<div>", "**a*")


@pytest.mark.parametrize(
    "piece",
    [*COSTLY, *(pytest.param(p, marks=pytest.mark.acceptance) for p in PIECES if p.isascii())],
)
@pytest.mark.parametrize("show", [rendered, coloured, safe_html, ansi2html])
def test_time_grows_no_faster_than_length(show: Callable[[str], Any], piece: str) -> None:
    """An answer may have 200,000 bytes. What takes squares of time took half a minute for half."""
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    begun = time.process_time()
    show(text)
    assert time.process_time() - begun < 10
