"""The methods of the module detection beside its rules: sessions, measures, files, staging."""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from dalil.courses.detection import methods
from dalil.forging import practice

NOON = datetime(2026, 5, 12, 12, tzinfo=UTC)


def record(minute: float, number: int, event_id: int, **fields: str) -> methods.Event:
    host = fields.pop("host", "A")
    when = NOON + timedelta(minutes=minute)
    return methods.Event(methods.SECURITY, event_id, number, when, host, "p", fields)


def logon(minute: float, host: str, identity: str, kind: str = "10") -> methods.Event:
    fields = {"TargetLogonId": identity, "TargetUserName": "ana", "LogonType": kind}
    return record(minute, 1, 4624, host=host, **fields)


def test_sessions_are_paired_by_host_and_id() -> None:
    found = methods.sessions(
        [
            logon(0, "A", "0x1"),
            logon(1, "B", "0x1"),
            record(5, 2, 4634, host="B", TargetLogonId="0x1"),
            record(29, 3, 4647, host="A", TargetLogonId="0x1"),
            record(30, 4, 4634, host="A", TargetLogonId="0x1"),
            logon(40, "A", "0x1"),  # after a new start the number comes again
            record(41, 5, 4634, host="A", TargetLogonId="0x9"),
        ]
    )
    assert [(s.host, s.minutes) for s in found] == [("A", 29.0), ("B", 4.0), ("A", None)]


def test_a_second_beginning_leaves_the_first_without_end() -> None:
    found = methods.sessions(
        [logon(0, "A", "0x1"), logon(9, "A", "0x1"), record(10, 2, 4634, TargetLogonId="0x1")]
    )
    assert [s.minutes for s in found] == [None, 1.0]


def test_jumps_are_holes_and_silence_is_none() -> None:
    log = [record(0, 5, 4624), record(600, 6, 4634), record(601, 9, 4625)]
    log.append(record(1, 70, 4625, host="B"))
    (hole,) = methods.holes(log)
    assert (hole.host, hole.lost, hole.before) == ("A", 2, NOON + timedelta(minutes=600))


def test_measures_are_the_definitions() -> None:
    sought = [True] * 4 + [False] * 6
    counts = methods.count([0, 1, 2, 4], sought)
    assert (counts.precision, counts.recall) == (0.75, 0.75)
    assert counts.false_alarm_rate == pytest.approx(1 / 6)
    assert np.isnan(methods.count([], sought).precision)
    assert np.isnan(methods.count([], [False]).recall)
    assert np.isnan(methods.count([], [True]).false_alarm_rate)


def test_bounds_hold_by_simulation() -> None:
    assert methods.upper_bound(0, 20) == pytest.approx(0.1391, abs=1e-4)
    assert methods.upper_bound(0, 60) == pytest.approx(0.0487, abs=1e-4)
    assert methods.upper_bound(7, 7) == 1.0
    rng = np.random.Generator(np.random.PCG64(1))
    for share in (0.05, 0.2):
        seen = rng.binomial(30, share, 4_000)
        covered = [methods.upper_bound(int(k), 30) >= share for k in np.unique(seen)]
        weights = np.unique(seen, return_counts=True)[1]
        assert np.average(covered, weights=weights) >= 0.94
    for wrong in ((-1, 5), (6, 5), (0, 0)):
        with pytest.raises(ValueError, match="no observation"):
            methods.upper_bound(*wrong)


def test_the_share_of_true_alarms_by_simulation() -> None:
    rng = np.random.Generator(np.random.PCG64(2))
    sought = rng.random(2_000_000) < 0.001
    fires = rng.random(sought.size) < np.where(sought, 0.9, 0.01)
    expected = methods.true_share(0.001, 0.9, 0.01)
    assert (sought & fires).sum() / fires.sum() == pytest.approx(expected, rel=0.1)
    true, false = methods.alarms_per_day(sought.size, 0.001, 0.9, 0.01)
    assert true / (true + false) == pytest.approx(expected)
    for rates in ((0.1, 0.0, 0.0), (1.1, 0.5, 0.5), (0.1, -0.1, 0.5)):
        with pytest.raises(ValueError, match=r"never|shares"):
            methods.true_share(*rates)


def test_signatures_match_what_they_say_and_nothing_is_included() -> None:
    samples = methods.stage_samples(practice("files"))
    compiled = methods.compile_signatures(samples.signature)
    found = methods.scan(compiled, samples.files)
    assert len(samples.files) == 12
    assert len(found) == 4
    assert samples.quoting in found
    assert samples.files[samples.quoting].startswith(b"Rapport")
    offsets = methods.strings_found(compiled, samples.files[samples.quoting])
    assert len({name for _, name, _ in offsets}) == 3
    for source in ("rule x { condition: ", 'include "/etc/passwd"', "x" * 30_000):
        with pytest.raises(methods.RuleError):
            methods.compile_signatures(source)


def test_a_signature_that_never_ends_is_stopped() -> None:
    slow = "rule x { condition: for all i in (0..100000000000) : (i >= 0) }"
    with pytest.raises(methods.RuleError, match="too long"):
        methods.scan(methods.compile_signatures(slow), {"f": b"x"})


