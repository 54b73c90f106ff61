"""The Sigma evaluator: modifiers, conditions, log sources; and rules that mean harm."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dalil.courses.detection import methods
from dalil.errors import ExhibitError

# Seconds of CPU, with room for a busy machine; what is not bounded would take hours.
BOUNDED = 10.0
COMMAND = 'powershell.exe -Enc QUJD "C:\\Users\\Ana\\x.ps1"'
FIELDS = {
    "Image": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
    "CommandLine": COMMAND,
    "ParentImage": "C:\\Windows\\explorer.exe",
    "User": "WAHA\\Ana",
    "TargetUserName": "Ana",
    "SubjectUserName": "ANA",
    "IpAddress": "::ffff:192.0.2.17",
    "ProcessId": "0x1f4",
    "Empty": "",
    "Signed": "false",
    "When": "2026-05-12T09:15:00",
    "Hashes": "SHA256=00FF,IMPHASH=0A1B",
}


def event(
    fields: dict[str, str], event_id: int = 1, channel: str = methods.SYSMON
) -> methods.Event:
    when = datetime(2026, 5, 12, 9, 15, tzinfo=UTC)
    return methods.Event(channel, event_id, 7, when, "POSTE-01", "provider", fields)


def rule(
    detection: str, source: str = "category: process_creation", **options: bool
) -> methods.Rule:
    text = f"title: x\nlogsource:\n  product: windows\n  {source}\ndetection:\n{detection}\n"
    return methods.parse_rule(text, **options)


def fires(selection: str, condition: str = "s", **options: bool) -> bool:
    made = rule(f"  s:\n    {selection}\n  condition: {condition}", **options)
    return bool(methods.run_rule(made, methods.EventLog([event(FIELDS)])))


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("User: 'waha\\ana'", True),
        ("User: 'ana'", False),
        ("User: '*ana'", True),
        ("User: 'WAHA?Ana'", True),
        ("User|cased: 'waha\\ana'", False),
        ("User|cased: 'WAHA\\Ana'", True),
        ("Image|endswith: '\\POWERSHELL.EXE'", True),
        ("Image|startswith: 'c:\\windows\\'", True),
        ("CommandLine|contains: ['nothing', 'x.ps1']", True),
        ("CommandLine|contains|all: ['-enc', 'x.ps1']", True),
        ("CommandLine|contains|all: ['-enc', 'nothing']", False),
        ("CommandLine|contains|windash: '/enc'", True),
        ("CommandLine|contains|windash: ' -Enc '", True),
        ("CommandLine|base64|contains: 'ABC'", True),
        ("CommandLine|base64offset|contains: 'ABC'", True),
        ("CommandLine|re: 'Enc\\s+[A-Z]{4}'", True),
        ("CommandLine|re: 'enc\\s'", False),
        ("CommandLine|re|i: 'enc\\s'", True),
        ("IpAddress|cidr: '192.0.2.0/24'", True),
        ("IpAddress|cidr: ['198.51.100.0/24', '2001:db8::/32']", False),
        ("ProcessId: 500", True),
        ("ProcessId|gt: 499", True),
        ("ProcessId|lte: 499", False),
        ("SubjectUserName|fieldref: TargetUserName", True),
        ("User|fieldref|endswith: TargetUserName", True),
        ("Empty: null", True),
        ("Missing: null", True),
        ("User: null", False),
        ("Empty: ''", True),
        ("Missing: ''", False),
        ("Missing|exists: false", True),
        ("Empty|exists: true", True),
        ("Signed: false", True),
        ("When|hour: 9", True),
        ("Imphash: '0a1b'", True),
        ("sha256|startswith: '00'", True),
        ("When|hour: 10", False),
        ("EventID: 1", True),
        ("Computer|startswith: 'poste'", True),
    ],
)
def test_modifiers(selection: str, expected: bool) -> None:
    assert fires(selection) is expected
    assert fires(selection, "not s") is not expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a and b", True),
        ("a and no_1", False),
        ("a and not no_1 and not no_2", True),
        ("no_1 or no_2 or b", True),
        ("not (no_1 or no_2) and (a or no_1)", True),
        ("1 of no_*", False),
        ("all of no_*", False),
        ("1 of them", True),
        ("all of them", False),
        ("a and not 1 of no_*", True),
        ("words", True),
        ("few", False),
        ("lists", True),
    ],
)
def test_conditions(condition: str, expected: bool) -> None:
    made = rule(
        "  a: {User|contains: ana}\n  b: {Image|endswith: powershell.exe}\n"
        "  no_1: {User: nobody}\n  no_2: {Image: nothing}\n"
        "  words: ['X.PS1', 'nothing']\n  few: ['nothing', 'nobody']\n"
        "  lists:\n    - User: nobody\n    - User|contains: ana\n      Image|contains: power\n"
        f"  condition: {condition}"
    )
    assert bool(methods.run_rule(made, methods.EventLog([event(FIELDS)]))) is expected


def test_one_rule_reads_sysmon_and_windows() -> None:
    fields = {
        "NewProcessName": FIELDS["Image"],
        "CommandLine": COMMAND,
        "ParentProcessName": "C:\\Windows\\explorer.exe",
        "SubjectUserName": "Ana",
        "SubjectDomainName": "WAHA",
        "NewProcessId": "0x1f4",
        "ProcessId": "0x64",
        "MandatoryLabel": "S-1-16-12288",
    }
    windows = event(fields, 4688, methods.SECURITY)
    log = methods.EventLog([windows, event(FIELDS, 3), event(fields, 4624, methods.SECURITY)])
    made = rule(
        "  s:\n    Image|endswith: powershell.exe\n    ParentImage|endswith: explorer.exe\n"
        "    User: 'WAHA\\Ana'\n    IntegrityLevel: High\n    ProcessId: 500\n"
        "    ParentProcessId: 100\n  condition: s"
    )
    assert methods.run_rule(made, log) == [windows]
    blind = rule("  s:\n    OriginalFileName: PowerShell.EXE\n  condition: s")
    assert methods.run_rule(blind, log) == []


def test_registry_of_windows_and_services_by_their_channels() -> None:
    key = "\\REGISTRY\\MACHINE\\SOFTWARE\\Run"
    changed = {"ObjectName": key, "ObjectValueName": "x", "NewValue": "y", "ProcessName": "z"}
    log = methods.EventLog(
        [
            event(changed, 4657, methods.SECURITY),
            event({"Threat Name": "t"}, 1119, "Microsoft-Windows-Windows Defender/Operational"),
            event({"TargetUserName": "Ana"}, 4625, methods.SECURITY),
        ]
    )
    registry = rule(
        "  s:\n    TargetObject: 'HKLM\\SOFTWARE\\Run\\x'\n    Details: y\n  condition: s",
        "category: registry_set",
    )
    defender = rule("  s:\n    ThreatName: t\n  condition: s", "service: windefend")
    security = rule("  s:\n    EventID: 4625\n  condition: s", "service: security")
    assert [len(methods.run_rule(r, log)) for r in (registry, defender, security)] == [1, 1, 1]
    assert methods.run_rules({"a": registry, "b": security}, log).keys() == {"a", "b"}


def test_tags_name_techniques() -> None:
    text = (
        "title: x\nlogsource: {category: process_creation, product: windows}\n"
        "tags: [attack.execution, attack.t1059.001, attack.T1105, cve.2026-1]\nlevel: high\n"
        "detection: {s: {Image: x}, condition: s}\n"
    )
    made = methods.parse_rule(text)
    assert made.techniques == ("T1059.001", "T1105")
    assert made.level == "high"
    assert methods.by_technique([made]) == {"T1059.001": ["x"], "T1105": ["x"]}


def test_look_around_is_for_trusted_rules_only() -> None:
    selection = "CommandLine|re: '(?<=-)Enc(?!rypt)'"
    assert fires(selection, trusted=True)
    with pytest.raises(methods.RuleError):
        fires(selection)


DEEP = "detection:\n  s: " + "[" * 5_000 + "]" * 5_000
BOMB = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\ndetection: {s: [*b,*b], c: s}"
MANY = "".join(f"      - 'a -b -c -d {n}'\n" for n in range(400))
HOSTILE = {
    "empty": "",
    "nothing": "null",
    "a list": "- 1\n- 2",
    "not yaml": "detection: [selection: {",
    "tabs": "detection:\n\t- x",
    "aliases": BOMB,
    "a tag": "detection: !!python/object/apply:os.system ['true']",
    "deep": DEEP,
    "long": "title: " + "x" * 30_000,
    "a long value": f"detection: {{s: {{Image: '{'x' * 3_000}'}}, condition: s}}",
    "a huge number": f"detection: {{s: {{ProcessId: {'9' * 1_900}}}, condition: s}}",
    "no condition": "logsource: {product: windows}\ndetection: {s: {Image: x}}",
    "other names": "logsource: {product: windows}\ndetection: {s: {Image: x}, condition: t}",
    "brackets": "(" * 40 + "s" + ")" * 40,
    "nots": "not " * 59 + "s",
    "many nots": "not " * 5_000 + "s",
    "many ors": " or ".join(["s"] * 400),
    "a lone bracket": "s and (",
    "a linux rule": "logsource: {product: linux}\ndetection: {s: {Image: x}, condition: s}",
    "an unknown source": (
        "logsource: {product: windows, category: none}\ndetection: {s: {Image: x}, condition: s}"
    ),
    "nul": "title: \0",
    "surrogate": "title: '\ud800'",
    "a placeholder": "s:\n    Image|expand: '%servers%'",
    "windash": f"s:\n    Image|windash|contains:\n{MANY}",
    "a bad regex": "s:\n    Image|re: '(a'",
    "a big regex": "s:\n    Image|re: '((a{1000}){1000}){1000}'",
    "a larger regex": "s:\n    Image|re: '" + "(.*a|.*b|.*c|.?d){9}" * 90 + "Z$'",
    "a bad network": "s:\n    IpAddress|cidr: '192.0.2.0/99'",
    "a bad modifier": "s:\n    Image|nonsense: x",
    "a table as value": "s:\n    Image: {a: {b: c}}",
}


def text_of(hostile: str) -> str:
    """A whole rule from the condition or selection that is hostile in it."""
    start = "title: x\nlogsource: {product: windows, category: process_creation}\n"
    if hostile.startswith("s:"):
        return f"{start}detection:\n  {hostile}\n  condition: s\n"
    if set(hostile) <= set("() s") or hostile.startswith(("not ", "s ")):
        return f"{start}detection:\n  s:\n    Image: x\n  condition: {hostile}\n"
    return hostile if "logsource" in hostile else f"{start}{hostile}"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_rules_are_refused_or_harmless_and_quickly(name: str) -> None:
    log = methods.EventLog([event({**FIELDS, "Image": "a" * 5_000})] * 50)
    before = time.process_time()
    if name == "nots":
        methods.run_rule(methods.parse_rule(text_of(HOSTILE[name])), log)
    else:
        with pytest.raises(methods.RuleError, match=r"\A.{1,300}\Z"):
            methods.parse_rule(text_of(HOSTILE[name]))
    assert time.process_time() - before < BOUNDED


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_regular_expressions_take_linear_time(pattern: str) -> None:
    fields = {"Image": "a" * 4_000 + "!"}
    made = rule(f"  s:\n    Image|re: '{pattern}'\n  condition: s")
    before = time.process_time()
    methods.run_rule(made, methods.EventLog([event(fields)] * 40))
    assert time.process_time() - before < BOUNDED


def test_the_costliest_rule_is_bounded() -> None:
    values = "".join(f"      - '*{n}*a?{n}*b*'\n" for n in range(350))
    made = rule(f"  s:\n    CommandLine:\n{values}  condition: s")
    log = methods.EventLog([event({**FIELDS, "CommandLine": "x" * 300})] * 800)
    before = time.process_time()
    assert methods.run_rule(made, log) == []
    assert time.process_time() - before < BOUNDED


def test_a_rule_that_takes_too_long_is_stopped() -> None:
    values = "".join(f"      - '*{n}*a?{n}*b*'\n" for n in range(350))
    made = rule(f"  s:\n    CommandLine:\n{values}  condition: s")
    log = methods.EventLog([event({**FIELDS, "CommandLine": "x" * 300})] * 20_000)
    before = time.process_time()
    with pytest.raises(methods.RuleError, match="too long"):
        methods.run_rule(made, log, 0.3)
    assert time.process_time() - before < BOUNDED


def test_errors_of_expressions_are_told_to_nobody_else(capfd: pytest.CaptureFixture[str]) -> None:
    for pattern in ("(a", "(?<=a)b", "((a{1000}){1000}){1000}"):
        with pytest.raises(methods.RuleError):
            rule(f"  s:\n    Image|re: '{pattern}'\n  condition: s")
    assert capfd.readouterr() == ("", "")


def test_logs_that_are_none(tmp_path: Path) -> None:
    good = {
        "Event": {
            "System": {
                "Channel": "Security",
                "EventID": {"#attributes": {"Qualifiers": 1}, "#text": 4625},
                "EventRecordID": 3,
                "TimeCreated": {"#attributes": {"SystemTime": "2026-05-12T09:15:00.1234567Z"}},
                "Computer": "h",
                "Provider": {"#attributes": {"Name": "p"}},
            },
            "UserData": {"Wrapped": {"#attributes": {"x": "y"}, "A": 1, "B": None, "C": True}},
        }
    }
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(good) + "\n", encoding="utf-8")
    (read,) = methods.read_log(path)
    assert (read.event_id, read.fields) == (4625, {"A": "1", "C": "true"})
    for text in ("{", "[]\n", '{"Event": {"System": {}}}\n', "[" * 100_000):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ExhibitError, match=r"log\.jsonl: line 1"):
            methods.read_log(path)
    path.write_bytes(b"ElfFile\0" + bytes(100))
    with pytest.raises(ExhibitError, match="evtx"):
        methods.read_log(path)
    with pytest.raises(ExhibitError, match="cannot be read"):
        methods.read_log(tmp_path / "nothing")
