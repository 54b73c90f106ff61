"""One rule broken at a time, in files and forging: exactly that rule and that file are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dalil.contract.rules import languages

EXERCISE = "exercises/sample.ipynb"


# --- what can be seen without running anything


def remove_methods(sample: Any) -> None:
    sample.path("courses/methods.py").unlink()


def add_file(sample: Any) -> None:
    sample.path("graders/notes.txt").write_text("to do", encoding="utf-8")


def add_folder(sample: Any) -> None:
    sample.path("exercises/data").mkdir()
    sample.path("exercises/data/log.csv").write_text("a,b", encoding="utf-8")


def link_catalogue(sample: Any) -> None:
    sample.path("courses/locale/fr.po").unlink()
    sample.path("courses/locale/fr.po").symlink_to(sample.path("exercises/locale/fr.po"))


def empty_checks(sample: Any) -> None:
    sample.path("graders/checks.py").write_text("", encoding="utf-8")


def grow_methods(sample: Any) -> None:
    sample.append("courses/methods.py", "# much\n" * 50_000)


def unknown_key(sample: Any) -> None:
    sample.edit("courses/module.toml", "hours = 1", 'hours = 1\nteacher = "nobody"')


def unknown_form(sample: Any) -> None:
    sample.edit("courses/module.toml", 'type = "number"', 'type = "nummer"')


def broken_notebook(sample: Any) -> None:
    sample.path("courses/lesson.ipynb").write_text("{", encoding="utf-8")


def repeated_check(sample: Any) -> None:
    sample.edit("graders/checks.py", '"middle": check_middle, ', "")


def no_half(sample: Any) -> None:
    sample.edit("graders/checks.py", '"half"', '"nearly"')


def everything_earned(sample: Any) -> None:
    sample.edit("graders/checks.py", '{"deviating": 0.75}', "{}")


def unknown_cell(sample: Any) -> None:
    sample.edit("graders/checks.py", 'leaving("half", "deviating")', 'leaving("half", "deviation")')


def failing_checks(sample: Any) -> None:
    sample.append("graders/checks.py", "\nraise RuntimeError('half written')\n")


def engine_in_methods(sample: Any) -> None:
    sample.append("courses/methods.py", "\nfrom dalil.grading import marking\n")


def as_package(sample: Any) -> None:
    """The same methods as a package: a public face and one part."""
    folder = sample.path("courses/methods")
    folder.mkdir()
    sample.path("courses/methods.py").rename(folder / "readings.py")
    names = "deviating, read"
    face = f"from dalil.courses.sample.methods.readings import {names}\n"
    offered = ", ".join(f'"{name}"' for name in names.split(", "))
    (folder / "__init__.py").write_text(f"{face}\n__all__ = [{offered}]\n", encoding="utf-8")


def package_without_face(sample: Any) -> None:
    as_package(sample)
    sample.path("courses/methods/__init__.py").unlink()


def package_beside_file(sample: Any) -> None:
    as_package(sample)
    sample.path("courses/methods.py").write_text("LIMIT = 3\n", encoding="utf-8")


def package_in_package(sample: Any) -> None:
    as_package(sample)
    sample.path("courses/methods/inner").mkdir()
    sample.path("courses/methods/inner/more.py").write_text("LIMIT = 3\n", encoding="utf-8")


def data_in_package(sample: Any) -> None:
    as_package(sample)
    sample.path("courses/methods/table.csv").write_text("a,b\n", encoding="utf-8")


def part_with_no_name(sample: Any) -> None:
    as_package(sample)
    sample.path("courses/methods/two-parts.py").write_text("LIMIT = 3\n", encoding="utf-8")


def face_that_offers_nothing(sample: Any) -> None:
    as_package(sample)
    sample.edit("courses/methods/__init__.py", "__all__", "ALL")


def face_that_offers_too_much(sample: Any) -> None:
    as_package(sample)
    sample.edit("courses/methods/__init__.py", '"read"', '"read", "write"')


def engine_in_part(sample: Any) -> None:
    as_package(sample)
    sample.append("courses/methods/readings.py", "\nfrom dalil.grading import marking\n")


def part_reaches_graders(sample: Any) -> None:
    as_package(sample)
    sample.append("courses/methods/readings.py", '\nPLACE = "graders/sample"\n')


def clock_in_part(sample: Any) -> None:
    as_package(sample)
    line = "\n\ndef now():\n    import time\n    return time.time()\n"
    sample.append("courses/methods/readings.py", line)


def untranslated_part(sample: Any) -> None:
    as_package(sample)
    sample.append("courses/methods/readings.py", '\nUNIT = N_("micrometres")\n')


def with_glossary(sample: Any, meaning: str = "ما قيس.") -> None:
    """A glossary of one term, which the sample's translations use."""
    table = (
        '["reading"]\nfr = ["mesure"]\nar = ["القياس"]\n'
        f'means.en = "What was read."\nmeans.fr = "Ce qui a été lu."\nmeans.ar = "{meaning}"\n'
    )
    (sample.root / "courses" / "glossary.toml").write_text(table, encoding="utf-8")