def test_encoded_commands_are_inert() -> None:
    technique = methods.TECHNIQUES["T1059.001"]
    seed = practice("encoded")
    records, truth = methods.stage_trial(seed, methods.make_office(seed), DAY, technique)
    commands = [
        methods.parse_event(r).named["CommandLine"]
        for r, sought in zip(records, truth, strict=True)
        if sought
    ]
    decoded = {methods.decode_command(command) for command in commands}
    assert all(re.fullmatch(r"Write-Output 'exercise \w+ \d+'", text) for text in decoded)
    assert methods.decode_command("powershell -NoProfile") == ""


# -- the office ---------------------------------------------------------------------------------

DAY = date(2026, 5, 12)


@pytest.fixture(scope="module", params=["T1105", "T1547.001"])
def staged(request: pytest.FixtureRequest) -> tuple[methods.Office, methods.StagedDay]:
    seed = practice(f"office {request.param}")
    office = methods.make_office(seed)
    technique = methods.TECHNIQUES[request.param]
    return office, methods.stage_day(seed, office, DAY, technique, planted=True, hole=False)


def test_a_day_is_as_windows_writes_it(
    staged: tuple[methods.Office, methods.StagedDay],
) -> None:
    office, day = staged
    events = [methods.parse_event(json.loads(json.dumps(r))) for r in day.records]
    assert all(a.when <= b.when for a, b in pairwise(events))
    assert methods.holes(events) == []
    assert {event.host for event in events} == set(office.addresses)
    assert {e.channel for e in events if e.host == office.server} == {methods.SECURITY}
    starts = [e for e in events if e.event_id == 1]
    guids = [e.fields["ProcessGuid"] for e in starts]
    assert len(guids) == len(set(guids))
    for host in office.addresses:
        mine = [e for e in starts if e.host == host]
        numbers = [int(e.fields["ProcessId"]) for e in mine]
        assert numbers == sorted(set(numbers))
    known = set(guids)
    orphans = [e for e in starts if e.fields["ParentProcessGuid"] not in known]
    assert all(e.fields["Image"].endswith(("services.exe", "explorer.exe")) for e in orphans)
    kinds = Counter(event.event_id for event in events)
    assert min(kinds[number] for number in (1, 11, 13, 4624, 4634, 4688)) > 10
    gaps = [(b.when - a.when).total_seconds() for a, b in pairwise(events)]
    assert np.std(gaps) > 0.8 * np.mean(gaps)  # nothing like a clock's beat


def test_people_keep_working_hours_and_sessions_end(
    staged: tuple[methods.Office, methods.StagedDay],
) -> None:
    office, day = staged
    events = [methods.parse_event(r) for r in day.records]
    found = methods.sessions(events)
    desks = [s for s in found if s.kind == 2]
    assert len(desks) in (11, 12)
    assert all(7 <= s.start.astimezone(methods.ZONE).hour <= 14 for s in desks)
    assert all(s.minutes is not None and 60 < s.minutes < 300 for s in desks)
    assert sum(s.end is None for s in found) < 0.15 * len(found)
    admins = {account.name for account, _ in office.admins}
    assert {s.user for s in found if s.kind == 10} == admins
    users = {account.name for account, _ in office.posts}
    shares = [s.source for s in found if s.user in users and s.kind == 3]
    assert set(shares) <= set(office.addresses.values())


def test_names_and_addresses_are_for_documentation(
    staged: tuple[methods.Office, methods.StagedDay],
) -> None:
    _, day = staged
    text = methods.json_lines(day.records)
    documentation = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    reserved = [ipaddress.ip_network(network) for network in documentation]
    addresses = set(re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", text))
    assert addresses
    assert all(any(ipaddress.ip_address(a) in n for n in reserved) for a in addresses)
    hosts = set(re.findall(r"https?://([^/:\" ]+)", text)) - {"schemas.microsoft.com"}
    assert all(h.endswith(".example") or h[0].isdigit() for h in hosts)


@pytest.mark.parametrize("name", methods.TECHNIQUES)
def test_hidden_records_are_balanced_and_packed_without_loss(name: str) -> None:
    seed, technique = practice(f"hidden {name}"), methods.TECHNIQUES[name]
    office = methods.make_office(seed)
    sought, days = methods.stage_hidden(seed, office, DAY, technique, days=2, each=2)
    assert len(sought) == 2 * (len(technique.planted) + len(technique.unseen)) == 12
    assert all(len(day) > 20 for day in days)
    packed = methods.unpack(methods.pack([*sought, *days[0]]))
    passing = {"UtcTime", "ProcessGuid", "ParentProcessGuid", "LogonGuid", "Hashes", "ProcessId"}
    for event, raw in zip(packed, [*sought, *days[0]], strict=True):
        whole = methods.parse_event(raw)
        kept = {k: v for k, v in whole.fields.items() if k not in passing}
        assert (event.channel, event.event_id, event.host) == (
            whole.channel,
            whole.event_id,
            whole.host,
        )
        assert event.fields == kept
