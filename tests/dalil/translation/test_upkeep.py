"""Catalogues follow their sources: nothing translated is lost, nothing missing is overlooked."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dalil.curriculum import Module, Question
from dalil.errors import TranslationError
from dalil.models import ModuleId
from dalil.notebooks import write_notebook
from dalil.translation import (
    Domain,
    Entry,
    extract,
    missing,
    missing_in,
    own_domain,
    update,
    update_in,
)
from dalil.translation.catalogue import read_po
from dalil.translation.upkeep import lacking

WRITTEN = {"nbgrader": {"schema_version": 3, "grade_id": "end", "solution": True, "grade": True}}


@pytest.fixture
def module(tmp_path: Path) -> Module:
    for folder in ("courses", "exercises", "graders"):
        (tmp_path / folder / "custody").mkdir(parents=True)
    module = Module(
        id=ModuleId("custody"),
        code="FND-01",
        version="1",
        title="Custody",
        summary="Summary.",
        hours=1,
        prerequisites=(),
        standards=("FIPS 180-4",),
        outcomes=("Find breaks",),
        competencies={"integrity": "Custody"},
        exhibits=(),
        questions=(Question("end", "The end", "integrity", "evaluate"),),
        course=tmp_path / "courses" / "custody",
        exercise=tmp_path / "exercises" / "custody",
        grader=tmp_path / "graders" / "custody",
    )
    lesson = [
        new_markdown_cell("# Lesson\n\nRead `log.csv` at $x_1$, see [it](methods.py).", id="intro"),
        new_markdown_cell("---", id="rule"),
        new_code_cell('%matplotlib inline\nui.text("Length")\n_("Width")\nprint("no")', id="code"),
    ]
    write_notebook(new_notebook(cells=lesson), module.lesson)
    write_notebook(new_notebook(cells=[new_markdown_cell("An app", id="app")]), module.app)
    exercise = [
        new_markdown_cell("Say what you found, please.", id="rubric"),
        new_markdown_cell(
            "### BEGIN SOLUTION\nModel\n### END SOLUTION", id="end", metadata=WRITTEN
        ),
    ]
    write_notebook(new_notebook(cells=exercise), module.notebook)
    (module.course / "methods.py").write_text('UNIT = N_("micrometres")\n')
    (module.grader / "checks.py").write_text(
        'M = N_(\n    "Found {n} of "\n    "{total}."\n)\nOTHER = N_("Look again, {n} times.")\n'
    )
    return module


def translated(domain: Domain, language: str, texts: dict[str, str]) -> None:
    """Put translations into a catalogue as a translator would."""
    path = domain.path(language)
    lines = path.read_text("utf-8").split("\n\n")
    for number, block in enumerate(lines):
        for source, target in texts.items():
            if f'msgid "{source}"' in block:
                lines[number] = block.replace('msgstr ""', f'msgstr "{target}"')
    path.write_text("\n\n".join(lines), "utf-8")


def test_everything_that_is_shown_is_extracted(module: Module) -> None:
    course, exercise = extract(module)
    assert [(entry.message, entry.locations, entry.kind) for entry in course.entries] == [
        ("Custody", ("module.toml#title", "module.toml#competencies.integrity"), "prose"),
        ("Summary.", ("module.toml#summary",), "prose"),
        ("Find breaks", ("module.toml#outcomes.1",), "prose"),
        ("The end", ("module.toml#questions.end",), "prose"),
        (
            "# Lesson\n\nRead `log.csv` at $x_1$, see [it](methods.py).",
            ("lesson.ipynb#intro",),
            "prose",
        ),
        ("Length", ("lesson.ipynb#code",), "template"),
        ("Width", ("lesson.ipynb#code",), "template"),
        ("An app", ("app.ipynb#app",), "prose"),
        ("micrometres", ("methods.py",), "template"),
    ]
    assert [entry.message for entry in exercise.entries] == [
        "Say what you found, please.",
        "Found {n} of {total}.",
        "Look again, {n} times.",
    ]


@pytest.mark.parametrize("source", ['N_(f"{x}")', 'N_("a" + b)', "N_(text)"])
def test_messages_made_at_run_time_are_refused(module: Module, source: str) -> None:
    (module.grader / "checks.py").write_text(f"\nx = {source}\n")
    with pytest.raises(TranslationError, match=r"checks\.py: line 2"):
        extract(module)


def test_update_is_stable_and_has_no_date(module: Module) -> None:
    changed = update(module)
    assert len(changed) == 4
    assert update(module) == []
    text = (module.exercise / "locale" / "ar.po").read_text("utf-8")
    assert "POT-Creation-Date" not in text
    assert '#, python-brace-format\nmsgid "Found {n} of {total}."' in text
    assert "#: custody.ipynb#rubric\n" in text


def test_translations_are_kept_and_changes_marked(module: Module) -> None:
    update(module)
    _, exercise = extract(module)
    texts = {
        "Say what you found, please.": "قل ما وجدت.",
        "Found {n} of {total}.": "وجدت {n} من {total}.",
        "Look again, {n} times.": "أعد النظر {n} مرات.",
    }
    translated(exercise, "ar", texts)
    assert missing_in(exercise, "ar") == []
    assert update(module) == []
    cells = [new_markdown_cell("Write down everything about the case.", id="rubric")]
    write_notebook(new_notebook(cells=cells), module.notebook)
    checks = module.grader / "checks.py"
    checks.write_text('N_("Found {n} out of {total}.")\nN_("Entirely different words")\n')
    assert [path.name for path in update(module)] == ["fr.po", "ar.po"]
    messages = {m.id: m for m in read_po(exercise.path("ar")) if m.id}
    assert {text: (m.string, m.fuzzy) for text, m in messages.items()} == {
        "Write down everything about the case.": ("قل ما وجدت.", True),
        "Found {n} out of {total}.": ("وجدت {n} من {total}.", True),
        "Entirely different words": ("", False),
    }
    assert update(module) == []
    lines = missing(module, "ar")
    assert sum("fuzzy" in line for line in lines) == 2
    assert all("exercises/custody" in line for line in lines if "fuzzy" in line)


def problems(tmp_path: Path, source: str, target: str, kind: str = "prose") -> list[str]:
    domain = Domain(tmp_path, (Entry(source, ("lesson.ipynb#a",), kind),))  # type: ignore[arg-type]
    update_in(domain)
    translated(domain, "fr", {source: target})
    return missing_in(domain, "fr")


@pytest.mark.parametrize(
    ("source", "target", "kind", "expected"),
    [
        ("Some text here now", "", "prose", "not translated"),
        ("Some text here now", "Some text here now", "prose", "a copy of the English"),
        ("{n} cells", "{m} cellules", "template", "places"),
        ("{n} cells", "cellules", "template", "places"),
        ("Run `a`", "Lancez a", "prose", "lost the code `a`"),
        ("Run `a` and `a`", "Lancez `a`", "prose", "lost the code `a`"),
        ("By $x^2$", "Par $x$", "prose", "lost the formula $x^2$"),
        ("By $$x$$", "Par $x$", "prose", "lost the formula $$x$$"),
        ("[a](b.md)", "[a](c.md)", "prose", "lost the link ](b.md"),
        ("## Title", "Titre", "prose", "lost the heading ##"),
        ("Text", "Texte \u202e", "prose", "bidi"),
    ],
)
def test_each_fault_of_a_translation_is_told(
    tmp_path: Path, source: str, target: str, kind: str, expected: str
) -> None:
    (line,) = problems(tmp_path, source, target, kind)
    assert expected in line
    assert "lesson.ipynb#a" in line


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        ("Conclusion", "Conclusion", "prose"),
        ("Run `a` at $5 or $6", "Lancez `a` à 5 $ ou 6 $", "prose"),
        ("{n} cells of {m}", "sur {m}, {n} cellules", "template"),
        ("By $x$ and `b`", "Par `b` et $x$, encore `b`", "prose"),
    ],
)
def test_good_translations_pass(tmp_path: Path, source: str, target: str, kind: str) -> None:
    assert problems(tmp_path, source, target, kind) == []


def test_lost_and_stale_and_obsolete_messages_are_told(tmp_path: Path) -> None:
    domain = Domain(tmp_path, (Entry("One", ("a",)),))
    assert missing_in(domain, "en") == []
    assert "missing" in missing_in(domain, "fr")[0]
    domain.path("fr").parent.mkdir()
    domain.path("fr").write_text(
        'msgid "Two"\nmsgstr "Deux"\n\n#~ msgid "Three"\n#~ msgstr "Trois"\n'
    )
    lines = missing_in(domain, "fr")
    assert any("not in the catalogue" in line for line in lines)
    assert any("“Two”: no longer used" in line for line in lines)
    assert any("obsolete" in line for line in lines)
    domain.path("fr").write_text("broken")
    assert len(missing_in(domain, "fr")) == 1


def test_what_a_catalogue_lacks_is_told_in_parts(module: Module) -> None:
    update(module)
    _, exercise = extract(module)
    (lack, *_) = lacking(exercise, "ar")
    assert lack.file == "exercises/custody/locale/ar.po"
    assert lack.place == "custody.ipynb#rubric"
    assert lack.problem == "not translated"
    assert str(lack) == f"{lack.file}: {lack.place} {lack.text}: {lack.problem}"
    exercise.path("ar").unlink()
    (gone,) = lacking(exercise, "ar")
    assert (gone.place, gone.text) == ("", "")
    exercise.path("ar").write_text("broken")
    (broken,) = lacking(exercise, "ar")
    assert broken.file == lack.file
    assert not broken.problem.startswith(broken.file)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_messages_of_the_package_itself_are_translated(language: str) -> None:
    domain = own_domain()
    assert len(domain.entries) > 40
    assert missing_in(domain, language) == []  # type: ignore[arg-type]
