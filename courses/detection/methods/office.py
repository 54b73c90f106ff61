"""A fictive office and a day in it: six employees, two administrators, one server, much routine.

Times follow people: logons in the morning, a pause at noon, programs at uneven intervals, jobs of
the machines at their hours with some jitter. Local time is UTC+1, as in Morocco outside Ramadan.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np

from dalil.courses.detection.methods.journal import (
    Account,
    Draft,
    Host,
    Journal,
    Logon,
    Process,
)
from dalil.courses.detection.methods.traces import (
    AGENT,
    CMD,
    EXPLORER,
    MAIL,
    PROGRAMS,
    SERVICES,
    SHEET,
    SYSTEM32,
    WORD,
    Trace,
)
from dalil.forging import Seed, officers

ZONE = timezone(timedelta(hours=1), "UTC+1")
EMPLOYEES, ADMINS = 6, 2
WORDS = (
    *("barq", "dalia", "fanous", "jawhar", "khalij", "lawz", "mizan", "nakhla", "qandil"),
    *("rimal", "saffar", "tamr", "waraq", "yasmin", "zaafaran", "zellij"),
)
_ORGS = ("mizan", "nakhla", "waha", "bahr", "manara", "nour")
_SVCHOST = f"{SYSTEM32}svchost.exe"
_BROWSER = f"{PROGRAMS}Sahel Web\\web.exe"
_PROGRAMS: tuple[tuple[str, str], ...] = (
    (WORD, '"{image}" "C:\\Users\\{user}\\Documents\\{word}-{n}.odt"'),
    (SHEET, '"{image}" "C:\\Users\\{user}\\Documents\\{word}-{n}.ods"'),
    (MAIL, '"{image}" /compose'),
    (_BROWSER, '"{image}" https://www.{word}.example/{n}'),
    (f"{PROGRAMS}Sahel Reader\\reader.exe", '"{image}" C:\\Users\\{user}\\Downloads\\{word}.pdf'),
    (f"{SYSTEM32}notepad.exe", '"{image}" C:\\Users\\{user}\\Desktop\\{word}.txt'),
    (f"{SYSTEM32}calc.exe", '"{image}"'),
    (f"{SYSTEM32}SnippingTool.exe", '"{image}"'),
    (CMD, '"{image}" /c \\\\SERVEUR-01\\outils\\{word}.cmd'),
)
_SERVICES: tuple[tuple[str, str], ...] = (
    (_SVCHOST, "C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule"),
    (_SVCHOST, "C:\\Windows\\System32\\svchost.exe -k LocalServiceNetworkRestricted"),
    (f"{SYSTEM32}spoolsv.exe", "C:\\Windows\\System32\\spoolsv.exe"),
    (AGENT, f'"{AGENT}" --service'),
)
_ROUTINE: tuple[tuple[str, str], ...] = (
    (f"{SYSTEM32}taskhostw.exe", "taskhostw.exe"),
    (f"{PROGRAMS}Sahel Agent\\inventory.exe", "inventory.exe --quick"),
    (f"{SYSTEM32}wuauclt.exe", "wuauclt.exe /RunHandlerComServer"),
    (f"{SYSTEM32}gpupdate.exe", "gpupdate.exe /target:computer"),
)
_TOOLS: tuple[tuple[str, str], ...] = (
    (f"{SYSTEM32}mmc.exe", '"{image}" "C:\\Windows\\System32\\compmgmt.msc"'),
    (f"{SYSTEM32}ipconfig.exe", "ipconfig /all"),
    (f"{SYSTEM32}sc.exe", "sc query SahelAgent"),
    (f"{SYSTEM32}robocopy.exe", "robocopy D:\\{word} E:\\{word} /mir /log:C:\\Admin\\{n}.log"),
    (f"{SYSTEM32}Taskmgr.exe", '"{image}" /4'),
)
_SYSTEM = Account("SYSTEM", "NT AUTHORITY", "S-1-5-18", "System")


@dataclass(frozen=True)
class Office:
    """Who works where: ``posts`` are (account, host) of the employees, ``server`` a host."""

    org: str
    domain: str
    posts: tuple[tuple[Account, str], ...]
    admins: tuple[tuple[Account, str], ...]
    server: str
    addresses: dict[str, str]


@dataclass(eq=False)
class Day:
    """A day as it is written: the journal, and the sessions in which more can be staged."""

    office: Office
    date: date
    journal: Journal
    users: list[Logon]
    admins: list[Logon]
    systems: list[Logon]


def make_office(seed: Seed) -> Office:
    """An office with people and machines of its own."""
    rng = seed.rng("office")
    org = str(rng.choice(_ORGS))
    domain = org.upper()
    base = f"S-1-5-21-{'-'.join(str(int(n)) for n in rng.integers(10**8, 4 * 10**9, 3))}"
    people = officers(rng, EMPLOYEES + ADMINS)
    numbers = rng.permutation(np.arange(3, 60))[:EMPLOYEES]
    suffix = f".{org}.example"
    posts, addresses = [], {}
    for place, (person, number) in enumerate(zip(people[:EMPLOYEES], numbers, strict=True)):
        host = f"POSTE-{int(number):02d}{suffix}"
        account = Account(_login(person.french), domain, f"{base}-{1104 + 7 * place}")
        posts.append((account, host))
        addresses[host] = f"192.0.2.{20 + int(number)}"
    admins = tuple(
        (
            Account(f"adm.{_login(person.french)}", domain, f"{base}-{1501 + place}", "High"),
            f"192.0.2.{10 + place}",
        )
        for place, person in enumerate(people[EMPLOYEES:])
    )
    server = f"SERVEUR-01{suffix}"
    addresses[server] = "192.0.2.5"
    return Office(org, domain, tuple(posts), admins, server, addresses)


def _login(french: str) -> str:
    """``Leïla Benfaïrouz`` → ``l.benfairouz``."""
    plain = unicodedata.normalize("NFKD", french).encode("ascii", "ignore").decode().lower()
    first, last = plain.split(" ", 1)
    return f"{first[0]}.{last.replace(' ', '')}"


def workday(seed: Seed, office: Office, day: date) -> Day:
    """A day without anything planted: some 700 to 1,100 records once it is closed."""
    rng = seed.rng("day")
    hosts = [
        Host(name, address, name != office.server, int(rng.integers(1 << 24, 1 << 31)))
        for name, address in office.addresses.items()
    ]
    written = Day(office, day, Journal(hosts, rng), [], [], [])
    pace = float(rng.uniform(0.75, 1.35))
    # Some days somebody goes home at noon and switches the machine off: silence, but no hole.
    away = int(rng.integers(2 * EMPLOYEES))
    for number, (account, host) in enumerate(office.posts):
        off = time(12, 50) if number == away else time(18, 20)
        _boot(written, rng, host, (time(7, 20), off), pace)
        _employee(written, rng, account, host, pace=pace, off=off)
    _boot(written, rng, office.server, (time(0, 30), time(23, 30)), pace)
    _administer(written, rng)
    _mistype(written, rng)
    return written


def _at(day: date, clock: time, rng: np.random.Generator, spread: float) -> datetime:
    """*clock* of local time, give or take: a normal deviation of *spread* minutes, in UTC."""
    minutes = float(np.clip(rng.normal(0, spread), -2.5 * spread, 2.5 * spread))
    local = datetime.combine(day, clock, ZONE) + timedelta(minutes=minutes)
    return local.astimezone(UTC)


def _between(rng: np.random.Generator, start: datetime, end: datetime) -> datetime:
    return start + (end - start) * float(rng.random())


def _boot(
    day: Day, rng: np.random.Generator, host: str, clocks: tuple[time, time], pace: float
) -> None:
    """The machine's own day: its services, then jobs about every hour until it is switched off."""
    start, end = _at(day.date, clocks[0], rng, 8), _at(day.date, clocks[1], rng, 8)
    system = Logon(host, _SYSTEM, "0x3e7", start, end)
    system.root, _ = day.journal.process(system, start, SERVICES, SERVICES)
    now = start
    running: dict[str, Process] = {}
    for image, command in _SERVICES:
        now += timedelta(seconds=float(rng.gamma(2, 2)))
        started, _ = day.journal.process(system, now, image, command)
        running[image] = started
    while (now := now + timedelta(minutes=float(rng.gamma(9, 6.5 / pace)))) < end:
        image, command = _ROUTINE[int(rng.integers(len(_ROUTINE)))]
        day.journal.process(system, now, image, command)
        if rng.random() < 0.5:
            key = f"HKLM\\SOFTWARE\\Sahel\\Agent\\Status\\{int(rng.integers(40))}"
            later = now + timedelta(seconds=float(rng.gamma(2, 3)))
            if day.journal.hosts[host].sysmon:
                day.journal.registry(system, later, running[AGENT], key, "DWORD (0x00000001)")
    day.systems.append(system)


