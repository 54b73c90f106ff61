"""HTML written anew: what honest tables look like, what hostile markup becomes, and how soon."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.preprocessors.sanitize import SanitizeHTML

from dalil.nbgrader.harmless import MAX_DEPTH, TAGS, VOID, harmless, without_styles
from dalil.nbgrader.sanitising import safe_html

MEGABYTE = 1 << 20


def by_nbconvert(html: str) -> str:
    """The same rules by the sanitiser that nbconvert brings."""
    cleaner = SanitizeHTML(enabled=True)
    cleaner.tags = sorted(TAGS)
    cleaner.attributes = attribute
    return str(cleaner.sanitize_html_tags(html))


def attribute(tag: str, name: str, value: str) -> bool:
    return name in ("dir", "lang", "title", "colspan") or (tag, name) == ("a", "href")


TABLE = pd.DataFrame({"entry": [1, 2], "a < b & c": ["<script>", "ليلى"]}).to_html()
NESTED = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))


@pytest.mark.parametrize(
    "html",
    [
        TABLE,
        NESTED.to_html(),
        pd.Series([1.5]).to_frame()._repr_html_(),
        '<p dir="rtl" lang="ar">نص <b>مهم</b><br/>1 &lt; 2</p>',
        '<a href="https://example.org/?a=1&amp;b=2" title="x">there</a>',
        "<a href='mailto:a@b.c'>mail</a>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,x" onclick="x()">x</a>',
        "<b>bold</b><script>alert(1)</script>",
        "<img src=x onerror=alert(1)><svg onload=alert(1)>",
        "a & b > c < d &amp; &lt;",
        "before<!-- a comment -->after",
        "</b>stray",
        "<iframe src=//x></iframe><object></object><style>p{}</style>",
    ],
)
def test_well_formed_html_reads_as_nbconvert_has_it(html: str) -> None:
    html = without_styles(html)
    assert harmless(html, attribute) == by_nbconvert(html)


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("<div><p>open", "<div><p>open</p></div>"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b>y"),
        ("<TABLE><Tr><td ColSpan=2>x", '<table><tr><td colspan="2">x</td></tr></table>'),
        ("<p title='a\"b'>", '<p title="a&quot;b"></p>'),
        ('<p title="a<b">', "&lt;p title=\"a&lt;b\"&gt;"),
        ('<p title="x" title="y">', '<p title="x"></p>'),
        ('<a href="java&#115;cript:x">', "<a></a>"),
        ('<a href="https://x\\@evil">', "<a></a>"),
        ('<a href=" https://x">', "<a></a>"),
        ("<a/href=https://x>y", "&lt;a/href=https://x&gt;y"),
        ("<p\x00>\x1b[31m\x85", "&lt;p&gt;[31m"),
        ("<scr<script>ipt>", "&lt;scr&lt;script&gt;ipt&gt;"),
        ("<b", "&lt;b"),
        ("<", "&lt;"),
        ("a<!-- never ends <b>", "a"),
        ("<![CDATA[<b>x]]>", "&lt;![CDATA[<b>x]]&gt;</b>"),
        ("&nbsp;&#0;&#x110000;&;&#;&toolongtobeanentityofanykindwhatsoever;",
         "&nbsp;&#0;&#x110000;&amp;;&amp;#;&amp;toolongtobeanentityofanykindwhatsoever;"),
    ],
)  # fmt: skip
def test_broken_markup_is_closed_or_shows(html: str, written: str) -> None:
    assert harmless(html, attribute) == written


def test_style_sheets_go() -> None:
    assert without_styles("a<style scoped>p{}</style >b<STYLE>x</STYLE\n>c") == "abc"
    assert without_styles("a<style>b") == "a<style>b"
    assert without_styles("<style></style") == ""


class Reader(HTMLParser):
    """Notes the tags and attributes that a parser sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.depth = self.deepest = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))
        self.depth += tag not in VOID
        self.deepest = max(self.depth, self.deepest)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1


PIECES = st.lists(
    st.one_of(
        st.sampled_from(sorted(TAGS | {"script", "style", "svg", "math", "title", "x"})).flatmap(
            lambda tag: st.sampled_from(
                [f"<{tag}>", f"</{tag}>", f"<{tag} ", f"<{tag}/>", f"<{tag} onclick=x>"]
            )
        ),
        st.sampled_from(
            (
                *("<", ">", '"', "'", "=", "/", "&", "&lt;", "&#60;", "<!--", "-->", "\x00", " "),
                *("href=javascript:x", 'href="https://x"', "title='", "<![CDATA[", "]]>", "\\"),
            )
        ),
        st.text(max_size=4),
    ),
    max_size=30,
)


@given(PIECES)
def test_whatever_comes_in_only_plain_tags_come_out(pieces: list[str]) -> None:
    written = safe_html("".join(pieces))
    reader = Reader()
    reader.feed(written)
    reader.close()
    assert reader.depth == 0
    for tag, attributes in reader.seen:
        assert tag in TAGS
        for name, value in attributes:
            assert name in ("href", "dir", "lang", "title", "colspan", "rowspan")
            assert name != "href" or re.match(r"https?://|mailto:", value or "")
    assert "<" not in re.sub(r"</?[a-z][a-z0-9]*(?: [a-z]+=\"[^\"<>]*\")*>", "", written)
    assert safe_html(written) == written


@pytest.mark.parametrize(
    "piece",
    [
        *("<div>", "<a ", "<style>", "<!--", "</style", "<", "&", "<a href='", "<b x=1 ", "<p/"),
        *("<a><table>", "<b></b>", '<td title="', "<p \t=\t", "</p>"),
    ],
)
def test_a_megabyte_takes_a_moment(piece: str) -> None:
    """Markup that costs a parser of HTML, or a careless pattern, the square of its length."""
    begun = time.process_time()
    safe_html(without_styles(piece * (MEGABYTE // len(piece))))
    assert time.process_time() - begun < 8


def test_nesting_has_an_end() -> None:
    reader = Reader()
    reader.feed(harmless("<div>" * 5000 + "x", attribute))
    assert reader.deepest == MAX_DEPTH
