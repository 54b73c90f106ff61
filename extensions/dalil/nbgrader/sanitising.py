"""Outputs and written answers of trainees, made harmless before anybody's browser sees them.

Two readers, two ways. *Feedback pages* are ours: Markdown is rendered first, and the HTML of it is
cleaned (``prose``). *Formgrader's* pages are nbgrader's: it renders an answer's Markdown and
cleans nothing (nbconvert lets ``javascript:`` links pass there), then runs MathJax over it. So the
Markdown itself must hold nothing that acts, and yet read as it was written (``neutral_markdown``).
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, is_solution

from dalil.nbgrader.harmless import VOID, harmless, without_styles

_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
# nbconvert's own class names in rendered Markdown: highlighted code, and our formulas
_CLASS = re.compile(r"highlight|math|[a-z]{1,2}[0-9]?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_OVERRIDES = re.compile("[\u202d\u202e]")
_EMBEDDINGS = re.compile("[\u202a-\u202c]")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")

_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")
_PLAIN = re.compile(
    r"<(?P<end>/?)(?P<tag>b|bdi|blockquote|br|code|div|em|hr|i|kbd|li|ol|p|pre|span|strong|sub|sup"
    r"|table|tbody|td|th|thead|tr|u|ul)"
    r"(?:\s+(?:dir=\"(?:ltr|rtl|auto)\"|lang=\"[A-Za-z-]{2,12}\"|"
    r"style=\"display:block;text-align:right\"))*\s*/?>"  # as dalil.translation writes it
)
_AUTOLINK = re.compile(r"<(?:https?://|mailto:)[^\s<>\"'\\]+>")
_LINK = re.compile(r"\]\((?!\s*<?(?:https?://|mailto:)[^\s<>()\\]*>?(?:\s+\"[^\"\n<>\\]*\")?\s*\))")
# What makes MathJax link, load, style or define; with a letter behind, it is another control word
_TEX = re.compile(
    r"\\(?=(?:href|url|require|style|class|cssId|data|html[A-Z]\w*|bbox|unicode|mmlToken|texttip|"
    r"includegraphics|csname|let|def|gdef|edef|xdef|newcommand|renewcommand|providecommand|"
    r"newenvironment|renewenvironment|DeclareMathOperator|begingroup|begingroupSandbox)"
    r"(?![A-Za-z]))"
)
# What begins and ends a formula, besides dollar signs: by the name of an environment, or a bracket
_FORMULA = re.compile(r"\\(?:begin\{(?=[a-z]*\*?\})|\\(?=[\[(]))(?P<name>[\[(]|[a-z]*\*?)")
_FORMULA_END = re.compile(r"\\(?:end\{(?=[a-z]*\*?\})|\\(?=[\])]))(?P<name>[\])]|[a-z]*\*?)")
_ENDS = {"[": "]", "(": ")"}
# Entities that would bring a backslash or a dollar sign in behind the rule above
_ENTITY = re.compile(r"&(?=#|bsol;|dollar;|Backslash;|setminus;)")


def sanitise_cell(cell: NotebookNode, *, keep_if_unchanged: bool = False) -> None:
    """Sanitise one cell in place.

    ``keep_if_unchanged``: a written answer that is still the released text stays byte for byte,
    since nbgrader knows an unanswered question by its checksum.
    """
    if keep_if_unchanged and cell.metadata.nbgrader.get("checksum") == compute_checksum(cell):
        return
    if cell.cell_type == "code":
        cell.outputs = [plain for output in cell.outputs if (plain := plain_output(output))]
        if is_solution(cell):
            # Blanks at the end of lines cost a highlighter minutes: it looks for each line's first
            # word beyond all blank lines that follow.
            lines = visible_code(cell.source).split("\n")
            cell.source = "\n".join(line.rstrip() for line in lines)
    else:
        cell.source = neutral_markdown(cell.source)
        cell.pop("attachments", None)


def neutral_markdown(source: str) -> str:
    """Return Markdown that reads as *source* does and in which nothing acts.

    Raw HTML other than a few plain, balanced tags, links other than http, https and mailto, all
    images and link definitions, TeX that links, loads or defines, and overrides of the writing
    direction become visible text. Applying it again changes nothing.
    """
    source = visible_prose(_CONTROLS.sub("", source))
    source = _neutral_tags(source)
    source = source.replace("![", r"!\[")
    source = _LINK.sub(r"]\\(", source)
    source = source.replace("]:", r"]\:")
    return neutral_tex(source)


def _neutral_tags(source: str) -> str:
    """Put a space behind each ``<`` that begins markup, but for balanced plain tags and autolinks.

    ``< script>`` is text to Markdown and HTML alike, in prose, in code and in a formula, where an
    entity would show as such.
    """
    keep: set[int] = set()
    open_tags: list[tuple[str, int]] = []
    for found in _MARKUP.finditer(source):
        at = found.start()
        tag = _PLAIN.match(source, at)
        if tag is None:
            if _AUTOLINK.match(source, at):
                keep.add(at)
        elif tag["tag"] in VOID:
            keep.add(at)
        elif not tag["end"]:
            open_tags.append((tag["tag"], at))
        elif open_tags and open_tags[-1][0] == tag["tag"]:
            keep.update((open_tags.pop()[1], at))
    return _MARKUP.sub(lambda m: "<" if m.start() in keep else "< ", source)


def neutral_tex(text: str) -> str:
    """Return *text* with the control words and entities broken that could act through MathJax.

    So are beginnings of formulas that nothing ends: for each of them, a renderer would look through
    all of the text that follows.
    """
    ends: dict[str, int] = {found["name"]: found.start() for found in _FORMULA_END.finditer(text)}

    def closed(found: re.Match[str]) -> str:
        begun = ends.get(_ENDS.get(found["name"], found["name"]), -1) > found.start()
        return found[0] if begun else found[0].replace("\\", "\\ ", 1)

    text = _FORMULA.sub(closed, text)
    return _TEX.sub(r"\\ ", _ENTITY.sub("& ", text))


def visible_prose(text: str) -> str:
    """Show overrides of the writing direction, drop embeddings; isolates and marks stay.

    Arabic prose needs isolates around names and code, and an isolate ends with its paragraph.
    """
    return _EMBEDDINGS.sub("", _OVERRIDES.sub(_named, text))


def visible_code(text: str) -> str:
    """Show every control of the writing direction: code must read as it runs (CVE-2021-42574)."""
    return _DIRECTIONS.sub(_named, text)


def _named(found: re.Match[str]) -> str:
    return f"[U+{ord(found[0]):04X}]"


def safe_html(html: str, *, classes: bool = False) -> str:
    """Return *html* with nothing but plain tags, text direction and http, https, mailto links.

    What is not allowed shows as text. ``classes`` keeps the class names of highlighted code.
    """
    return harmless(visible_prose(html), _with_class if classes else _without_class)


def _without_class(tag: str, name: str, value: str) -> bool:
    if name in ("dir", "lang", "title"):
        return True
    if name in ("colspan", "rowspan"):
        return tag in ("td", "th") and value.isascii() and value.isdigit() and len(value) <= 3
    return (tag, name) == ("a", "href")


def _with_class(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return tag in ("div", "span", "code") and _CLASS.fullmatch(value) is not None
    return _without_class(tag, name, value)


def prose(markdown: str, *, typeset: bool = False) -> str:
    """Render *markdown* to harmless HTML for a page that loads and runs nothing.

    Formulas stay TeX in ``code``, or with *typeset* in ``span`` of class ``math`` between the marks
    that MathJax looks for; images become their description; headings move two levels down, below
    those of the page. Markdown nested too deep to be read comes out as plain text.
    """
    try:
        renderer = _Typeset() if typeset else _Prose()
        html = MarkdownWithMath(renderer).render(visible_prose(markdown))
    except RecursionError:
        html = f"<pre>{escape(markdown)}</pre>"
    return safe_html(html, classes=True)


class _Prose(IPythonRenderer):
    """nbconvert's renderer without what needs a script, a network or a stranger's protocol."""

    def __init__(self) -> None:
        super().__init__(escape=False, allow_harmful_protocols=False, exclude_anchor_links=True)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return str(super().heading(text, min(level + 2, 6), **attrs))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return f"[{text or escape(title or '…')}]"

    def task_list_item(self, text: str, checked: bool = False) -> str:
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"

    def block_mermaidjs(self, code: str) -> str:
        return f"<pre><code>{escape(code)}</code></pre>\n"

    def block_math(self, body: str) -> str:
        return f'<code class="math">{escape(body.strip())}</code>'

    def inline_math(self, body: str) -> str:
        return f'<code class="math">{escape(body)}</code>'

    def latex_environment(self, name: str, body: str) -> str:
        tex = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return f'<code class="math">{escape(tex)}</code>'


class _Typeset(_Prose):
    """For a page with MathJax: formulas it may typeset, without what makes it act."""

    def block_math(self, body: str) -> str:
        return _formula(f"\\[{neutral_tex(body.strip())}\\]")

    def inline_math(self, body: str) -> str:
        return _formula(f"\\({neutral_tex(body)}\\)")

    def latex_environment(self, name: str, body: str) -> str:
        tex = neutral_tex(f"\\begin{{{name}}}{body}\\end{{{name}}}")
        return _formula(f"\\[{tex}\\]")


def _formula(tex: str) -> str:
    return f'<span class="math">{escape(tex)}</span>'


def plain_output(output: NotebookNode) -> NotebookNode | None:
    """Return *output* made anew from the parts that are harmless; None when none are left."""
    match output.get("output_type"):
        case "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            return NotebookNode(output_type="stream", name=name, text=_shown(output.get("text")))
        case "error":
            lines = output.get("traceback")
            return NotebookNode(
                output_type="error",
                ename=_shown(output.get("ename")),
                evalue=_shown(output.get("evalue")),
                traceback=[_shown(line) for line in lines] if isinstance(lines, list) else [],
            )
        case "display_data":
            kept = _data(output.get("data"))
            return _output("display_data", kept) if kept else None
        case "execute_result":
            # nbgrader takes a grade cell without any result for a full mark: never drop one
            kept = {"text/plain": "", **_data(output.get("data"))}
            return _output("execute_result", kept, execution_count=None)
    return None


def _output(kind: str, data: dict[str, str], **more: None) -> NotebookNode:
    """As nbformat's ``new_output``, which validates each: that costs more than everything else."""
    return NotebookNode(output_type=kind, data=NotebookNode(data), metadata=NotebookNode(), **more)


def _data(data: Any) -> dict[str, str]:
    """The harmless representations of one output."""
    kept = {}
    for kind, value in data.items() if isinstance(data, dict) else ():
        text = _text(value)
        if kind in ("image/png", "image/jpeg") and _BASE64.fullmatch(text):
            kept[kind] = text
        elif kind == "text/html":
            # pandas begins every table with a style sheet, which nobody wants to read
            kept[kind] = neutral_tex(safe_html(without_styles(text)))
        elif kind == "text/markdown":
            kept[kind] = neutral_markdown(text)
        elif kind == "text/latex":
            kept[kind] = neutral_tex(visible_prose(text))
        elif kind == "text/plain":
            kept[kind] = visible_prose(text)
    return kept


def _shown(value: Any) -> str:
    return visible_prose(_text(value))


def _text(value: Any) -> str:
    """*value* as text that can be written: without lone surrogates."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
