"""Markdown that reads from right to left, while code in it stays as it is.

JupyterLab, Voila and nbconvert render Markdown without a direction of its own; all three keep
``dir`` on a ``div``, and blank lines inside of the ``div`` let the Markdown between its tags be
read as usual (CommonMark 0.31, 4.6, HTML blocks of kind 6). Their style sheet aligns paragraphs,
and nothing else, to the left whatever their direction; a ``span`` that Lab's sanitiser lets pass
puts that right without a style sheet of one's own.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from dalil.translation.catalogue import LEFT, POP

if TYPE_CHECKING:
    from markdown_it.token import Token

CODE_SPAN = re.compile(r"(?<![`\\])(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL)
_QUOTE = re.compile(r"[ >]*")
_SPAN = '<span style="display:block;text-align:right">'
_CENTRED = ("$$", "\\[", "\\begin{")  # display mathematics is centred by itself


def right_to_left(markdown: str) -> str:
    """Return *markdown* in a ``div`` of direction rtl, its code from left to right.

    Fenced code gets a ``div`` of direction ltr; inline code is isolated by U+2066 … U+2069, which
    every sanitiser keeps, where ``<code dir>`` would need its text escaped.
    """
    lines = markdown.split("\n")
    tokens = parsed(markdown)
    for first, last in sorted({span for t in tokens if t.type == "inline" and (span := _span(t))}):
        lines[first:last] = _isolated("\n".join(lines[first:last])).split("\n")
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open" and not opening.hidden:
            _align(lines, inline)
    for token in reversed(tokens):
        if token.type in ("fence", "code_block"):
            _turn_code(lines, token)
    return '<div dir="rtl">\n\n' + "\n".join(lines).strip("\n") + "\n\n</div>"


def parsed(markdown: str) -> list[Token]:
    """The tokens of *markdown* (CommonMark with tables), each block with its lines."""
    from markdown_it import MarkdownIt  # only where notebooks are made, not where they run

    return MarkdownIt("commonmark").enable("table").parse(markdown)


def _span(token: Token) -> tuple[int, int] | None:
    return (token.map[0], token.map[1]) if token.map else None


def _isolated(text: str) -> str:
    """*text* with its code spans isolated, but for those that a translator isolated already."""
    return CODE_SPAN.sub(
        lambda m: m[0] if text[: m.start()].endswith(LEFT) else f"{LEFT}{m[0]}{POP}", text
    )


def _align(lines: list[str], inline: Token) -> None:
    """Put the text of one paragraph into the span; list marks and quote signs stay outside."""
    if not inline.map or inline.content.startswith(_CENTRED):
        return
    first, last = inline.map
    while last > first + 1 and not lines[last - 1].strip(" >"):
        last -= 1
    start = lines[first].find(_isolated(inline.content).split("\n")[0])
    if start >= 0:
        lines[first] = lines[first][:start] + _SPAN + lines[first][start:]
        lines[last - 1] = lines[last - 1].rstrip() + "</span>"


def _turn_code(lines: list[str], token: Token) -> None:
    """Put a block of code into a ``div`` at its own indentation, so that it stays in its list."""
    assert token.map  # every block has its lines
    first, last = token.map
    margin = _QUOTE.match(lines[first])
    prefix = margin[0] if margin else ""
    if token.type == "fence" and not lines[first][len(prefix) :].startswith(token.markup):
        return  # it shares its line with the mark of a list item
    if token.type == "code_block":
        prefix = prefix[:-4]
    while last > first + 1 and not lines[last - 1].strip(" >"):
        last -= 1
    empty = prefix.rstrip()
    closing = [empty, f"{prefix}</div>", empty]
    closed = last > first + 1 and set(lines[last - 1].strip(" >")) == {token.markup[:1]}
    if token.type == "fence" and not closed:
        closing.insert(0, prefix + token.markup)  # left open, it would swallow the rest
    lines[last:last] = closing
    lines[first:first] = [empty, f'{prefix}<div dir="ltr">', empty]