def other_word_in_french(sample: Any) -> None:
    with_glossary(sample)
    sample.edit("courses/locale/fr.po", "mesures d’une", "valeurs d’une")


def other_word_in_explanations(sample: Any) -> None:
    with_glossary(sample)
    path = sample.path("exercises/locale/ar.po")
    text = path.read_text(encoding="utf-8")
    assert "القياسات" in text
    path.write_text(text.replace("القياسات", "الأرقام"), encoding="utf-8")


def term_without_meaning(sample: Any) -> None:
    with_glossary(sample, meaning="")


def stranger_in_evidence(sample: Any) -> None:
    sample.append("graders/evidence.py", "\nimport requests\n")


def untranslated(sample: Any) -> None:
    text = sample.path("exercises/locale/ar.po").read_text(encoding="utf-8")
    blocks = text.split("\n\n")
    at = next(n for n, block in enumerate(blocks) if "checks.py" in block)
    before, _, _ = blocks[at].partition("msgstr")
    blocks[at] = before + 'msgstr ""'
    sample.path("exercises/locale/ar.po").write_text("\n\n".join(blocks), encoding="utf-8")


def lost_place(sample: Any) -> None:
    path = sample.path("exercises/locale/fr.po")
    before, sign, after = path.read_text(encoding="utf-8").rpartition("{missed}")
    assert sign
    path.write_text(f"{before}{{manques}}{after}", encoding="utf-8")


def undeclared_exhibit(sample: Any) -> None:
    line = '    (folder / "truth.json").write_text("{}")\n    return Evidence('
    sample.edit("graders/evidence.py", "    return Evidence(", line)


def raising_forge(sample: Any) -> None:
    sample.edit("graders/evidence.py", "    rng = seed", "    1 / 0\n    rng = seed")


def hash_seed(sample: Any) -> None:
    sample.edit("graders/evidence.py", '"length_mm"]', 'next(iter({"a", "b", "c", "d", "e"}))]')


def hour(sample: Any) -> None:
    line = "    import time\n    shown = shown[:-1] + [time.strftime('%Y%m%d')]\n    write_csv"
    sample.edit("graders/evidence.py", "    write_csv", line)


def zone(sample: Any) -> None:
    line = (
        "    from datetime import datetime\n"
        "    shown = shown[:-1] + [str(datetime.fromtimestamp(0).hour)]\n    write_csv"
    )
    sample.edit("graders/evidence.py", "    write_csv", line)


def locale(sample: Any) -> None:
    line = '    (folder / "readings.csv").open("a").write("é")\n    return Evidence('
    sample.edit("graders/evidence.py", "    return Evidence(", line)


def clock(sample: Any) -> None:
    line = (
        "    from datetime import date\n    assert date.today().year > 2000\n    return Evidence("
    )
    sample.edit("graders/evidence.py", "    return Evidence(", line)


def same_for_all(sample: Any) -> None:
    sample.edit("graders/evidence.py", 'seed.rng("readings")', "practice('x').rng('x')")
    sample.edit("graders/evidence.py", "import Seed,", "import Seed, practice,")


def same_truth(sample: Any) -> None:
    sample.edit("graders/evidence.py", "truth={", "truth={} and {")


