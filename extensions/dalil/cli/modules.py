"""``dalil module``: list, show, begin and check the modules of the curriculum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click
from rich.table import Table

from dalil.cli.common import as_json, console, print_json, progress_bar
from dalil.contract.check import check_module, rules_in_order
from dalil.contract.findings import Finding
from dalil.curriculum import Module, find_modules, load_module, new_module
from dalil.curriculum.find import module_ids
from dalil.errors import CurriculumError, UsageError
from dalil.models import module_id
from dalil.notebooks import grade_points, read_notebook
from dalil.settings import load_settings


@click.group()
def module() -> None:
    """Look after the modules of the curriculum."""


@module.command(name="list")
@as_json
def list_modules(as_json: bool) -> None:
    """List the modules."""
    found = find_modules(load_settings())
    if as_json:
        print_json([_plain(item) for item in found])
        return
    table = Table("Module", "Code", "Title", title="Modules")
    for name in ("Hours", "Questions", "Points"):
        table.add_column(name, justify="right")
    for item in found:
        points = sum(grade_points(read_notebook(item.notebook)).values())
        numbers = (f"{item.hours:g}", str(len(item.questions)), f"{points:g}")
        table.add_row(item.id, item.code, item.title, *numbers)
    console().print(table)


@module.command()
@click.argument("name", metavar="ID")
@as_json
def show(name: str, as_json: bool) -> None:
    """Show what a module teaches, issues and asks."""
    found = load_module(load_settings(), module_id(name))
    if as_json:
        print_json(_plain(found))
        return
    click.echo(f"{found.id} ({found.code}, version {found.version}): {found.title}")
    click.echo(found.summary)
    needs = ", ".join(found.prerequisites) or "nothing"
    click.echo(f"{found.hours:g} hours, after {needs}")
    for title, lines in (("Outcomes", found.outcomes), ("Standards", found.standards)):
        click.echo(f"\n{title}")
        for line in lines:
            click.echo(f"  {line}")
    points = grade_points(read_notebook(found.notebook))
    table = Table("Question", "Title", "Competency", "Level", "Answer", title="Questions")
    table.add_column("Points", justify="right")
    for question in found.questions:
        asked = question.form.describe() if question.form else "in writing, marked by hand"
        worth = f"{points.get(question.id, 0):g}"
        about = (question.title, question.competency, question.level)
        table.add_row(question.id, *about, asked, worth)
    console().print(table)


@module.command()
@click.argument("name", metavar="ID")
@click.option("--title", required=True, help="The module's title, in English.")
def new(name: str, title: str) -> None:
    """Make the whole set of files of a new module: a small one that passes its contract."""
    made = new_module(load_settings(), module_id(name), title)
    for folder in (made.course, made.exercise, made.grader):
        click.echo(folder)
    click.echo(f"now change them, and prove them with: dalil module check {made.id}")


@module.command()
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--fast", is_flag=True, help="Leave out the rules that run notebooks.")
@click.option("--rule", "only", multiple=True, metavar="RULE", help="Only this rule (again: more).")
@click.option(
    "--cases",
    default=1,
    show_default=True,
    type=click.IntRange(1, 50),
    help="Try the ways of answering on as many trainees' cases.",
)
@click.option("--rules", "explain", is_flag=True, help="List the rules and what they ask for.")
@as_json
def check(
    *,
    names: tuple[str, ...],
    fast: bool,
    only: tuple[str, ...],
    cases: int,
    explain: bool,
    as_json: bool,
) -> None:
    """Prove that modules (default: all) keep the whole contract."""
    if explain:
        _explain(as_json)
        return
    settings = load_settings()
    chosen = [module_id(name) for name in names] or module_ids(settings)
    if not chosen:
        raise UsageError(f"{settings.courses}: no module yet; run: dalil module new ID")
    found: dict[str, list[Finding]] = {}
    with progress_bar() as step:
        for name in chosen:
            found[name] = check_module(
                settings,
                name,
                run_notebooks=not fast,
                only=only or None,
                cases=cases,
                progress=_follow(step, name),
            )
    if as_json:
        print_json({name: [asdict(item) for item in items] for name, items in found.items()})
    else:
        _show(found)
    if broken := [name for name, items in found.items() if any(_is_error(i) for i in items)]:
        raise CurriculumError(
            f"{', '.join(broken)}: not complete; mend what is named above and check again"
        )


def _follow(step: Callable[[str, int, int], None], name: str) -> Callable[[str, int, int], None]:
    return lambda rule, done, total: step(name, done, total)


def _is_error(finding: Finding) -> bool:
    return finding.severity == "error"


def _show(found: dict[str, list[Finding]]) -> None:
    for items in found.values():
        for item in items:
            click.echo(str(item))
    every = [item for items in found.values() for item in items]
    errors = sum(map(_is_error, every))
    click.echo(f"modules: {len(found)}, errors: {errors}, warnings: {len(every) - errors}")


def _explain(as_json: bool) -> None:
    rules = rules_in_order()
    if as_json:
        print_json([{"rule": r.name, "asks": r.sentence, "runs": r.runs} for r in rules])
        return
    table = Table("Rule", "Asks for", "Left out by --fast", title="The contract of a module")
    for item in rules:
        table.add_row(item.name, item.sentence, "yes" if item.runs else "")
    console().print(table)


def _plain(item: Module) -> dict[str, Any]:
    points = grade_points(read_notebook(item.notebook))
    return {
        "id": item.id,
        "code": item.code,
        "version": item.version,
        "title": item.title,
        "summary": item.summary,
        "hours": item.hours,
        "prerequisites": list(item.prerequisites),
        "standards": list(item.standards),
        "outcomes": list(item.outcomes),
        "competencies": dict(item.competencies),
        "exhibits": [{"name": e.name, "file": e.file, "title": e.title} for e in item.exhibits],
        "questions": [
            {
                "id": q.id,
                "title": q.title,
                "competency": q.competency,
                "level": q.level,
                "written": q.written,
                "points": points.get(q.id, 0.0),
            }
            for q in item.questions
        ],
    }
