"""The families by name, and the table that ``make acceptance`` prints."""

from __future__ import annotations

from importlib import import_module

from rich.table import Table

from tests.attacks.harness import NOTHING, Attack, Graded

# Each is a file beside this one with ATTACKS.
FAMILIES = ("structure", "machinery", "values", "traps", "environment", "system", "reviewer")


def attacks_of(family: str) -> tuple[Attack, ...]:
    """All attacks of *family*, heavy ones included."""
    return tuple(import_module(f"tests.attacks.{family}").ATTACKS)


def table_of(family: str, graded: Graded) -> Table:
    """Attack × family × awarded × deserved × stopped by; points of all questions together."""
    table = Table(title=f"Attacks: {family}", show_lines=False)
    for name in ("Attack", "Family", "What it tries"):
        table.add_column(name)
    for name in ("Awarded", "Deserved"):
        table.add_column(name, justify="right")
    table.add_column("Stopped by")
    for attack in graded.attacks:
        refused = attack.name in graded.refusals
        got = NOTHING if refused else graded.awarded(graded.trainees[attack.name])
        awarded, deserved = sum(got.values()), sum(attack.deserved.values())
        shown = f"{awarded:g}" if abs(awarded - deserved) < 1e-6 else f"[red]{awarded:g}[/red]"
        row = (attack.name, family, attack.what, shown, f"{deserved:g}", attack.stopped_by)
        table.add_row(*row)
    return table