def _employee(
    day: Day, rng: np.random.Generator, account: Account, host: str, *, pace: float, off: time
) -> None:
    """A session before noon, and one after it unless the host is *off* by then."""
    clocks = [(time(8, 35), time(12, 10)), (time(13, 40), time(16, 50))]
    for begins, ends in clocks:
        if begins > off:
            break
        start, end = _at(day.date, begins, rng, 9), _at(day.date, ends, rng, 9)
        logon = day.journal.logon(host, account, 2, start, end)
        logon.root, _ = day.journal.process(logon, start + timedelta(seconds=2), EXPLORER, EXPLORER)
        day.users.append(logon)
        now = start + timedelta(seconds=20)
        while (now := now + timedelta(minutes=float(rng.gamma(1.4, 8 / pace)))) < end:
            image, template = _PROGRAMS[int(rng.integers(len(_PROGRAMS)))]
            words = _words(rng, day, logon, image)
            program, _ = day.journal.process(logon, now, image, template.format(**words))
            if image in (WORD, SHEET):
                saved = now + timedelta(seconds=float(rng.gamma(3, 12)))
                name = f"C:\\Users\\{account.name}\\Documents\\{words['word']}-{words['n']}.tmp"
                day.journal.file(logon, saved, program, name)
        _share(day, rng, account, host, (start, end), pace=pace)


