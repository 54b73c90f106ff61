"""Writes the records of a fictive network, in the JSON that the library ``evtx`` emits.

A journal collects what happens on several hosts and numbers the records at the end: within each
channel of each host by time, without a gap. Workstations have Sysmon; the server has only what
Windows itself records, so that a rule must know both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from dalil.courses.detection.methods.audit import began, refused, target
from dalil.courses.detection.methods.events import SECURITY, SYSMON
from dalil.courses.detection.methods.versions import digests_of, version_of

_XMLNS = "http://schemas.microsoft.com/win/2004/08/events/event"
_PROVIDERS = {
    SYSMON: ("Microsoft-Windows-Sysmon", "5770385F-C22A-43E0-BF4C-06F5698FFBD9"),
    SECURITY: ("Microsoft-Windows-Security-Auditing", "54849625-5478-4994-A5BA-3E3B0328C30D"),
}
# Event id → version and task in the header, as Windows and Sysmon write them.
_HEADERS = {
    (SYSMON, 1): (5, 1),
    (SYSMON, 11): (2, 11),
    (SYSMON, 13): (2, 13),
    (SECURITY, 4624): (2, 12544),
    (SECURITY, 4625): (0, 12544),
    (SECURITY, 4634): (0, 12545),
    (SECURITY, 4647): (0, 12545),
    (SECURITY, 4688): (2, 13312),
}
_LABELS = {"Medium": "S-1-16-8192", "High": "S-1-16-12288", "System": "S-1-16-16384"}


@dataclass(frozen=True)
class Account:
    """Who acts: *name* within *domain*, security identifier *sid*, integrity of its programs."""

    name: str
    domain: str
    sid: str
    integrity: str = "Medium"


@dataclass(eq=False)
class Process:
    """A program that was started, with what its children's records repeat of it.

    *guid* and *pid* are given when the journal is closed, in the order of time: numbers given as
    the records are invented would tell which ones were staged last.
    """

    image: str
    command: str
    guid: str = ""
    pid: int = 4


@dataclass(eq=False)
class Draft:
    """A record before it is numbered; ``record`` is set when its journal is closed.

    *fields* makes the event's data once all identifiers are known; *process* is who acts in it.
    """

    host: str
    channel: str
    event_id: int
    when: datetime
    fields: Callable[[], dict[str, Any]]
    process: Process | None = None
    record: int = 0


@dataclass(eq=False)
class Logon:
    """A session on a host; *root* (the desktop, the services) is the parent of its programs."""

    host: str
    account: Account
    id: str
    start: datetime
    end: datetime
    root: Process | None = None


@dataclass(eq=False)
class Host:
    """A machine: whether it has Sysmon, its address, and its counters."""

    name: str
    address: str
    sysmon: bool
    machine: int
    pid: int = 4000
    started: int = 0
    first: dict[str, int] = field(default_factory=dict)

    def service(self, least: int) -> int:
        """The process id, from *least* on, of a service of this host: a multiple of 4, as all."""
        return least + 4 * (self.machine % 150)

    def writer(self, channel: str, event_id: int) -> int:
        """Who writes such a record: Sysmon, the kernel, or the local security authority."""
        if channel == SYSMON:
            return self.service(2800)
        return 4 if event_id == 4688 else self.service(600)


class Journal:
    """The records of *hosts*; chance, for identifiers and thread numbers, is drawn from *rng*."""

    def __init__(self, hosts: list[Host], rng: np.random.Generator) -> None:
        self.hosts = {host.name: host for host in hosts}
        self.drafts: list[Draft] = []
        self._logon_ids: dict[str, set[int]] = {}
        self._rng = rng

    def whole(self, low: int, high: int) -> int:
        """A whole number from *low* to *high*, both included."""
        return int(self._rng.integers(low, high, endpoint=True))

    def add(
        self,
        host: str,
        channel: str,
        event_id: int,
        when: datetime,
        fields: Callable[[], dict[str, Any]],
        *,
        process: Process | None = None,
    ) -> Draft:
        draft = Draft(host, channel, event_id, when, fields, process=process)
        self.drafts.append(draft)
        return draft

    def process(
        self,
        logon: Logon,
        when: datetime,
        image: str,
        command: str,
        *,
        parent: Process | None = None,
        original: str = "",
    ) -> tuple[Process, Draft]:
        """A program started in the session *logon* by *parent*, and its record."""
        process = Process(image, command)
        parent = parent or logon.root or Process("-", "-", "00000000-0000-0000-0000-000000000000")

        def sysmon() -> dict[str, Any]:
            return self._sysmon(logon, when, process, parent, original)

        def windows() -> dict[str, Any]:
            return self._windows(logon, process, parent)

        if self.hosts[logon.host].sysmon:
            return process, self.add(logon.host, SYSMON, 1, when, sysmon, process=process)
        return process, self.add(logon.host, SECURITY, 4688, when, windows, process=process)

    def _sysmon(
        self, logon: Logon, when: datetime, process: Process, parent: Process, original: str
    ) -> dict[str, Any]:
        account = logon.account
        return {
            "RuleName": "-",
            "UtcTime": _clock(when),
            "ProcessGuid": process.guid,
            "ProcessId": process.pid,
            "Image": process.image,
            **version_of(process.image, original),
            "CommandLine": process.command,
            "CurrentDirectory": "C:\\Windows\\system32\\",
            "User": f"{account.domain}\\{account.name}",
            "LogonGuid": f"{process.guid[:9]}{int(logon.start.timestamp()) & 0xFFFF:04X}"
            f"-0000-0000-{int(logon.id, 16):012X}",
            "LogonId": logon.id,
            "TerminalSessionId": 0 if account.integrity == "System" else 1,
            "IntegrityLevel": account.integrity,
            "Hashes": digests_of(process.image),
            "ParentProcessGuid": parent.guid,
            "ParentProcessId": parent.pid,
            "ParentImage": parent.image,
            "ParentCommandLine": parent.command,
            "ParentUser": f"{account.domain}\\{account.name}",
        }

    def _windows(self, logon: Logon, process: Process, parent: Process) -> dict[str, Any]:
        account = logon.account
        return {
            "SubjectUserSid": account.sid,
            "SubjectUserName": account.name,
            "SubjectDomainName": account.domain,
            "SubjectLogonId": logon.id,
            "NewProcessId": f"0x{process.pid:x}",
            "NewProcessName": process.image,
            "TokenElevationType": "%%1937" if account.integrity == "High" else "%%1936",
            "ProcessId": f"0x{parent.pid:x}",
            "CommandLine": process.command,
            "TargetUserSid": "S-1-0-0",
            "TargetUserName": "-",
            "TargetDomainName": "-",
            "TargetLogonId": "0x0",
            "ParentProcessName": parent.image,
            "MandatoryLabel": _LABELS[account.integrity],
        }

    def registry(
        self, logon: Logon, when: datetime, process: Process, key: str, value: str
    ) -> Draft:
        """A registry value that *process* set in the session; only Sysmon records it."""

        def fields() -> dict[str, Any]:
            return {
                "RuleName": "-",
                "EventType": "SetValue",
                **self._acting(logon, when, process),
                "TargetObject": key,
                "Details": value,
                "User": f"{logon.account.domain}\\{logon.account.name}",
            }

        return self.add(logon.host, SYSMON, 13, when, fields, process=process)

    def file(self, logon: Logon, when: datetime, process: Process, name: str) -> None:
        """A file that *process* made in the session, if the host has Sysmon."""

        def fields() -> dict[str, Any]:
            return {
                "RuleName": "-",
                **self._acting(logon, when, process),
                "TargetFilename": name,
                "CreationUtcTime": _clock(when),
                "User": f"{logon.account.domain}\\{logon.account.name}",
            }

        if self.hosts[logon.host].sysmon:
            self.add(logon.host, SYSMON, 11, when, fields, process=process)

    def _acting(self, logon: Logon, when: datetime, process: Process) -> dict[str, Any]:
        return {
            "UtcTime": _clock(when),
            "ProcessGuid": process.guid,
            "ProcessId": process.pid,
            "Image": process.image,
        }

    def logon(
        self,
        host: str,
        account: Account,
        kind: int,
        start: datetime,
        end: datetime,
        *,
        source: str = "-",
        ends: bool = True,
    ) -> Logon:
        """A session of logon type *kind*, with its 4624 and, if it *ends*, its 4634."""
        logon = Logon(host, account, self._logon_id(host), start, end)
        owner = target(account.sid, account.name, account.domain, logon.id)
        came = began(
            owner,
            kind,
            host.split(".", 1)[0],
            (source, self.whole(49152, 65535) if source != "-" else "-"),
            elevated=account.integrity == "High",
            pid=self.hosts[host].service(900),
        )
        self.add(host, SECURITY, 4624, start, lambda: came)
        if ends:
            if kind in (2, 10):
                early = end - timedelta(milliseconds=self.whole(40, 900))
                self.add(host, SECURITY, 4647, early, lambda: owner)
            self.add(host, SECURITY, 4634, end, lambda: {**owner, "LogonType": kind})
        return logon

    def _logon_id(self, host: str) -> str:
        """A number that is unique on its host only: now and then another host has it too."""
        own = self._logon_ids.setdefault(host, set())
        others = sorted(set().union(*self._logon_ids.values()) - own)
        if others and self._rng.random() < 0.06:
            number = others[self.whole(0, len(others) - 1)]
        else:
            number = self.whole(0x30000, 0x2FFFFFF)
        own.add(number)
        return f"0x{number:x}"

    def failure(self, host: str, name: str, domain: str, when: datetime, source: str) -> None:
        """A logon that was refused for a wrong password."""
        known = {h.address: h.name.split(".", 1)[0] for h in self.hosts.values()}
        fields = refused(name, domain, known.get(source, "-"), (source, self.whole(49152, 65535)))
        self.add(host, SECURITY, 4625, when, lambda: fields)

    def close(self) -> list[dict[str, Any]]:
        """All records in the order of time, numbered, as ``evtx`` would give them."""
        self.drafts.sort(key=lambda draft: (draft.when, draft.host, draft.channel))
        for draft in self.drafts:
            first = self.hosts[draft.host].first
            last = first.get(draft.channel) or self.whole(20_000, 900_000)
            first[draft.channel] = draft.record = last + 1
            if draft.process is not None and not draft.process.guid:
                self._start(draft.process, self.hosts[draft.host], draft.when)
        return [self._rendered(draft) for draft in self.drafts]

    def _start(self, process: Process, host: Host, when: datetime) -> None:
        host.pid += 4 * self.whole(1, 90)
        host.started += self.whole(1, 5)
        process.guid, process.pid = _guid(host, when), host.pid

    def _rendered(self, draft: Draft) -> dict[str, Any]:
        name, guid = _PROVIDERS[draft.channel]
        version, task = _HEADERS[draft.channel, draft.event_id]
        sysmon = draft.channel == SYSMON
        outcome = "0x8010000000000000" if draft.event_id == 4625 else "0x8020000000000000"
        system = {
            "Provider": {"#attributes": {"Name": name, "Guid": guid}},
            "EventID": draft.event_id,
            "Version": version,
            "Level": 4 if sysmon else 0,
            "Task": task,
            "Opcode": 0,
            "Keywords": "0x8000000000000000" if sysmon else outcome,
            "TimeCreated": {"#attributes": {"SystemTime": _stamp(draft.when)}},
            "EventRecordID": draft.record,
            "Correlation": None,
            "Execution": {
                "#attributes": {
                    "ProcessID": self.hosts[draft.host].writer(draft.channel, draft.event_id),
                    "ThreadID": 4 * self.whole(200, 3000),
                }
            },
            "Channel": draft.channel,
            "Computer": draft.host,
            "Security": {"#attributes": {"UserID": "S-1-5-18"}} if sysmon else None,
        }
        head = {"#attributes": {"xmlns": _XMLNS}, "System": system}
        return {"Event": {**head, "EventData": draft.fields()}}


def _guid(host: Host, when: datetime) -> str:
    """As Sysmon makes them: the machine, the second of the start, and a counter."""
    second, count = int(when.timestamp()), host.started
    swapped = (count & 0xFF) << 8 | count >> 8 & 0xFF
    return f"{host.machine:08X}-{second & 0xFFFF:04X}-{second >> 16:04X}-{swapped:04X}-000000000A00"


def _clock(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S.") + f"{when.microsecond // 1000:03d}"


def _stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond:06d}Z"
