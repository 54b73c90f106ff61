"""What a technique or ordinary work leaves in a log: patterns that are filled when staged."""

from __future__ import annotations

from dataclasses import dataclass

SYSTEM32 = "C:\\Windows\\System32\\"
PROGRAMS = "C:\\Program Files\\"
EXPLORER = "C:\\Windows\\explorer.exe"
CMD = f"{SYSTEM32}cmd.exe"
POWERSHELL = f"{SYSTEM32}WindowsPowerShell\\v1.0\\powershell.exe"
SERVICES = f"{SYSTEM32}services.exe"
AGENT = f"{PROGRAMS}Sahel Agent\\agent.exe"
DEPLOY = f"{PROGRAMS}Sahel Deploy\\deploy.exe"
WORD, SHEET, MAIL = (
    f"{PROGRAMS}Sahel Office\\{name}.exe" for name in ("writer", "calc", "courrier")
)


@dataclass(frozen=True)
class Trace:
    """One record: a program, its command line and its parent; or, with *key*, a registry value.

    *actor* is who acts: ``user`` (an employee), ``admin`` or ``system``. Places in braces are
    filled when the trace is staged: ``user``, ``sid``, ``word``, ``ip``, ``n``, ``enc``, ``org``.
    """

    image: str
    command: str = ""
    parent: str = EXPLORER
    actor: str = "user"
    original: str = ""
    key: str = ""
    details: str = ""


@dataclass(frozen=True)
class Technique:
    """A technique, its traces, what resembles them, and a colleague's ``draft`` of a rule."""

    id: str
    name: str
    category: str
    planted: tuple[Trace, ...]
    unseen: tuple[Trace, ...]
    harmless: tuple[Trace, ...]
    draft: str = ""
    tactic: str = "execution"


def by_admin(image: str, command: str, parent: str = CMD) -> Trace:
    return Trace(image, command, parent, "admin")


def by_system(image: str, command: str, parent: str = AGENT) -> Trace:
    return Trace(image, command, parent, "system")


def value_set(
    key: str, details: str, image: str = f"{SYSTEM32}reg.exe", actor: str = "user"
) -> Trace:
    return Trace(image, actor=actor, key=key, details=details)
