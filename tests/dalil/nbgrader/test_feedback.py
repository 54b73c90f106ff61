"""Feedback pages, made by nbgrader's own API in a small course, read as HTML and in Chromium."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.filters import markdown2html
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

import dalil
from dalil.configuration import feedback
from dalil.nbgrader.feedback import FLAGS, STATES, TEMPLATES, WORDS, PageWriter, Titles
from dalil.nbgrader.sanitising import neutral_markdown, plain_output, prose, sanitise_cell
from dalil.settings import load_settings
from dalil.translation import load_catalogue

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
ATTACKS = (
    "<script>window.acted = 1</script>",
    "<img src=x onerror='window.acted = 1'>",
    "<svg onload='window.acted = 1'><script>window.acted = 1</script></svg>",
    "<style>body { display: none }</style>",
    "<iframe srcdoc='<script>parent.acted = 1</script>'></iframe>",
    "<details open ontoggle='window.acted = 1'>x</details>",
    "<!-- --><script>window.acted = 1</script>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=window.acted=1></style></math>",
    "[click](javascript:window.acted=1)",
    "[click](java&#115;cript&colon;window.acted=1)",
    "[click]( &#1;javascript:window.acted=1)",
    "<javascript:window.acted=1>",
    "[click][r]\n\n[r]: javascript:window.acted=1",
    "<a href='data:text/html,<script>opener.acted=1</script>'>click</a>",
    "<a href='vbscript:x'>click</a>",
    "![x](http://tracker.invalid/pixel.png)",
    "![x](attachment:missing.png)",
    "```mermaid\n<img src=x onerror=window.acted=1>\n```",
    "$\\href{javascript:window.acted=1}{x}$",
    "</div></div></section></main><script>window.acted = 1</script>",
    "<form action='https://evil.invalid'><button autofocus>x</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.invalid'>",
    "<base href='https://evil.invalid/'><link rel=stylesheet href=//evil.invalid/x.css>",
)


@dataclass
class Asked:
    """One question of the small course, as the gradebook and the notebook have it."""

    id: str
    points: float
    worth: float
    explanation: str = ""
    flag: str = ""
    code: str = ""
    outputs: list[NotebookNode] = field(default_factory=list)
    written: str = ""
    comment: str = ""
    waits: bool = False
    manual: float | None = None


def verdict(points: float, text: str) -> list[NotebookNode]:
    new = nbformat.v4.new_output
    return [
        new("execute_result", {"text/plain": f"{points:g}"}, execution_count=None),
        new(
            "display_data",
            {"text/plain": text, "text/html": f'<div class="dalil-verdict"><p>{text}</p></div>'},
        ),
    ]


def cell(kind: str, name: str, source: str, **facts: Any) -> NotebookNode:
    roles = {"grade": False, "solution": False, "locked": True, "schema_version": 3, "task": False}
    made = getattr(nbformat.v4, f"new_{kind}_cell")(source, id=re.sub(r"\W", "-", name)[:60])
    made.metadata["nbgrader"] = {**roles, "grade_id": name, **facts}
    return made


def notebook(asked: list[Asked], language: str, notes: list[str]) -> NotebookNode:
    cells = [cell("markdown", "intro", "# The case\n\nIntroduction $LR = \\frac{p}{q}$.")]
    for question in asked:
        about = f"### About {question.id}\n\nGive the `{question.id}`."
        cells.append(cell("markdown", f"about_{question.id}", about))
        graded = {"grade": True, "points": question.worth}
        if not question.code:
            text = question.written
            cells.append(cell("markdown", question.id, text, solution=True, locked=False, **graded))
            continue
        name = f"solve_{question.id}"
        cells.append(cell("code", name, question.code, solution=True, locked=False))
        cells[-1].outputs = question.outputs
        cells.append(cell("code", question.id, f'case.answer("{question.id}", x)', **graded))
        cells[-1].outputs = verdict(question.points, question.explanation)
    made = nbformat.v4.new_notebook(cells=cells)
    flags = {question.id: question.flag for question in asked if question.flag}
    made.metadata["dalil"] = {"language": language, "notes": notes, "flags": flags}
    return made


def book(url: str, asked: list[Asked], trainee: str) -> None:
    """What nbgrader's gradebook holds once ``autograde`` and a marker have passed."""
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("small")
        gradebook.add_notebook("small", "small")
        for question in asked:
            kind = "code" if question.code else "markdown"
            gradebook.add_grade_cell(
                question.id, "small", "small", max_score=question.worth, cell_type=kind
            )
            solution = f"solve_{question.id}" if question.code else question.id
            gradebook.add_solution_cell(solution, "small", "small")
        gradebook.add_student(trainee)
        gradebook.add_submission("small", trainee)
        for question in asked:
            grade = gradebook.find_grade(question.id, "small", "small", trainee)
            grade.auto_score = question.points if question.code else None
            grade.manual_score = question.manual
            grade.needs_manual_grade = question.waits
            solution = f"solve_{question.id}" if question.code else question.id
            gradebook.find_comment(solution, "small", "small", trainee).manual_comment = (
                question.comment or None
            )
        gradebook.db.commit()