def _share(
    day: Day,
    rng: np.random.Generator,
    account: Account,
    host: str,
    hours: tuple[datetime, datetime],
    *,
    pace: float,
) -> None:
    """Short sessions over the network on the server's share; some outlast the export."""
    address, (now, end) = day.office.addresses[host], hours
    while (now := now + timedelta(minutes=float(rng.gamma(2, 13 / pace)))) < end:
        until = now + timedelta(minutes=float(rng.gamma(2, 4)))
        open_end = rng.random() < 0.03
        day.journal.logon(
            day.office.server, account, 3, now, until, source=address, ends=not open_end
        )


def _administer(day: Day, rng: np.random.Generator) -> None:
    """Remote-desktop sessions of the administrators: on the server, and on some workstation."""
    for account, address in day.office.admins:
        hours = sorted(float(hour) for hour in rng.choice(np.arange(8.5, 16.5, 1.5), 4, False))
        for number, hour in enumerate(hours[: int(rng.integers(2, 5))]):
            midnight = datetime.combine(day.date, time(0), ZONE)
            start = midnight + timedelta(hours=hour + 0.6 * float(rng.random()))
            start = start.astimezone(UTC)
            end = start + timedelta(minutes=float(rng.uniform(9, 48)))
            on = [s.host for s in day.systems if s.start < start and end < s.end]
            host = on[int(rng.integers(len(on)))] if number % 2 else day.office.server
            ends = bool(rng.random() > 0.15)
            logon = day.journal.logon(host, account, 10, start, end, source=address, ends=ends)
            begun = start + timedelta(seconds=3)
            logon.root, _ = day.journal.process(logon, begun, EXPLORER, EXPLORER)
            day.admins.append(logon)
            fetched = begun + (end - begun) * float(rng.uniform(0.05, 0.7))
            day.journal.logon(day.office.server, account, 3, fetched, end, source=address)
            for _ in range(int(rng.integers(2, 6))):
                image, template = _TOOLS[int(rng.integers(len(_TOOLS)))]
                words = _words(rng, day, logon, image)
                moment = _between(rng, begun, end)
                day.journal.process(logon, moment, image, template.format(**words))


def _mistype(day: Day, rng: np.random.Generator) -> None:
    """Wrong passwords, as people type them."""
    for _ in range(int(rng.integers(2, 7))):
        account, host = day.office.posts[int(rng.integers(EMPLOYEES))]
        when = _at(day.date, time(10), rng, 80)
        address = day.office.addresses[host]
        for attempt in range(int(rng.integers(1, 4))):
            moment = when + timedelta(seconds=7 * attempt + float(rng.random()))
            day.journal.failure(day.office.server, account.name, account.domain, moment, address)


def _words(rng: np.random.Generator, day: Day, logon: Logon, image: str) -> dict[str, str]:
    """What fills the places of a command line."""
    word = str(rng.choice(WORDS))
    number = str(int(rng.integers(10, 60)))
    sentence = f"Write-Output 'exercise {word} {number}'"
    network = str(rng.choice(("198.51.100", "203.0.113")))
    return {
        "image": image,
        "user": logon.account.name,
        "sid": logon.account.sid,
        "word": word,
        "n": number,
        "ip": f"{network}.{int(rng.integers(3, 250))}",
        "enc": base64.b64encode(sentence.encode("utf-16-le")).decode(),
        "org": day.office.org,
    }


def play(
    day: Day, rng: np.random.Generator, trace: Trace, *, hosts: Sequence[str] = ()
) -> tuple[Draft, Logon]:
    """Stage *trace* in a fitting session of *day* (on one of *hosts*, if any are named).

    The program that started it is recorded too, up to a minute and a half before.
    """
    pool = {"user": day.users, "admin": day.admins, "system": day.systems}[trace.actor]
    fitting = [logon for logon in pool if not hosts or logon.host in hosts]
    if trace.key:  # the server records no registry
        sysmon = [logon for logon in fitting if day.journal.hosts[logon.host].sysmon]
        fitting = sysmon or day.users
    logon = fitting[int(rng.integers(len(fitting)))]
    start, end = logon.start + timedelta(seconds=110), logon.end - timedelta(seconds=5)
    when = _between(rng, start, end)
    words = _words(rng, day, logon, trace.image)
    image = trace.image.format(**words)
    if trace.key:
        key, details = trace.key.format(**words), trace.details.format(**words)
        return day.journal.registry(logon, when, Process(image, ""), key, details), logon
    parent: Process | None = logon.root
    starter = trace.parent.format(**words)
    if parent is None or starter != parent.image:
        before = when - timedelta(seconds=float(rng.uniform(0.2, 90)))
        quoted = f'"{starter}"' if " " in starter else starter
        parent, _ = day.journal.process(logon, before, starter, quoted)
    words["image"] = image
    command = trace.command.format(**words)
    _, draft = day.journal.process(
        logon, when, image, command, parent=parent, original=trace.original
    )
    return draft, logon
