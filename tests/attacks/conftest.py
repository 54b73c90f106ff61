"""Each attack of a family is a test of its own; the family is graded once, in one batch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.attacks.family", "tests.attacks.harness")

from tests.attacks.family import Family  # noqa: E402
from tests.attacks.harness import Graded, run_family  # noqa: E402


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    family = metafunc.cls
    if family and issubclass(family, Family) and "attack" in metafunc.fixturenames:
        attacks = [attack for attack in family.attacks if not attack.heavy]
        metafunc.parametrize("attack", attacks, ids=str)


@pytest.fixture(scope="class")
def graded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Graded]:
    """The family of the test class after its batch, heavy attacks left out."""
    root = tmp_path_factory.mktemp("attacks")
    yield run_family(root, [attack for attack in request.cls.attacks if not attack.heavy])
    shutil.rmtree(root, ignore_errors=True)
