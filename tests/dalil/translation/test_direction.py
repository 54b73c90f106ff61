"""Arabic Markdown keeps its structure, reads from right to left, and leaves code alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import mistune
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dalil.translation.direction import CODE_SPAN, right_to_left

SPAN = '<span style="display:block;text-align:right">'
LRI, PDI = "\u2066", "\u2069"


def commonmark(text: str) -> str:
    """As JupyterLab and Voila read it."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(text)


def nbconvert(text: str) -> str:
    """As nbconvert reads it."""
    return str(mistune.create_markdown(escape=False, plugins=["table"])(text))


def plain(html: str) -> str:
    """*html* without what the direction added and without white space."""
    for sign in (SPAN, "</span>", LRI, PDI, '<div dir="rtl">', '<div dir="ltr">', "</div>"):
        html = html.replace(sign, "")
    return re.sub(r"\s+", "", html)


SAMPLES = {
    "paragraph": "نص `a-b` و **مهم**\nسطر ثان",
    "headings": "# عنوان `-x:`\n\nنص\n\nآخر\n----\n",
    "tight list": "- أ `a`\n- ب\n  1. ج\n  2. د",
    "loose list": "1. أ\n\n   فقرة `b-`\n\n2. ب\n\n   ```\n   x = 1\n   ```\n",
    "table": "| أ | `b` |\n|---|---:|\n| `-1` | 2 |",
    "fence": "نص\n```python\nx = `1`\n```\nنص",
    "fence with blank lines": "~~~\na\n\n\nb\n~~~",
    "open fence": "نص\n\n```\nx",
    "empty open fence": "~~~~",
    "indented code": "نص\n\n    x = 1\n    y = 2\n\nنص",
    "quote": "> اقتباس `a`\n> تتمة\n>\n> ```\n> x\n> ```",
    "maths": "$$E = mc^2$$\n\nالقيمة $x_1$ هنا",
    "html": "<details><summary>أ</summary>\n\nنص `a`\n\n</details>",
    "rule": "أ\n\n---\n\nب",
    "double ticks": "``a`b`` ثم `c`",
    "link": "[رابط `a`](methods.py) و ![صورة](a.png)",
    "fence in item": "- ```\n  x\n  ```",
    "hard break": "سطر  \nثان\\\nثالث",
    "empty": "",
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("render", [commonmark, nbconvert])
def test_the_structure_stays_as_it_was(name: str, render: Callable[[str], str]) -> None:
    before, after = render(SAMPLES[name]), render(right_to_left(SAMPLES[name]))
    tight = re.compile(r"</?p>")  # a block of code in a tight list makes it a loose one
    assert tight.sub("", plain(after)) == tight.sub("", plain(before))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_whole_is_one_div_from_right_to_left(name: str) -> None:
    html = commonmark(right_to_left(SAMPLES[name]))
    assert html.startswith('<div dir="rtl">')
    assert html.rstrip().endswith("</div>")
    assert html.count("<div") == html.count("</div>")
    assert html.count("<span") == html.count("</span>")


def test_each_paragraph_is_aligned_and_display_mathematics_is_not() -> None:
    html = commonmark(right_to_left("أ\n\n- ب\n\n- ج\n\n> د\n\n$$E$$\n"))
    assert html.count(f"<p>{SPAN}") == 4
    assert "<p>$$E$$</p>" in html


def test_inline_code_is_isolated_once() -> None:
    assert f"{LRI}`a`{PDI}" in right_to_left("نص `a`")
    assert right_to_left(f"نص {LRI}`a`{PDI}").count(LRI) == 1
    html = commonmark(right_to_left("| `a` | `b` |\n|---|---|\n| `c` | **`d`** |\n"))
    assert html.count(LRI) == html.count(PDI) == html.count("<code>") == 4


def test_blocks_of_code_run_from_left_to_right_and_stay_unchanged() -> None:
    html = commonmark(right_to_left("1. بند\n\n   ```\n   a = `1`\n\n   b\n   ```\n"))
    assert re.search(r'<div dir="ltr">\s*<pre><code>a = `1`\n\nb\n</code></pre>\s*</div>', html)
    assert html.index('<div dir="ltr">') < html.index("</li>")


words = st.sampled_from(
    ["نص", "`a-b`", "**مهم**", "$x$", "- ", "> ", "1. ", "```\nx\n```", "#", "\n", "\n\n"]
)


@given(st.lists(words, max_size=12).map(" ".join))
def test_any_markdown_keeps_its_letters(text: str) -> None:
    after = right_to_left(text)
    assert right_to_left(text) == after
    kept = [c for c in plain(after) if c.isalnum()]
    assert kept == [c for c in text if c.isalnum()]
    assert after.count(SPAN) == after.count("</span>")


def test_code_spans_are_found_as_commonmark_has_them() -> None:
    text = r"`a` ``b`c`` \`d` `e"
    assert [m["code"] for m in CODE_SPAN.finditer(text)] == ["a", "b`c", " "]
