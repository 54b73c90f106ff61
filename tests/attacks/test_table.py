"""Every attack, the heavy ones too, as a table: attack × awarded × deserved × stopped by."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from tests.attacks.family import check_files, check_machine, check_neighbours, check_records
from tests.attacks.harness import run_family
from tests.attacks.table import FAMILIES, attacks_of, table_of

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_attack_gets_what_it_deserves(family: str, tmp_path: Path) -> None:
    graded = run_family(tmp_path, attacks_of(family))
    Console(width=180).print(table_of(family, graded))
    failures = []
    for attack in graded.attacks:
        try:
            graded.check(attack)
        except AssertionError as error:
            failures.append(f"{attack.name}: {error}")
    assert not failures, "\n".join(failures)
    for check in (check_neighbours, check_files, check_records, check_machine):
        check(graded)


def test_there_are_enough_of_them() -> None:
    assert sum(len(attacks_of(family)) for family in FAMILIES) >= 60
