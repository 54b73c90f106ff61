"""Logon sessions, and holes in a log: what the header and the pairs of events tell.

Windows writes Security 4624 when a session begins and 4634 (for a person who logs off, 4647 first)
when it ends, tied together by the logon id, which is unique on its host only, until its next start
(Microsoft, "Audit logon events"). Records of one channel of one host are numbered without a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from dalil.courses.detection.methods.events import SECURITY, Event


@dataclass(frozen=True)
class Session:
    """One logon: ``kind`` is the logon type (2 keyboard, 3 network, 10 remote desktop).

    ``end`` is None while no end was recorded.
    """

    host: str
    user: str
    logon_id: str
    kind: int
    source: str
    start: datetime
    end: datetime | None

    @property
    def minutes(self) -> float | None:
        return None if self.end is None else (self.end - self.start).total_seconds() / 60


@dataclass(frozen=True)
class Hole:
    """Records that are missing from one channel of one host, between two that are there."""

    host: str
    channel: str
    before: datetime
    after: datetime
    lost: int


def sessions(events: Iterable[Event]) -> list[Session]:
    """Every session begun in *events*, in the order of their beginnings.

    A session ends with the first 4634 or 4647 of its host that carries its logon id.
    """
    opened: dict[tuple[str, str], Event] = {}
    found: list[Session] = []
    logons = [e for e in events if e.channel == SECURITY and e.event_id in (4624, 4634, 4647)]
    for event in sorted(logons, key=lambda event: (event.when, event.record)):
        key = (event.host, event.fields.get("TargetLogonId", ""))
        before = opened.pop(key, None)
        if before is not None:
            found.append(_session(before, None if event.event_id == 4624 else event.when))
        if event.event_id == 4624:
            opened[key] = event
    found += [_session(event, None) for event in opened.values()]
    return sorted(found, key=lambda session: (session.start, session.host, session.logon_id))


def _session(logon: Event, end: datetime | None) -> Session:
    fields = logon.fields
    return Session(
        host=logon.host,
        user=fields.get("TargetUserName", ""),
        logon_id=fields.get("TargetLogonId", ""),
        kind=int(fields.get("LogonType", "0")),
        source=fields.get("IpAddress", "-"),
        start=logon.when,
        end=end,
    )


def holes(events: Iterable[Event]) -> list[Hole]:
    """Where the record numbers of a host's channel jump: what was written there is missing.

    Silence alone is no hole: a host that is switched off writes nothing and loses no number.
    """
    by_log: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        by_log.setdefault((event.host, event.channel), []).append(event)
    found = []
    for (host, channel), log in sorted(by_log.items()):
        log.sort(key=lambda event: event.record)
        for before, after in pairwise(log):
            if (lost := after.record - before.record - 1) > 0:
                found.append(Hole(host, channel, before.when, after.when, lost))
    return found
