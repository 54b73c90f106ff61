"""``dalil roster``: people, dates and extensions, by the same functions as the admin's pages."""

from __future__ import annotations

import getpass
from pathlib import Path

import click
from rich.table import Table

from dalil.cli.common import as_json, console, modules_of, open_academy, print_json
from dalil.errors import RecordsError, UsageError
from dalil.ledger.files import write_private
from dalil.roster import ROLES, Plan, Roster, Rules, moment, write_people
from dalil.roster.people import FIELDS
from dalil.roster.sheet import ENCODINGS

_TIMES = ("opens", "due", "closes")


@click.group()
def roster() -> None:
    """People, cohorts, dates and extensions. Every change is an event of the ledger."""


@roster.command("list")
@click.option("--cohort", metavar="NAME", help="Only this cohort.")
@click.option("--role", type=click.Choice(ROLES), help="Only this role.")
@as_json
def list_people(cohort: str | None, role: str | None, as_json: bool) -> None:
    """List who is in the academy."""
    people = [p for p in Roster(open_academy()).people(cohort) if role in (None, p.role)]
    if as_json:
        print_json([person.as_dict() for person in people])
        return
    table = Table(*FIELDS)
    for person in people:
        table.add_row(*(str(value) for value in person.as_dict().values()))
    console().print(table)


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--complete", is_flag=True, help="FILE holds everybody: remove who is not in it.")
@click.option("--encoding", type=click.Choice(ENCODINGS), help="Of a file that is not Unicode.")
@click.option("--dry-run", is_flag=True, help="Only say what it would change.")
@as_json
def import_people(
    file: Path, complete: bool, encoding: str | None, dry_run: bool, as_json: bool
) -> None:
    """Import the CSV FILE: all of it, or nothing when a line is wrong.

    Its first line names the columns, in English, French or Arabic; only the id is needed.
    """
    people = Roster(open_academy())
    plan = people.plan_import(_read(file), complete=complete, encoding=encoding or "")
    done = plan.ok and not dry_run
    if done:
        people.apply(plan, getpass.getuser())
    if as_json:
        print_json({**plan.as_dict(), "applied": done})
    else:
        _show(plan, done)
    if not plan.ok:
        raise UsageError(f"{file}: {len(plan.problems)} problem(s); nothing was changed")


def _show(plan: Plan, done: bool) -> None:
    for problem in plan.problems:
        click.echo(str(problem))
    if plan.ok:
        verb = "imported" if done else "would import"
        click.echo(
            f"{verb}: {len(plan.added)} added, {len(plan.changed)} changed, "
            f"{len(plan.removed)} removed, {plan.unchanged} unchanged"
        )
        for change in plan.changed:
            click.echo(f"  {change.after.id}: {', '.join(change.fields)}")
        for person in plan.removed:
            click.echo(f"  removed: {person.id}")


@roster.command()
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write everybody to the CSV FILE (0600), as `import` reads it; "-" prints it."""
    data = write_people(Roster(open_academy()).people())
    if str(file) == "-":
        click.echo(data.decode("utf-8-sig"), nl=False)
        return
    write_private(file.resolve(), data)
    click.echo(f"written: {file}", err=True)


@roster.command()
@click.argument("module", required=False)
@click.option("--cohort", default="", metavar="NAME", help="For this cohort; default: everyone.")
@click.option(
    "--opens", metavar="TIME", help='Such as 2027-01-31 or 2027-01-31T18:00; "" for none.'
)
@click.option("--due", metavar="TIME", help="Work that comes later is late.")
@click.option("--closes", metavar="TIME", help="Work that comes later is not taken.")
@click.option("--attempts", metavar="NUMBER", help='How often it may be tried; "" for no limit.')
@as_json
def dates(
    *,
    module: str | None,
    cohort: str,
    opens: str | None,
    due: str | None,
    closes: str | None,
    attempts: str | None,
    as_json: bool,
) -> None:
    """Show dates and extensions, or set those of MODULE; what is not named stays.

    Times without a zone are the server's; a date alone is its beginning (opens) or its end.
    """
    settings = open_academy()
    people = Roster(settings)
    given = {"opens": opens, "due": due, "closes": closes, "attempts": attempts}
    if any(value is not None for value in given.values()):
        if module is None:
            raise UsageError("name the module whose dates these are")
        known = modules_of(settings, [module])[0].id
        before = people.calendar().own(known, cohort)
        rules = _changed(before, given)
        people.set_dates(known, who=getpass.getuser(), cohort=cohort, rules=rules, seen=before)
    calendar = people.calendar()
    chosen = [d for d in calendar.dates if module in (None, d.module)]
    more = [e for e in calendar.extensions if module in (None, e.module)]
    if as_json:
        print_json(
            {
                "dates": [
                    {"module": d.module, "cohort": d.cohort, **d.rules.as_dict()} for d in chosen
                ],
                "extensions": [extension.as_dict() for extension in more],
            }
        )
        return
    table = Table("module", "for", *_TIMES, "attempts", "reason")
    for entry in chosen:
        rules = entry.rules
        times = (_said(getattr(rules, name)) for name in _TIMES)
        table.add_row(entry.module, entry.cohort or "everyone", *times, _said(rules.attempts), "")
    for extra in more:
        count = f"+{extra.attempts}" if extra.attempts else "–"
        whom = extra.trainee or extra.cohort
        table.add_row(extra.module, whom, "–", _said(extra.due), "–", count, extra.why)
    console().print(table)


@roster.command()
@click.argument("module")
@click.option("--trainee", default="", metavar="ID")
@click.option("--cohort", default="", metavar="NAME")
@click.option("--due", metavar="TIME", help="The later due date.")
@click.option("--attempts", type=click.IntRange(1), metavar="NUMBER", help="So many more.")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for the record.")
@as_json
def extend(
    *,
    module: str,
    trainee: str,
    cohort: str,
    due: str | None,
    attempts: int | None,
    why: str,
    as_json: bool,
) -> None:
    """Give one trainee or one cohort more time or attempts; with neither, take it back."""
    settings = open_academy()
    known = modules_of(settings, [module])[0].id
    people = Roster(settings)
    if trainee and people.person(trainee) is None:
        raise UsageError(f"{trainee}: not on the roster")
    rules = people.extend(
        known,
        who=getpass.getuser(),
        why=why,
        trainee=trainee,
        cohort=cohort,
        due=moment(due, end=True) if due else None,
        attempts=attempts,
    )
    if as_json:
        print_json({"module": known, **rules.as_dict()})
        return
    click.echo(
        f"{known}, {trainee or cohort}: due {_said(rules.due)}, closes {_said(rules.closes)}, "
        f"attempts {_said(rules.attempts)}"
    )


def _changed(before: Rules, given: dict[str, str | None]) -> Rules:
    """*before* with what was *given*: an empty text takes a limit away. Raises UsageError."""
    values = dict(vars(before))
    for name, text in given.items():
        if text is None:
            continue
        if not text:
            values[name] = None
        elif name == "attempts":
            if not text.isascii() or not text.isdigit():
                raise UsageError(f"--attempts: a whole number, not {text[:20]!r}")
            values[name] = int(text[:9])
        else:
            values[name] = moment(text, end=name != "opens")
    return Rules(**values)


def _said(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:%Y-%m-%d %H:%M} UTC" if hasattr(value, "astimezone") else str(value)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RecordsError(f"{file}: {error.strerror}") from error