STATIC = [
    (remove_methods, "files", "courses/methods.py"),
    (add_file, "files", "graders/notes.txt"),
    (add_folder, "files", "exercises/data"),
    (link_catalogue, "files", "courses/locale/fr.po"),
    (empty_checks, "files", "graders/checks.py"),
    (grow_methods, "files", "courses/methods.py"),
    (unknown_key, "schema", "courses/module.toml"),
    (unknown_form, "schema", "courses/module.toml"),
    (broken_notebook, "clean-notebooks", "courses/lesson.ipynb"),
    (repeated_check, "checks-complete", "graders/checks.py"),
    (no_half, "checks-complete", "graders/checks.py"),
    (everything_earned, "checks-complete", "graders/checks.py"),
    (unknown_cell, "checks-complete", "graders/checks.py"),
    (failing_checks, "checks-complete", "graders/checks.py"),
    (engine_in_methods, "imports", "courses/methods.py"),
    (stranger_in_evidence, "imports", "graders/evidence.py"),
    (package_without_face, "files", "courses/methods/__init__.py"),
    (package_beside_file, "files", "courses/methods.py"),
    (package_in_package, "files", "courses/methods/inner"),
    (data_in_package, "files", "courses/methods/table.csv"),
    (part_with_no_name, "files", "courses/methods/two-parts.py"),
    (face_that_offers_nothing, "imports", "courses/methods/__init__.py"),
    (face_that_offers_too_much, "imports", "courses/methods/__init__.py"),
    (engine_in_part, "imports", "courses/methods/readings.py"),
    (part_reaches_graders, "imports", "courses/methods/readings.py"),
    (clock_in_part, "exhibits-deterministic", "courses/methods/readings.py"),
    (untranslated, "translated", "exercises/locale/ar.po"),
    (lost_place, "translated", "exercises/locale/fr.po"),
    (other_word_in_french, "terms", "courses/locale/fr.po"),
    (other_word_in_explanations, "terms", "exercises/locale/ar.po"),
    (term_without_meaning, "terms", "courses/glossary.toml"),
    (undeclared_exhibit, "exhibits-declared", "graders/evidence.py"),
    (raising_forge, "exhibits-declared", "graders/evidence.py"),
    (hash_seed, "exhibits-deterministic", "graders/evidence.py"),
    (hour, "exhibits-deterministic", "graders/evidence.py"),
    (zone, "exhibits-deterministic", "graders/evidence.py"),
    (locale, "exhibits-deterministic", "graders/evidence.py"),
    (clock, "exhibits-deterministic", "graders/evidence.py"),
    (same_for_all, "exhibits-individual", "graders/evidence.py"),
    (same_truth, "exhibits-individual", "graders/evidence.py"),
]


def name_of(item: object) -> str | None:
    return getattr(item, "__name__", None)


@pytest.mark.parametrize(("breach", "rule", "place"), STATIC, ids=name_of)
def test_a_breach_without_notebooks(
    sample: Any, breach: Callable[[Any], None], rule: str, place: str
) -> None:
    breach(sample)
    assert sample.breaches(run_notebooks=False) == {(rule, place)}


def test_the_sample_uses_the_terms_of_a_glossary(sample: Any) -> None:
    with_glossary(sample)
    assert sample.check("terms") == []
    other_word_in_french(sample)
    (finding,) = sample.check("terms")
    assert "“Find the readings" in finding.message
    assert finding.message.endswith("'reading' is not mesure")
    assert finding.severity == "error"


def test_methods_may_be_a_package(sample: Any) -> None:
    as_package(sample)
    assert sample.check(run_notebooks=False) == []


def test_messages_of_every_part_are_translated(sample: Any) -> None:
    untranslated_part(sample)
    found = sample.check("translated")
    places = {f"courses/sample/locale/{language}.po" for language in ("ar", "fr")}
    assert {finding.file for finding in found} == places
    assert all("methods/readings.py" in finding.message for finding in found)


def test_a_changed_text_is_wrong_in_each_language(sample: Any) -> None:
    sample.edit("courses/lesson.ipynb", "hardly moves", "moves a little")
    assert sample.breaches("translated") == {
        ("translated", "courses/locale/ar.po"),
        ("translated", "courses/locale/fr.po"),
    }


def test_every_problem_of_the_table_is_named(sample: Any) -> None:
    unknown_key(sample)
    unknown_form(sample)
    assert [finding.rule for finding in sample.check()] == ["schema", "schema"]


def test_a_computed_message_cannot_be_translated(sample: Any) -> None:
    sample.edit("graders/checks.py", 'N_("This is', 'N_("" + "This is')
    assert sample.breaches("translated") == {("translated", "graders/checks.py")}


def test_code_that_differs_between_languages(sample: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """localise() never does this: the contract must see it if one day it did."""
    proper = languages.localise

    def translating_code(notebook: Any, language: Any, catalogue: Any) -> Any:
        localised = proper(notebook, language, catalogue)
        for cell in localised.cells:
            if language == "fr" and "median(lengths)" in cell.source:
                cell.source = cell.source.replace("lengths", "longueurs")
        return localised

    monkeypatch.setattr(languages, "localise", translating_code)
    assert sample.breaches("translated") == {
        ("translated", "courses/lesson.ipynb"),
        ("translated", EXERCISE),
    }