@pytest.fixture(scope="module")
def make_page(
    tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Callable[..., Path]:
    """Return a function that has nbgrader make one feedback page, once; returns its path."""
    made: dict[str, Path] = {}

    def make(
        asked: list[Asked],
        language: str = "en",
        trainee: str = "أمينة بنعلي",
        notes: tuple[str, ...] = ("submitted without a receipt",),
    ) -> Path:
        key = repr((asked, language, trainee, notes))
        if key not in made:
            root = make_curriculum(tmp_path_factory.mktemp("course"))
            made[key] = generated(root, notebook(asked, language, list(notes)), asked, trainee)
        return made[key]

    return make


def generated(root: Path, autograded: NotebookNode, asked: list[Asked], trainee: str) -> Path:
    """Have nbgrader's API generate the page of one autograded notebook."""
    url = f"sqlite:///{root}/gradebook.db"
    book(url, asked, trainee)
    folder = root / "autograded" / trainee / "small"
    folder.mkdir(parents=True)
    nbformat.write(autograded, folder / "small.ipynb")
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = url
    config.Dalil.root = str(root)
    feedback(config, load_settings(root))
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    result = api.generate_feedback("small", trainee)
    assert result["success"], result
    assert "not recognized" not in result["log"]
    return root / "feedback" / trainee / "small" / "small.html"


class Reader(HTMLParser):
    """The parts of a page that could load, run or mislead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.text += " " if tag in ("td", "th", "li", "p", "br") else ""
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(path: Path) -> Reader:
    return Reader(path.read_text(encoding="utf-8"))


def said(path: Path) -> str:
    """The page's text, its blanks made one."""
    return " ".join(read(path).text.split())


def full_house() -> list[Asked]:
    new = nbformat.v4.new_output
    table = (
        "<style scoped>.x{}</style><table class='dataframe'><tr><td>n</td><td>4</td></tr></table>"
    )
    return [
        Asked("full", 2, 2, "Every entry was found.", code=f"digest = '{DIGEST}'"),
        Asked(
            "part",
            2.5,
            4,
            "Two of the breaks are missing. Look again at the change of the clock.",
            code="for entry in log:\n    print(entry < 3 & 1)",
            outputs=[
                new("stream", name="stdout", text="\x1b[31mentry 4\x1b[0m\n"),
                new("display_data", {"image/png": PIXEL, "text/plain": "<Figure>"}),
                new("display_data", {"text/html": table}),
            ],
            comment="Good *beginning*, but see **rule 3**.",
        ),
        Asked("died", 0, 3, "The cell did not finish: 30 s.", flag="died", code="while True: pass"),
        Asked("check", 0, 1, "An instructor will look.", flag="check-failed", code="x = 1"),
        Asked("waiting", 0, 5, written="The chain is **broken**: 3 > 2 & `a < b`.", waits=True),
        Asked("marked", 0, 5, written="> A quotation\n\nand more.", manual=4.0, comment="Clear."),
    ]


def test_the_page_says_points_states_and_explanations(make_page: Callable[..., Path]) -> None:
    text = said(make_page(full_house()))
    assert "full 2 / 2 ● Full points" in text
    assert "part 2.5 / 4 ◐ Part of the points" in text
    assert "died 0 / 3 ○ No points" in text
    assert "check – / 1 … Waits for a marker" in text
    assert "waiting – / 5 … Waits for a marker" in text
    assert "marked 4 / 5 ◐ Part of the points" in text
    assert "Total 8.5 / 20" in text
    assert "2 of the questions are still to be marked" in text
    assert "died 0 / 3 ○ No points The cell did not finish." in text
    assert "Explanation The cell did not finish: 30 s." in text
    assert "Look again at the change of the clock." in text
    assert "submitted without a receipt" in text
    assert "This mark was given by a person." in text


def test_the_page_shows_what_was_asked_answered_and_printed(make_page: Callable[..., Path]) -> None:
    path = make_page(full_house())
    text, page = said(path), path.read_text(encoding="utf-8")
    assert "What was asked About part Give the part. Your answer for entry in log:" in text
    assert "entry 4" in text
    assert "\x1b" not in page
    assert f'<img alt="Figure drawn by your code" src="data:image/png;base64,{PIXEL}"' in re.sub(
        r'<img src="([^"]*)" alt="([^"]*)"', r'<img alt="\2" src="\1"', page
    )
    assert "scoped" not in page
    assert "<td>n</td><td>4</td>" in page
    assert "<em>beginning</em>" in page
    assert "3 > 2 & a < b" in text
    assert '<code class="math">LR = \\frac{p}{q}</code>' in page
    assert "case.answer" not in text
    assert DIGEST in text


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")])
def test_language_and_direction(
    make_page: Callable[..., Path], language: str, direction: str
) -> None:
    path = make_page(full_house(), language)
    page = path.read_text(encoding="utf-8")
    assert f'<html dir="{direction}" lang="{language}">' in page.replace(
        f'lang="{language}" dir="{direction}"', f'dir="{direction}" lang="{language}"'
    )
    assert "أمينة بنعلي" in page
    comma = re.sub("[\u2066-\u2069]", "", said(path))
    assert ("2.5 / 4" if language == "en" else "2,5 / 4") in comma
    if language != "en":
        catalogue = load_catalogue(Path(dalil.__file__).parent / "locale" / f"{language}.po")
        assert catalogue.get("Waits for a marker") in comma
        assert "Waits for a marker" not in comma


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_word_is_translated(language: str) -> None:
    catalogue = load_catalogue(Path(dalil.__file__).parent / "locale" / f"{language}.po")
    words = [*WORDS.values(), *FLAGS.values(), *(word for _, word in STATES.values())]
    assert [word for word in words if word not in catalogue] == []


def test_every_word_is_used() -> None:
    template = (TEMPLATES / "index.html.j2").read_text(encoding="utf-8")
    module = (TEMPLATES.parents[1] / "feedback.py").read_text(encoding="utf-8")
    used = set(re.findall(r"words\.(\w+)", template))
    used |= set(re.findall(r"(?:words|WORDS)\[['\"](\w+)['\"]\]", module))
    assert used == set(WORDS)


def test_an_unanswered_written_question_is_said_in_the_language(
    make_page: Callable[..., Path],
) -> None:
    asked = [Asked("essay", 0, 2, written="Write here.", comment="No response.", manual=0.0)]
    text = said(make_page(asked, "fr"))
    assert "Aucune réponse n’a été remise." in text
    assert "No response." not in text


def test_code_is_coloured(make_page: Callable[..., Path]) -> None:
    page = make_page([Asked("loop", 1, 1, "Good.", code="for x in y: pass")]).read_text("utf-8")
    assert ".highlight .k {" in page
    assert '<span class="k">for</span>' in page


def test_a_comment_on_the_workspace_is_not_lost(make_page: Callable[..., Path]) -> None:
    asked = [Asked("workspace", 0, 0, code="import math", comment="Tidy helpers!")]
    assert "Tidy helpers!" in said(make_page(asked))


def test_the_page_is_one_file_that_loads_and_runs_nothing(make_page: Callable[..., Path]) -> None:
    path = make_page(hostile())
    reader, page = read(path), path.read_text(encoding="utf-8")
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert not {"script", "iframe", "svg", "object", "embed", "link", "form", "base"} & set(
        reader.tags
    )
    assert reader.tags.count("style") == 1
    for tag, name, value in reader.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in ("style", "srcdoc", "srcset", "action", "formaction"), (tag, name)
        if name == "src":
            assert (tag, value[:22]) == ("img", "data:image/png;base64,")
        if name == "href":
            assert re.match(r"#|https?://|mailto:", value), value
    assert "\u202e" not in page
    assert [p.name for p in path.parent.iterdir()] == ["small.html"]


def hostile() -> list[Asked]:
    """Attacks wherever a trainee, or a careless marker, can write."""
    new = nbformat.v4.new_output
    everything = "\n\n".join(ATTACKS)
    outputs = [new("display_data", {"text/html": attack}) for attack in ATTACKS]
    outputs += [
        new("display_data", {"text/markdown": everything}),
        new("display_data", {"image/svg+xml": "<svg onload='window.acted=1'/>"}),
        new("display_data", {"application/javascript": "window.acted = 1"}),
        new("display_data", {"image/png": f'{PIXEL}" onerror="window.acted=1'}),
        new("stream", name="stdout", text=everything),
        new("error", ename="E", evalue="v", traceback=[everything]),
        new("display_data", {"image/png": PIXEL}),
    ]
    return [
        Asked("code", 1, 1, everything, code=f"'''{everything}\u202e'''", outputs=outputs),
        Asked("essay", 1, 1, written=f"{everything}\n\n\u202egnp.exe", comment=everything),
    ]


@pytest.mark.browser
def test_nothing_acts_in_a_browser(make_page: Callable[..., Path], browser: Any) -> None:
    path = make_page(hostile())
    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for link in page.locator("a:not([href^='#'])").all():
        assert re.match("https?:|mailto:|None", str(link.get_attribute("href")))
    for link in page.get_by_text("click", exact=True).all():
        link.click(timeout=2000)
    page.wait_for_timeout(300)
    assert page.evaluate("window.acted") is None
    assert page.evaluate("getComputedStyle(document.body).display") == "block"
    assert {r for r in requests if not r.startswith("data:")} == {path.as_uri()}
    page.close()


@pytest.mark.browser
def test_scripts_do_act_in_the_browser_of_these_tests(tmp_path: Path, browser: Any) -> None:
    path = tmp_path / "attacks.html"
    path.write_text(ATTACKS[1], encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("window.acted === 1", timeout=5000)
    page.close()


@pytest.mark.browser
def test_no_answer_acts_where_formgrader_renders_it(tmp_path: Path, browser: Any) -> None:
    """nbgrader renders answers with nbconvert's filter and cleans nothing; neither is ours."""
    path = tmp_path / "answer.html"
    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for attack in ATTACKS:
        html = markdown2html(neutral_markdown(attack))
        path.write_text(f"<body><div>{html}</div></body>", encoding="utf-8")
        page.goto(path.as_uri())
        page.wait_for_timeout(30)
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
        assert all(link.startswith(("http://", "https://")) for link in links), attack
        assert page.evaluate("window.acted") is None, attack
        assert page.evaluate("document.body.children.length") == 1, attack
    assert set(requests) == {path.as_uri()}
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize("width", [360, 1100])
def test_the_page_fits_and_code_runs_from_left_to_right(
    make_page: Callable[..., Path], browser: Any, language: str, width: int
) -> None:
    path = make_page(full_house(), language)
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    style = "e => [getComputedStyle(e).direction, getComputedStyle(e).textAlign]"
    assert page.locator("pre").first.evaluate(style)[0] == "ltr"
    assert page.locator(".summary td bdi").first.evaluate(style)[0] == "ltr"
    expected = "rtl" if language == "ar" else "ltr"
    assert page.locator(".explanation p").last.evaluate(style)[0] == expected
    if folder := os.environ.get("DALIL_SCREENSHOTS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{folder}/{language}-{width}-{scheme}.png", full_page=True)
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(
    make_page: Callable[..., Path], browser: Any, scheme: str
) -> None:
    """Contrast of at least 4.5:1 (WCAG 2.2, 1.4.3) for every state, link and token of code."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(make_page(full_house()).as_uri())
    faint = page.evaluate(
        """() => {
        const rgb = text => text.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const ground = e => { for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c; } };
        return [...document.querySelectorAll('main *')].filter(e => e.childNodes.length &&
            [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
            const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
            return [e.outerHTML.slice(0, 80), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
        }).filter(([, ratio]) => ratio < 4.5); }"""
    )
    assert faint == []
    page.close()


@pytest.mark.browser
def test_it_prints_black_on_white_and_without_the_notebook_around(
    make_page: Callable[..., Path], browser: Any
) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(make_page(full_house()).as_uri())
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) != "rgb(255, 255, 255)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert not page.locator(".top").first.is_visible()
    assert page.locator(".explanation").first.is_visible()
    page.close()


def test_a_late_submission_is_said() -> None:
    asked = [Asked("one", 2, 2, "Good.", code="x = 1")]
    names = {"assignment": "small", "student": "amina", "score": 0.5, "max_score": 2}
    writer = PageWriter(
        notebook(asked, "fr", []),
        {"nbgrader": {**names, "late_penalty": 1.5}},
        Titles("", {}, None),
    )
    page = writer.page()
    assert (page.late, page.total) == ("\N{MINUS SIGN}1,5", "0,5 / 2")


def test_an_unknown_language_is_english() -> None:
    names = {"assignment": "small", "student": "amina"}
    titles = Titles("Small case", {"one": "First"}, None)
    made = notebook([Asked("one", 2, 2, "Good.", code="x = 1")], "xx", [])
    page = PageWriter(made, {"nbgrader": names}, titles).page()
    assert (page.language, page.direction, page.title) == ("en", "ltr", "Small case")
    assert [answer.title for answer in page.answers] == ["First"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("3 > 2 and a & b, `x && y < 4`", "3 > 2 and a & b, x && y < 4"),
        ("> quoted\n> twice", "quoted twice"),
        ("if a<b: c[0]=1", "if a< b: c[0]=1"),
        ("see https://example.org/a?b=1&c=2", "see https://example.org/a?b=1&c=2"),
        ("[text](https://example.org)", "text"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("C:\\data\\file and ~~no~~", "C:\\ data\\file and no"),
        ("<b>bold</b> and H<sub>2</sub>O", "bold and H2O"),
    ],
)
def test_answers_survive_readable(source: str, text: str) -> None:
    for html in (prose(neutral_markdown(source)), markdown2html(neutral_markdown(source))):
        assert " ".join(Reader(html).text.split()) == text


@pytest.mark.parametrize("attack", [*ATTACKS, '<div dir="rtl">\n\nx\n\n</div>', "a\u202eb"])
def test_neutral_markdown_is_stable(attack: str) -> None:
    once = neutral_markdown(attack)
    assert neutral_markdown(once) == once


def test_the_wrapper_of_arabic_text_stays_and_only_balanced() -> None:
    wrapped = '<div dir="rtl">\n\nنص\n\n</div>'
    assert neutral_markdown(wrapped) == wrapped
    assert neutral_markdown("</div><div>") == "< /div>< div>"


def test_directions_that_mislead_become_visible() -> None:
    assert neutral_markdown("a\u202egnp.exe\u202c") == "a[U+202E]gnp.exe"
    assert neutral_markdown("\u2068اسم\u2069 \u200f") == "\u2068اسم\u2069 \u200f"


def test_deeply_nested_markdown_is_still_shown() -> None:
    assert "deep" in prose("> " * 5000 + "deep")
    assert "deep" in prose("- " * 3000 + "deep")
    assert "deep" in prose("[" * 5000 + "deep" + "]" * 5000)


def test_an_untouched_answer_keeps_its_bytes() -> None:
    from nbgrader.utils import compute_checksum

    answer = cell("markdown", "essay", "Write <here> ![x](y)", grade=True, solution=True, points=2)
    answer.metadata.nbgrader["checksum"] = compute_checksum(answer)
    sanitise_cell(answer, keep_if_unchanged=True)
    assert answer.source == "Write <here> ![x](y)"
    answer.source += "!"
    sanitise_cell(answer, keep_if_unchanged=True)
    assert answer.source == "Write < here> !\\[x]\\(y)!"


def test_outputs_are_made_anew() -> None:
    new = nbformat.v4.new_output
    result = new("execute_result", {"application/javascript": "x"}, execution_count=3)
    assert plain_output(result).data == {"text/plain": ""}
    assert plain_output(new("display_data", {"image/svg+xml": "<svg/>"})) is None
    stream = nbformat.from_dict({"output_type": "stream", "name": '"><x', "text": ["a", "b"]})
    assert (plain_output(stream).name, plain_output(stream).text) == ("stdout", "ab")
    image = new("display_data", {"image/png": PIXEL}, metadata={"image/png": {"width": '"><x'}})
    assert plain_output(image).metadata == {}
    assert plain_output(nbformat.from_dict({"output_type": "unheard-of"})) is None
    assert plain_output(nbformat.from_dict({"output_type": "display_data", "data": 3})) is None


def test_directions_are_visible_in_streams_errors_and_the_code_of_answers() -> None:
    new = nbformat.v4.new_output
    turned = "a\u202eb"
    assert plain_output(new("stream", name="stdout", text=turned)).text == "a[U+202E]b"
    error = plain_output(new("error", ename=turned, evalue=turned, traceback=[turned]))
    assert (error.ename, error.evalue) == ("a[U+202E]b", "a[U+202E]b")
    assert error.traceback == ["a[U+202E]b"]
    solution = cell("code", "solve_x", "x = '\u2066user'", solution=True, locked=False)
    locked = cell("code", "open", "x = '\u2066user'")
    for code in (solution, locked):
        sanitise_cell(code)
    assert (solution.source, locked.source) == ("x = '[U+2066]user'", "x = '\u2066user'")


def test_formulas_that_nothing_ends_are_no_formulas() -> None:
    for closed in (
        r"\begin{align*} x \end{align*}",
        r"\\( x \\) and \\[ y \\]",
        r"a \\ b \( c \)",
        r"\begin{cases} a \\ b \end{cases}",
    ):
        assert neutral_markdown(closed) == closed
    assert neutral_markdown(r"\begin{a} x \end{b}") == r"\ begin{a} x \end{b}"
    assert neutral_markdown(r"\\) \\( x \\]") == r"\\) \ \( x \\]"
    assert neutral_markdown(r"\\[ x \\] \\[ y") == r"\\[ x \\] \ \[ y"


def test_blanks_at_the_end_of_lines_are_not_shown_in_the_code_of_answers() -> None:
    answer = cell("code", "solve_x", "x = 1  \n \u3000\n\ty", solution=True, locked=False)
    sanitise_cell(answer)
    assert answer.source == "x = 1\n\n\ty"
