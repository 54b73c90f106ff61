"""What a page may say to its kernel, and when nobody needs a visit any more."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from dalil.apps.stages import Stage
from dalil.apps.visits import LARGEST_ASKED, Rules, Visit, check
from dalil.errors import UsageError
from dalil.sandbox.messages import KNOWN, pack


def message(kind: Any, channel: bytes = b"shell", **header: Any) -> bytes:
    return pack(channel, json.dumps({"msg_type": kind, **header}).encode(), b"{}", b"{}", b"{}")


@pytest.mark.parametrize("kind", KNOWN)
def test_what_widgets_say_goes_through(kind: str) -> None:
    check(message(kind))


@pytest.mark.parametrize(
    "told",
    [
        *(message(kind) for kind in ("execute_request", "shutdown_request", "input_reply", "")),
        *(message(kind) for kind in (None, 7, [], {}, "x" * 100_000)),
        message("comm_msg", b"control"),
        message("comm_msg", b"stdin"),
        message("comm_msg", more="x" * 70_000),
        pack(b"shell", b"[" * 60_000, b"", b"", b""),
        pack(b"shell", b"[]", b"", b"", b""),
        pack(b"shell", b"\xff", b"", b"", b""),
        pack(b"shell", b"{}"),
        *(b"", b"\0" * 64, b"{}", b"\xff" * 1000),
        b"\0" * (LARGEST_ASKED + 1),
    ],
    ids=range(21),
)
def test_everything_else_is_refused_in_one_line(told: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        check(told)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_a_visit_is_over_when_nobody_needs_it() -> None:
    rules = Rules(unseen=120, lost=60, idle=3600)
    visit = Visit("amina", cast(Stage, None), seen=1000, used=1000)
    assert not visit.overdue(rules, 1119)
    assert visit.overdue(rules, 1121)  # the page never came
    visit.met = True
    assert visit.overdue(rules, 1061)  # its connection was lost
    visit.listeners = cast(Any, {"a page"})
    assert not visit.overdue(rules, 4599)
    assert visit.overdue(rules, 4601)  # open, and nobody touched it
