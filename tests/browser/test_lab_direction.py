"""Direction of text in JupyterLab, measured: prose follows its letters, code stays as it is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.browser.lab_room import SLOW, Lab, lab

__all__ = ["lab"]  # a fixture, used by its name

pytestmark = pytest.mark.browser
MRZ = "P<MARBENALI<<AMINA<<<<<<<<<<<<<<<<<<<<<<<<<<"
ARABIC = f"""# دليل رقمي

وُجدت البصمة `9f86d081` في السجل، والاحتمال $LR = \\frac{{p}}{{q}}$ كبير.

- أولا
- ثانيا

| القيد | البصمة |
|---|---|
| 4 | `9f86` |

```
{MRZ}
```

A paragraph in English: it begins on the left.
"""
FRENCH = "Une conclusion en français.\n\nفقرة بالعربية داخلها."
LATIN_FIRST = "SHA-256 هو دالة تجزئة."
PRINTED = "نتيجة: 12\nresult: 12\n"
HTML = "<p>مخرج بالعربية</p><table><tr><th>القيد</th><th>n</th></tr></table>"


@pytest.fixture(scope="module")
def page(browser: Any, lab: Lab) -> Iterator[Any]:
    """Lab with a notebook in which both directions meet; cells 1 to 3 stay as they are."""
    code = new_code_cell("# تعليق\nvalue = 'قيمة'", id="code", execution_count=1)
    code.outputs = [
        new_output("stream", name="stdout", text=PRINTED),
        new_output("display_data", {"text/html": HTML, "text/plain": ""}),
        new_output("display_data", {"text/markdown": ARABIC, "text/plain": ""}),
    ]
    cells = [
        new_markdown_cell(ARABIC, id="arabic"),
        new_markdown_cell(FRENCH, id="french"),
        new_markdown_cell(LATIN_FIRST, id="latin"),
        code,
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    lab.reset()
    nbformat.write(notebook, lab.home / "mixed.ipynb")
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    found = context.new_page()
    found.goto(f"{lab.address}/lab/tree/mixed.ipynb?token=secret", timeout=SLOW)
    found.locator(".jp-MarkdownCell h1").first.wait_for(timeout=SLOW)
    found.locator(".jp-OutputArea-output h1").wait_for(timeout=SLOW)
    yield found
    context.close()


def cell(page: Any, n: int) -> Any:
    return page.locator(".jp-Notebook .jp-Cell").nth(n)


def style(found: Any, name: str) -> str:
    value: str = found.evaluate("(e, name) => getComputedStyle(e)[name]", name)
    return value


def letters(found: Any, text: str) -> tuple[float, float, float, float]:
    """Left and right end of the letters of *text*, and of the block that they are in, in px."""
    left, right, begin, end = found.evaluate(
        """(block, text) => {
            const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
            let node = walker.nextNode();
            while (!node.data.includes(text)) node = walker.nextNode();
            const range = document.createRange();
            range.setStart(node, node.data.indexOf(text));
            range.setEnd(node, node.data.indexOf(text) + text.length);
            const [inner, outer] = [range.getBoundingClientRect(), block.getBoundingClientRect()];
            return [inner.left, inner.right, outer.left, outer.right];
        }""",
        text,
    )
    return left, right, begin, end


def begins_on_the_right(found: Any, text: str) -> bool:
    left, right, begin, end = letters(found, text)
    return end - right < 40 < left - begin


def test_prose_begins_where_its_language_begins(page: Any) -> None:
    arabic = cell(page, 0)
    assert style(arabic.locator("h1"), "direction") == "rtl"
    assert begins_on_the_right(arabic.locator("p").first, "وُجدت")
    english = arabic.locator("p", has_text="A paragraph")
    assert style(english, "direction") == "ltr"
    assert not begins_on_the_right(english, "A paragraph")
    french, inner = cell(page, 1).locator(".jp-RenderedMarkdown p").all()
    assert not begins_on_the_right(french, "Une conclusion")
    assert begins_on_the_right(inner, "فقرة")


def test_lists_and_tables_run_from_right_to_left(page: Any) -> None:
    arabic = cell(page, 0)
    items = arabic.locator("ul")
    assert style(items, "direction") == "rtl"
    assert begins_on_the_right(items, "أولا")
    first, second = arabic.locator("th").all()
    assert first.bounding_box()["x"] > second.bounding_box()["x"]


def test_code_formulas_digests_and_machine_readable_zones_stay(page: Any) -> None:
    arabic = cell(page, 0)
    code = arabic.locator("p code").first
    assert (style(code, "direction"), style(code, "unicodeBidi")) == ("ltr", "isolate")
    zone = arabic.locator("pre").first
    assert style(zone, "direction") == "ltr"
    left, right, begin, _ = letters(zone, "P<MARBENALI")
    assert left - begin < 40
    assert letters(zone, "AMINA")[0] > right
    formula = arabic.locator("mjx-container, .MathJax").first
    formula.wait_for(timeout=SLOW)
    assert style(formula, "direction") == "ltr"
    source = cell(page, 3).locator(".cm-content")
    assert style(source, "direction") == "ltr"
    line = cell(page, 3).locator(".cm-line").nth(1)
    left, right, begin, _ = letters(line, "value")
    assert left - begin < 20
    assert letters(line, "قيمة")[0] > right


def test_outputs_follow_their_text(page: Any) -> None:
    outputs = cell(page, 3).locator(".jp-OutputArea-output")
    printed = outputs.nth(0).locator("pre")
    assert begins_on_the_right(printed, "نتيجة")
    assert not begins_on_the_right(printed, "result")
    html = outputs.nth(1)
    assert begins_on_the_right(html.locator("p"), "مخرج")
    one, other = html.locator("th").all()
    assert one.bounding_box()["x"] > other.bounding_box()["x"]
    assert begins_on_the_right(outputs.nth(2).locator("p").first, "وُجدت")


def test_lab_itself_is_laid_out_from_right_to_left(page: Any) -> None:
    width = page.viewport_size["width"]
    assert page.locator("html").get_attribute("lang") == "ar"
    menu = page.locator("#jp-MainMenu li").first.bounding_box()
    assert menu["x"] > width * 0.8
    page.wait_for_function(
        """() => document.querySelector(".lm-TabBar-tab[data-id='dalil-curriculum']")
                 ?.getBoundingClientRect().x > innerWidth * 0.9""",
        timeout=SLOW,
    )


def test_editors_of_prose_run_line_by_line(page: Any) -> None:
    arabic = cell(page, 0)
    arabic.dblclick()
    lines = arabic.locator(".cm-line")
    lines.first.wait_for(timeout=SLOW)
    heading = arabic.locator(".cm-line", has_text="دليل رقمي")
    assert style(heading, "direction") == "rtl"
    assert begins_on_the_right(heading, "دليل")
    english = arabic.locator(".cm-line", has_text="A paragraph")
    assert style(english, "direction") == "ltr"
    assert style(arabic.locator(".cm-line", has_text="P<MAR"), "direction") == "ltr"
    # The cursor goes where the letters go: to the left, in Arabic.
    heading.click()
    page.keyboard.press("Home")
    start = arabic.locator(".cm-cursor-primary").bounding_box()["x"]
    page.keyboard.press("End")
    end = arabic.locator(".cm-cursor-primary").bounding_box()["x"]
    assert end < start


def turned(notebook: Path) -> object:
    """What the saved notebook says of the direction of its third cell."""
    with suppress(json.JSONDecodeError):  # it is being written
        return json.loads(notebook.read_bytes())["cells"][2]["metadata"].get("dalil")
    return "being written"


def until(page: Any, holds: Callable[[], bool]) -> None:
    """Let *page* go on until that holds."""
    end = time.monotonic() + SLOW / 1000
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(100)


def test_a_cell_is_turned_by_its_button_and_stays_so(page: Any, lab: Lab) -> None:
    latin = cell(page, 2)
    text = latin.locator(".jp-RenderedMarkdown p")
    assert style(text, "direction") == "ltr"
    latin.click()
    page.locator(".jp-NotebookPanel-toolbar [data-command='dalil:direction']").click()
    page.locator(".dalil-Live", has_text="من اليمين إلى اليسار").wait_for(
        state="attached", timeout=SLOW
    )
    assert style(text, "direction") == "rtl"
    assert begins_on_the_right(text, "SHA-256")
    page.keyboard.press("Control+S")
    saved = lab.home / "mixed.ipynb"
    until(page, lambda: turned(saved) == {"direction": "rtl"})
    page.reload()
    latin = cell(page, 2)
    latin.locator(".jp-RenderedMarkdown p").wait_for(timeout=SLOW)
    page.wait_for_selector(".jp-Cell[data-dalil-direction=rtl]", timeout=SLOW)
    assert begins_on_the_right(latin.locator(".jp-RenderedMarkdown p"), "SHA-256")
    test_lab_itself_is_laid_out_from_right_to_left(page)
    until(page, lambda: turned(saved) == {"direction": "rtl"})
