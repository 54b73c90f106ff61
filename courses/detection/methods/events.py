"""Windows events: read ``.evtx`` files and JSON lines, name their fields, index them.

``.evtx`` is decoded by the library ``evtx``; exhibits hold one event a line, in the JSON that this
library emits. Field names follow Windows; what Sigma calls otherwise is added by Sigma's name
(``field_names``), so that one rule reads Sysmon's and Windows' own records of a process alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from evtx import PyEvtxParser

from dalil.errors import ExhibitError

SECURITY = "Security"
SYSMON = "Microsoft-Windows-Sysmon/Operational"

_MAX_BYTES = 200_000_000
_LEVELS = {
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
}
_HASHES = {"IMPHASH": "Imphash"}
_4688 = {
    "NewProcessName": "Image",
    "NewProcessId": "ProcessId",
    "ProcessId": "ParentProcessId",
    "ParentProcessName": "ParentImage",
    "SubjectLogonId": "LogonId",
}
"""Windows' own record of a new process, in the names of Sysmon's event 1, which Sigma uses."""


@dataclass(frozen=True, eq=False)
class Event:
    """One record of a Windows event log.

    ``record`` counts up by one within the channel of one host; ``when`` is aware UTC; ``fields``
    are the named values of EventData or UserData as text, a missing one is absent.
    """

    channel: str
    event_id: int
    record: int
    when: datetime
    host: str
    provider: str
    fields: Mapping[str, str]

    @cached_property
    def named(self) -> dict[str, str]:
        """All fields by the names that Sigma rules use, with those of the header."""
        return field_names(self)

    @cached_property
    def folded(self) -> dict[str, str]:
        """``named`` in lower case: Sigma compares without regard to case."""
        return {name: value.lower() for name, value in self.named.items()}

    @cached_property
    def text(self) -> str:
        """All values, one a line: what keywords without a field are looked for in."""
        return "\n".join(self.fields.values())


class EventLog:
    """Events in the order given, with an index by channel and event id."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.events = tuple(events)
        self._by_id: dict[tuple[str, int], list[Event]] = {}
        self._by_channel: dict[str, list[Event]] = {}
        for event in self.events:
            channel = event.channel.lower()
            self._by_id.setdefault((channel, event.event_id), []).append(event)
            self._by_channel.setdefault(channel, []).append(event)

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def of(self, channel: str, event_ids: Iterable[int] = ()) -> list[Event]:
        """The events of *channel*, only those of *event_ids* if there are any."""
        channel, ids = channel.lower(), tuple(event_ids)
        if not ids:
            return self._by_channel.get(channel, [])
        return [event for number in ids for event in self._by_id.get((channel, number), ())]


def read_log(path: Path) -> EventLog:
    """The events of an ``.evtx`` file, or of JSON lines in the shape that ``evtx`` emits.

    Raises ExhibitError naming the line or record that is no event.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ExhibitError(f"{path.name}: over 200 MB; split the log")
        with path.open("rb") as stream:
            binary = stream.read(8) == b"ElfFile\0"
        return EventLog(_evtx(path) if binary else _lines(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExhibitError(f"{path.name}: cannot be read ({reason}); fetch it again") from None


def _evtx(path: Path) -> Iterator[Event]:
    try:
        for item in PyEvtxParser(str(path)).records_json():
            yield parse_event(json.loads(item["data"]))
    except (RuntimeError, ValueError, ExhibitError) as error:
        raise ExhibitError(f"{path.name}: damaged ({error}); export the log again") from None


def _lines(path: Path) -> Iterator[Event]:
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            try:
                yield parse_event(json.loads(line))
            except (ValueError, RecursionError, ExhibitError) as error:
                raise ExhibitError(f"{path.name}: line {number}: {error}") from None


def parse_event(raw: Mapping[str, Any]) -> Event:
    """An event from the JSON of ``evtx``. Raises ExhibitError if its header is incomplete."""
    try:
        system = raw["Event"]["System"]
        body = raw["Event"].get("EventData") or raw["Event"].get("UserData") or {}
        return Event(
            channel=str(system["Channel"]),
            event_id=int(_text(system["EventID"])),
            record=int(system["EventRecordID"]),
            when=_moment(system["TimeCreated"]["#attributes"]["SystemTime"]),
            host=str(system["Computer"]),
            provider=str(system["Provider"]["#attributes"].get("Name", "")),
            fields=dict(_leaves(body)),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ExhibitError(f"not an event in the JSON of evtx: {error!r}") from None


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _leaves(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, text) of each value, however deep UserData wraps it; attributes are left out."""
    for name, item in value.items():
        if name == "#attributes":
            continue
        if isinstance(item, dict) and "#text" not in item:
            yield from _leaves(item)
        elif item is not None:
            yield name, _text(item)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("#text", "")
    if isinstance(value, list):
        return "\n".join(_text(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def field_names(event: Event) -> dict[str, str]:
    """The fields of *event* by the names that Sigma rules use.

    Adds the header (``EventID``, ``Channel``, ``Computer``, ``Provider_Name``); names without their
    blanks (``Threat Name`` → ``ThreatName``); each of Sysmon's hashes (``sha256``, ``Imphash``);
    and for Security 4688 and 4657 the names of the Sysmon event that says the same.
    """
    names = {
        "EventID": str(event.event_id),
        "Channel": event.channel,
        "Computer": event.host,
        "Provider_Name": event.provider,
    }
    names |= {name.replace(" ", ""): value for name, value in event.fields.items()}
    names |= event.fields
    for digest in names.get("Hashes", "").split(","):  # "MD5=…,SHA256=…,IMPHASH=…"
        kind, equals, value = digest.partition("=")
        if equals:
            names[_HASHES.get(kind, kind.lower())] = value
    if event.channel == SECURITY and event.event_id == 4688:
        fields = event.fields
        names |= {ours: fields[theirs] for theirs, ours in _4688.items() if theirs in fields}
        names["User"] = f"{names.get('SubjectDomainName', '')}\\{names.get('SubjectUserName', '')}"
        names["IntegrityLevel"] = _LEVELS.get(names.get("MandatoryLabel", ""), "")
    elif event.channel == SECURITY and event.event_id == 4657:
        key = names.get("ObjectName", "").replace("\\REGISTRY\\MACHINE", "HKLM", 1)
        key = key.replace("\\REGISTRY\\USER", "HKU", 1)
        names["TargetObject"] = f"{key}\\{names.get('ObjectValueName', '')}"
        names["Details"] = names.get("NewValue", "")
        names["Image"] = names.get("ProcessName", "")
    return names
