"""The exercise of the module disk: its reference and its simulations earn what they must."""

from __future__ import annotations

from pathlib import Path

import pytest

from dalil.courses.disk import methods
from dalil.forging import practice
from tests.courses.course import BLANK, Course, remember
from tests.courses.leaks import features_of, told_by

DISK = Course("disk")
WAYS = DISK.ways({"solve_moments": f"def moments(day, clock):\n    {BLANK}\n"})
QUICK, MANY, LEAKS = 4, 50, 200
NOT = "undetermined"


@pytest.fixture
def _remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each image is unpacked once, however often the exercise is run on it."""
    remember(monkeypatch, methods, "open_image")


@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("number", range(QUICK))
def test_each_way_earns_exactly_its_share(number: int, tmp_path: Path) -> None:
    case = DISK.forge(f"disk exercise {number}", tmp_path)
    assert case.seconds < 3
    DISK.assert_earned(case, WAYS)


@pytest.mark.acceptance
@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("number", range(QUICK, MANY))
def test_each_way_earns_exactly_its_share_in_many_cases(number: int, tmp_path: Path) -> None:
    DISK.assert_earned(DISK.forge(f"disk exercise {number}", tmp_path), WAYS)


_BY_ACCESS = """\
deadline = methods.instants(datetime.fromisoformat(request["deadline"]))[0]
accessed = methods.true_time(methods.find(files, request["sealed_file"]).accessed, clock)
margin = (accessed - deadline).total_seconds()
decision = {"opened": "yes" if margin > 0 else "no", "margin": margin}
"""
_AS_RECORDED = """\
path = request["sealed_file"].partition(":")[2]
visited = methods.recent_documents(read(recent))[path]
deadline = methods.instants(datetime.fromisoformat(request["deadline"]))[0]
margin = (visited - deadline).total_seconds()
decision = {"opened": "yes" if margin > 0 else "no", "margin": margin}
"""
_OTHER_RIGHT = """\
path = request["sealed_file"].split(":", 1)[1]
text = read(recent).decode()
from urllib.parse import quote
at = text.index(quote(path))
stamp = text[text.index('visited="', at) + 9 :][:27]
seen = datetime.fromisoformat(stamp)
late = seen.timestamp() - clock - methods.instants(
    datetime.fromisoformat(request["deadline"]))[0].timestamp()
bound = int(request["clock_uncertainty_s"])
gone = [e for e in files if e.place == request["sealed_file"] and e.deleted]
decision = {"opened": "yes" if late > bound else "no" if gone else "undetermined", "margin": late}
"""


@pytest.mark.parametrize("opened", methods.OPENED)
def test_each_kind_of_decision_and_what_leads_astray(opened: str, tmp_path: Path) -> None:
    name = next(
        name
        for name in (f"disk decision {number}" for number in range(200))
        if methods.draw_plan(practice(name).rng("plan")).opened == opened
    )
    case = DISK.forge(name, tmp_path)
    expected = {"yes": "yes", "no": "no"}.get(opened, NOT)
    assert case.truth["decision"]["opened"] == expected

    def earned(source: str) -> float:
        answers = DISK.solve(tmp_path, {"solve_decision": source})
        return DISK.shares(answers, case.evidence)["decision"]

    assert earned(_OTHER_RIGHT) == 1.0
    if opened != "no":  # a backup reads every file after the deadline
        assert earned(_BY_ACCESS) == (0.5 if opened == "yes" else 0.0)
    if expected == NOT:  # a clock that is wrong and a silence are no answer
        assert earned(_AS_RECORDED) == 0.0
    always = 'decision = {"opened": "undetermined", "margin": 0}\n'
    assert earned(always) == (0.5 if expected == NOT else 0.0)


@pytest.mark.acceptance
def test_the_truth_does_not_show_from_outside(tmp_path: Path) -> None:
    features, truths = [], []
    for number in range(LEAKS):
        folder = tmp_path / str(number)
        folder.mkdir()
        truths.append(DISK.forge(f"disk leak {number}", folder).truth)
        features.append(outside(folder))
        for path in folder.iterdir():  # images add up
            path.unlink()
    assert told_by(features, [truth["decision"]["opened"] for truth in truths]) == []
    assert told_by(features, [len(truth["pieces"]) for truth in truths]) == []
    assert told_by(features, [truth["layout"]["hidden"] > 0 for truth in truths]) == []
    assert told_by(features, [truth["clock"] > 0 for truth in truths]) == []
    for kind in methods.TRICKS:
        labels = [kind in {item["kind"] for item in truth["findings"]} for truth in truths]
        assert told_by(features, labels) == [], kind


def outside(folder: Path) -> dict[str, float]:
    """Sizes and order of the files; which pieces of the disk are empty is its layout, no secret."""
    return {
        name: value
        for name, value in features_of(folder).items()
        if ".bin" not in name and "image.json" not in name
    }


def test_points_add_up_and_tables_agree() -> None:
    points = DISK.points
    assert set(points) == {question["id"] for question in DISK.table["questions"]}
    assert sum(points.values()) == 26
    sources = {cell["id"]: "".join(cell["source"]) for cell in DISK.notebook["cells"]}
    for question in DISK.table["questions"]:
        row = f"| {question['title']} | {points[question['id']]:g} |"
        assert row in sources["working"]
        assert question["title"] in sources[f"about_{question['id']}"]
