"""Forged records have the shape of real ones: their fields, their headers, their numbers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from evtx import PyEvtxParser

from dalil.courses.detection import methods
from dalil.courses.detection.methods.versions import digests_of, version_of
from dalil.errors import UsageError
from dalil.forging import practice
from dalil.validate.reporting import data_folder

# Microsoft, "Advanced security audit policy settings", the XML of each event on its own page:
# https://learn.microsoft.com/previous-versions/windows/it-pro/windows-10/security/
# threat-protection/auditing/event-4624 (version 2), -4625, -4634, -4647, -4688 (version 2).
SUBJECT = "SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId"
TARGET = "TargetUserSid TargetUserName TargetDomainName TargetLogonId"
MEANS = "LogonProcessName AuthenticationPackageName WorkstationName"
NTLM = "TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort"
PUBLISHED = {
    4624: f"{SUBJECT} {TARGET} LogonType {MEANS} LogonGuid {NTLM} ImpersonationLevel "
    "RestrictedAdminMode TargetOutboundUserName TargetOutboundDomainName VirtualAccount "
    "TargetLinkedLogonId ElevatedToken",
    4625: f"{SUBJECT} TargetUserSid TargetUserName TargetDomainName Status FailureReason SubStatus "
    f"LogonType {MEANS} {NTLM}",
    4634: f"{TARGET} LogonType",
    4647: TARGET,
    4688: f"{SUBJECT} NewProcessId NewProcessName TokenElevationType ProcessId CommandLine "
    f"{TARGET} ParentProcessName MandatoryLabel",
}
Shapes = dict[int, set[tuple[str, ...]]]


@pytest.fixture(scope="module")
def forged() -> list[dict[str, Any]]:
    """A day with a registry technique, so that every kind of record occurs."""
    seed = practice("detection records")
    return methods.stage_day(
        seed,
        methods.make_office(seed),
        date(2026, 5, 12),
        methods.TECHNIQUES["T1547.001"],
        planted=True,
        hole=False,
    ).records


def shapes(records: list[dict[str, Any]], channel: str) -> Shapes:
    """The fields of each event id of *channel*, in their order."""
    found: Shapes = defaultdict(set)
    for record in records:
        head = record["Event"]["System"]
        if head["Channel"] == channel:
            found[head["EventID"]].add(tuple(record["Event"]["EventData"]))
    return dict(found)


def real_folder() -> Path:
    try:
        return data_folder("detection", file="file_event_win_dump_file_susp_creation/rule.yml")
    except UsageError as error:
        pytest.skip(f"NO REAL DATA: {error}")


def read_real() -> Iterator[dict[str, Any]]:
    for path in sorted(real_folder().glob("*/*.evtx")):
        for item in PyEvtxParser(str(path)).records_json():
            yield json.loads(item["data"])


@pytest.fixture(scope="module")
def real() -> list[dict[str, Any]]:
    return list(read_real())


def test_security_records_have_the_fields_that_microsoft_publishes(
    forged: list[dict[str, Any]],
) -> None:
    expected = {number: {tuple(fields.split())} for number, fields in PUBLISHED.items()}
    assert shapes(forged, methods.SECURITY) == expected


def test_sysmon_records_have_the_fields_of_real_ones(
    forged: list[dict[str, Any]], real: list[dict[str, Any]]
) -> None:
    theirs = shapes(real, methods.SYSMON)
    ours = shapes(forged, methods.SYSMON)
    assert set(ours) == {1, 11, 13}
    for number, (fields,) in ours.items():
        assert fields in theirs[number]


def test_headers_and_kinds_of_values_are_those_of_real_ones(
    forged: list[dict[str, Any]], real: list[dict[str, Any]]
) -> None:
    def kinds(record: dict[str, Any]) -> dict[str, type]:
        return {name: type(value) for name, value in record["Event"]["EventData"].items()}

    example = {
        r["Event"]["System"]["EventID"]: r
        for r in real
        if r["Event"]["System"]["Channel"] == methods.SYSMON and "User" in r["Event"]["EventData"]
    }
    for record in forged:
        head = record["Event"]["System"]
        if head["Channel"] == methods.SYSMON:
            theirs = example[head["EventID"]]
            assert list(head) == list(theirs["Event"]["System"])
            for name in ("Provider", "Version", "Level", "Task", "Opcode", "Keywords", "Security"):
                assert head[name] == theirs["Event"]["System"][name], name
            assert kinds(record) == kinds(theirs)


def test_numbers_of_processes_are_multiples_of_four(
    forged: list[dict[str, Any]], real: list[dict[str, Any]]
) -> None:
    for record in (*forged, *real):
        assert record["Event"]["System"]["Execution"]["#attributes"]["ProcessID"] % 4 == 0
        number = (record["Event"].get("EventData") or {}).get("ProcessId", 0)
        assert (int(number, 0) if isinstance(number, str) else number) % 4 == 0


def test_who_sets_a_value_or_writes_a_file_is_a_process(forged: list[dict[str, Any]]) -> None:
    started = {
        (r["Event"]["System"]["Computer"], r["Event"]["EventData"]["ProcessGuid"])
        for r in forged
        if r["Event"]["System"]["EventID"] == 1
    }
    files = [r for r in forged if r["Event"]["System"]["EventID"] == 11]
    assert files
    for record in files:
        guid = record["Event"]["EventData"]["ProcessGuid"]
        assert (record["Event"]["System"]["Computer"], guid) in started
    values = [r["Event"]["EventData"] for r in forged if r["Event"]["System"]["EventID"] == 13]
    assert all(fields["ProcessGuid"] and fields["ProcessId"] > 4 for fields in values)


def test_every_staged_program_states_a_version_that_a_false_path_does_not_change() -> None:
    for technique in methods.TECHNIQUES.values():
        for trace in (*technique.planted, *technique.unseen, *technique.harmless):
            if not trace.key:
                stated = version_of(trace.image, trace.original)
                assert "-" not in stated.values(), trace.image
    true, false = (version_of(f"{place}\\svchost.exe") for place in ("C:\\Windows", "C:\\Users"))
    assert true == false
    assert version_of("C:\\Users\\ana\\tool.exe")["Company"] == "-"
    assert digests_of("C:\\A.exe") == digests_of("c:\\a.EXE") != digests_of("c:\\b.exe")


def test_tactics_are_those_by_which_real_rules_are_tagged() -> None:
    tags = set()
    for path in real_folder().glob("*/rule.yml"):
        tags |= set(yaml.safe_load(path.read_text(encoding="utf-8")).get("tags", ()))
    ours = {f"attack.{one.tactic.replace(' ', '-')}" for one in methods.TECHNIQUES.values()}
    assert ours <= tags
    assert "attack.t1685.005" in tags  # of version 19; in older ones it was T1070.001
