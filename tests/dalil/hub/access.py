"""Who may do what, a row each: the table of docs/access.md, and what the tests try.

``python -m tests.dalil.hub.access`` prints the page.
"""

from __future__ import annotations

from dataclasses import dataclass

YES, NO, NONE, LOGIN = "allowed", "403", "404", "log-in"
WHO = ("amina", "youssef", "samira", "nadia", "")
TITLES = ("the trainee", "another trainee", "an instructor", "an admin", "a stranger")


@dataclass(frozen=True)
class Row:
    """An address, and what it answers: the trainee whose it is, another one, and so on."""

    what: str
    method: str
    path: str
    answers: tuple[str, str, str, str, str]
    body: str | None = None


def own(what: str, method: str, path: str, stranger: str = NO, refused: str = NO) -> Row:
    """Something that is the trainee's alone."""
    return Row(what, method, path, (YES, refused, refused, refused, stranger))


def learn(what: str, method: str, path: str) -> Row:
    """Something about the caller alone, for who learns, and who teaches to try it."""
    return Row(what, method, path, (YES, YES, YES, NO, NO))


def teach(what: str, method: str, path: str) -> Row:
    """Something that instructors alone may do."""
    return Row(what, method, path, (NO, NO, YES, NO, NO))


def administer(what: str, method: str, path: str, stranger: str = NO) -> Row:
    """Something that admins of the academy alone may do."""
    return Row(what, method, path, (NO, NO, NO, YES, stranger))


def oversee(what: str, path: str, stranger: str = NO) -> Row:
    """Something that instructors and admins may see."""
    return Row(what, "GET", path, (NO, NO, YES, YES, stranger))


SERVER, HUB, COURSE = "/user/amina", "/hub/api/users/amina", "/services/academy/formgrader"
API = "/services/dalil/api"
ROWS = (
    own("the files in a person's home", "GET", f"{SERVER}/api/contents"),
    own("the kernels of a person", "GET", f"{SERVER}/api/kernels"),
    own("the terminals of a person", "GET", f"{SERVER}/api/terminals"),
    own("a person's account at the hub", "GET", HUB, refused=NONE),
    own("a person's tokens", "GET", f"{HUB}/tokens", refused=NONE),
    Row("starting another's server", "POST", "/hub/api/users/omar/server", (NONE,) * 4 + (NO,)),
    Row("everybody's accounts", "GET", "/hub/api/users", (NO,) * 5),
    Row("the hub's services", "GET", "/hub/api/services", (NO,) * 5),
    Row("the hub's proxy", "GET", "/hub/api/proxy", (NO,) * 5),
    Row("stopping the hub", "POST", "/hub/api/shutdown", (NO,) * 5, body="{}"),
    Row("marking: the gradebook", "GET", f"{COURSE}/gradebook", (NO, NO, YES, NO, LOGIN)),
    Row("marking: students", "GET", f"{COURSE}/api/students", (NO, NO, YES, NO, LOGIN)),
    Row("marking: files of the server", "GET", "/services/academy/api/contents", (NO,) * 5),
    Row("the academy's home", "GET", "/services/dalil/", (YES, YES, YES, YES, LOGIN)),
    Row("who one is", "GET", f"{API}/me", (YES, YES, YES, YES, NO)),
    learn("one's own curriculum", "GET", f"{API}/curriculum"),
    learn("a lesson", "GET", f"{API}/modules/custody/lesson?language=ar"),
    learn("getting one's own exhibits", "POST", f"{API}/modules/custody/issue"),
    learn("one's own exercise in a language", "GET", f"{API}/modules/custody/exercise?language=fr"),
    learn("one's own result", "GET", f"{API}/modules/custody/result"),
    learn("one's own history", "GET", f"{API}/modules/custody/history"),
    teach("modules as instructors see them", "GET", f"{API}/teach/modules"),
    teach("what came in", "GET", f"{API}/teach/queue"),
    teach("the state of translations", "GET", f"{API}/teach/modules/custody/translations"),
    teach("catalogues follow texts", "POST", f"{API}/teach/modules/custody/translations"),
    teach("how far a check is", "GET", f"{API}/teach/modules/custody/check"),
    teach("ending a check", "DELETE", f"{API}/teach/modules/custody/check"),
    teach("a preview", "GET", f"{API}/teach/modules/custody/preview?trainee=amina&language=ar"),
    teach("releasing a module", "POST", f"{API}/teach/modules/custody/release"),
    oversee("progress, as figures", f"{API}/progress"),
    oversee("one trainee's progress", f"{API}/progress/trainee/amina"),
    oversee("progress by sex, small groups left out", f"{API}/progress?by=sex"),
    oversee("who is stuck", f"{API}/progress/stuck"),
    oversee("progress as a file", "/services/dalil/progress/export/by?format=csv", LOGIN),
    Row("a module's app", "GET", "/services/apps/custody", (YES, YES, YES, YES, LOGIN)),
    administer("the roster", "GET", f"{API}/roster"),
    administer("the roster as a sheet", "GET", f"{API}/roster.csv"),
    administer("dates", "GET", f"{API}/dates"),
    administer("the history of a grade", "GET", f"{API}/history?trainee=amina&module=custody"),
    administer("backups", "GET", f"{API}/backups"),
    administer("the page of the roster", "GET", "/services/dalil/admin/roster", stranger=LOGIN),
    administer("the page of dates", "GET", "/services/dalil/admin/dates", stranger=LOGIN),
    administer("the page of backups", "GET", "/services/dalil/admin/backups", stranger=LOGIN),
)


def page() -> str:
    """The page of docs/access.md."""
    lines = [
        "# Who may do what",
        "",
        "Each answer is tried by `tests/dalil/hub/test_access.py`, with a token that has all the "
        "rights of its owner.",
        "*log-in*: the browser is led to the log-in page. The trainee is `amina`, whose server "
        "the addresses name.",
        "",
        f"| what | address | {' | '.join(TITLES)} |",
        f"|---|---|{'---|' * len(TITLES)}",
        *(
            f"| {row.what} | `{row.method} {row.path}` | {' | '.join(row.answers)} |"
            for row in ROWS
        ),
        "",
        "## From inside a trainee's kernel or terminal",
        "",
        "| what | what happens |",
        "|---|---|",
        *(f"| {what} | {answer} |" for what, answer in INSIDE.items()),
        "",
    ]
    return "\n".join(lines)


ABSENT, HIDDEN = "it is not there", "refused"
INSIDE = {
    "read the ledger and the gradebook": ABSENT,
    "read the academy's keys": ABSENT,
    "read the exchange's inbound": ABSENT,
    "read submissions of others": ABSENT,
    "read exercises with solutions": ABSENT,
    "read graders": ABSENT,
    "read another's home": ABSENT,
    "read the hub's database and cookie secret": ABSENT,
    "change a lesson of everybody": HIDDEN,
    "change the environment's packages": HIDDEN,
    "see a process of another person": ABSENT,
    "read the memory of the server's keeper": HIDDEN,
    "trace the server's keeper": HIDDEN,
    "become root by a set-uid program": HIDDEN,
    "open the marking pages with the server's token": HIDDEN,
    "ask the hub about another person with the server's token": HIDDEN,
}

if __name__ == "__main__":
    print(page(), end="")
