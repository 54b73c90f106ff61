"""The roster's changes: planned, applied on what was looked at, recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from dalil.errors import StaleError, UsageError
from dalil.ledger import Ledger
from dalil.roster import Person, Roster, Rules, moment, write_people

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def places(tmp_path: Path) -> SimpleNamespace:
    return SimpleNamespace(database_url=f"sqlite:///{tmp_path / 'r.db'}", keys=tmp_path / "keys")


@pytest.fixture
def roster(places: SimpleNamespace) -> Roster:
    roster = Roster(places)
    roster.enrol([Person("amina", cohort="A"), Person("naima", role="admin")], who="tests")
    return roster


def test_a_plan_changes_nothing_and_is_applied_once(roster: Roster) -> None:
    plan = roster.plan([Person("amina", cohort="B"), Person("new")], without=["naima"])
    assert [p.id for p in plan.added] == ["new"]
    assert [(c.before.cohort, c.after.cohort) for c in plan.changed] == [("A", "B")]
    assert [p.id for p in plan.removed] == ["naima"]
    assert roster.person("new") is None
    roster.apply(plan, "tests")
    assert [p.id for p in roster.people()] == ["amina", "new"]
    with pytest.raises(StaleError, match="changed meanwhile"):
        roster.apply(plan, "tests")
    with pytest.raises(UsageError, match="not on the roster"):
        roster.plan(without=["nobody"])
    with pytest.raises(UsageError, match="formula"):
        roster.plan([Person("x", name="=1")])


def test_a_tag_tells_every_change(roster: Roster) -> None:
    person = Person("amina", "n", "c", "u", "f", "r", "ar", "trainee")
    others = [
        Person("amina", "x", "c", "u", "f", "r", "ar", "trainee"),
        Person("amina", "nc", "", "u", "f", "r", "ar", "trainee"),
        Person("amina", "n", "c", "u", "f", "r", "ar", "admin"),
    ]
    assert len({person.tag, *(other.tag for other in others)}) == 4
    assert person.tag == Person(**person.as_dict()).tag


def test_dates_are_set_on_what_was_seen(roster: Roster) -> None:
    week = Rules(due=NOW + timedelta(days=7), attempts=2)
    roster.set_dates("custody", who="naima", rules=week, seen=Rules())
    with pytest.raises(StaleError, match="look at them again"):
        roster.set_dates("custody", who="other", rules=Rules(attempts=1), seen=Rules())
    cohort = Rules(due=NOW + timedelta(days=9))
    roster.set_dates("custody", who="naima", cohort="A", rules=cohort, seen=Rules())
    calendar = roster.calendar()
    assert calendar.own("custody") == week
    assert calendar.own("custody", "A") == cohort
    assert roster.rules("custody", "amina") == Rules(due=cohort.due, attempts=2)
    with pytest.raises(UsageError, match="must come after"):
        roster.set_dates("custody", who="naima", rules=Rules(opens=NOW, due=NOW))
    assert roster.calendar().own("custody") == week


def test_extensions_only_give_more_and_say_why(roster: Roster, places: SimpleNamespace) -> None:
    due = NOW + timedelta(days=7)
    rules = Rules(due=due, closes=due + timedelta(days=1), attempts=1)
    roster.set_dates("custody", who="naima", rules=rules)
    given = roster.extend(
        "custody",
        who="naima",
        why=" ill ",
        trainee="amina",
        due=due + timedelta(days=3),
        attempts=2,
    )
    assert (given.due, given.closes, given.attempts) == (
        due + timedelta(days=3),
        due + timedelta(days=3),
        3,
    )
    assert roster.extend("custody", who="naima", why="x", cohort="A", attempts=1).attempts == 2
    assert roster.rules("custody", "amina").attempts == 4
    for wrong in (
        {"trainee": "amina", "why": " ", "attempts": 1},
        {"trainee": "amina", "cohort": "A", "why": "x", "attempts": 1},
        {"why": "x", "attempts": 1},
        {"trainee": "amina", "why": "x", "due": due},
        {"trainee": "amina", "why": "x", "attempts": 0},
    ):
        with pytest.raises(UsageError):
            roster.extend("custody", who="naima", **wrong)  # type: ignore[arg-type]
    roster.extend("custody", who="naima", why="mended", trainee="amina")
    assert roster.rules("custody", "amina").attempts == 2
    events = Ledger(places.database_url, places.keys).events(kind="extended")
    assert [(e.who, e.trainee, e.what["why"]) for e in events] == [
        ("naima", "amina", "ill"),
        ("naima", None, "x"),
        ("naima", "amina", "mended"),
    ]


def test_what_was_exported_is_read_again(roster: Roster) -> None:
    roster.enrol([Person("h", 'حفصة; "بناني"', "A", "u,1", "f", "r", "ar")], who="tests")
    plan = roster.plan_import(write_people(roster.people()), complete=True)
    assert (plan.ok, plan.unchanged, plan.removed) == (True, 3, ())


@pytest.mark.parametrize(
    ("encoding", "asked"), [("utf-8-sig", ""), ("utf-16", ""), ("cp1252", "cp1252")]
)
def test_sheets_of_three_encodings(roster: Roster, encoding: str, asked: str) -> None:
    sheet = "sep=;\nMatricule;Nom complet;Rôle\nhélène;Hélène Œuvrard;Formateur\n".encode(encoding)
    if encoding == "utf-8-sig":
        sheet = "Matricule;Nom complet;Fonction\nhélène;Hélène Œuvrard;Formateur\n".encode(encoding)
    else:
        sheet = sheet.decode(encoding).replace("Rôle", "Fonction").encode(encoding)
    plan = roster.plan_import(sheet, encoding=asked)
    assert plan.problems == ()
    assert [(p.id, p.role) for p in plan.added] == [("hélène", "instructor")]


def test_moments_without_a_zone_are_the_servers() -> None:
    local = datetime(2027, 1, 31, 18).astimezone()
    assert moment("2027-01-31T18:00") == local
    assert moment("2027-01-31", end=True).astimezone(local.tzinfo).hour == 23
    for wrong in ("", "soon", "2027-13-01", "9999-12-31T23:59-23:00", "0001-01-01"):
        with pytest.raises(UsageError, match="is no time"):
            moment(wrong)
