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
    """An address, and what it answers: the trainee whose it is, another one, and so on.

    Names in braces in *path* and *body* are filled in by the test; ``work`` sends one's notebook.
    """

    what: str
    method: str
    path: str
    answers: tuple[str, str, str, str, str]
    body: str | None = None
    work: bool = False

    @property
    def kind(self) -> str:
        """What *body* is: JSON, or a form's."""
        form = (self.body or "").partition("{")[0]
        return "application/x-www-form-urlencoded" if "=" in form else "application/json"


def own(
    what: str,
    method: str,
    path: str,
    *,
    refused: str = NO,
    body: str | None = None,
) -> Row:
    """Something that is the trainee's alone."""
    return Row(what, method, path, (YES, refused, refused, refused, NO), body)


def learn(what: str, method: str, path: str, stranger: str = NO, work: bool = False) -> Row:
    """Something about the caller alone, for who learns, and who teaches to try it."""
    return Row(what, method, path, (YES, YES, YES, NO, stranger), work=work)


def teach(what: str, method: str, path: str, body: str | None = None, stranger: str = NO) -> Row:
    """Something that instructors alone may do."""
    return Row(what, method, path, (NO, NO, YES, NO, stranger), body)


def administer(
    what: str, method: str, path: str, stranger: str = NO, body: str | None = None
) -> Row:
    """Something that admins of the academy alone may do."""
    return Row(what, method, path, (NO, NO, NO, YES, stranger), body)


def oversee(what: str, path: str, stranger: str = NO) -> Row:
    """Something that instructors and admins may see."""
    return Row(what, "GET", path, (NO, NO, YES, YES, stranger))


def everybody(what: str, method: str, path: str, stranger: str = NO, body: str = "") -> Row:
    """Something for all who have logged in."""
    return Row(what, method, path, (YES, YES, YES, YES, stranger), body or None)


SERVER, HUB, COURSE = "/user/amina", "/hub/api/users/amina", "/services/academy/formgrader"
SERVICE = "/services/dalil"
API = f"{SERVICE}/api"
MODULE = f"{API}/modules/custody"
TEACH = f"{API}/teach/modules"
LANGUAGE = '{"language": "ar"}'
NEW = '{"id": "{new}", "title": "Glass comparison"}'
SOMEBODY = '{"name": "Somebody", "cohort": "2099-Z"}'
PREVIEW = '{"trainee": "amina", "language": "ar"}'
DATES = '{"module": "custody"}'
EXTENSION = '{"module": "custody", "trainee": "omar", "attempts": 9, "why": "ill"}'
HUB_ROWS = (
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
    everybody("a module's app", "GET", "/services/apps/custody", LOGIN),
)
SERVICE_ROWS = (
    everybody("the academy's home", "GET", f"{SERVICE}/", LOGIN),
    everybody("choosing a language there", "POST", f"{SERVICE}/language", NO, "language=ar"),
    everybody("who one is", "GET", f"{API}/me"),
    everybody("one's own language", "PUT", f"{API}/me/language", body=LANGUAGE),
    learn("one's own curriculum", "GET", f"{API}/curriculum"),
    learn("a lesson", "GET", f"{MODULE}/lesson?language=ar"),
    learn("getting one's own exhibits", "POST", f"{MODULE}/issue"),
    learn("one's own exercise in a language", "GET", f"{MODULE}/exercise?language=fr"),
    learn("handing in one's own work", "POST", f"{MODULE}/submission", work=True),
    learn("one's own result", "GET", f"{MODULE}/result"),
    learn("one's own history", "GET", f"{MODULE}/history"),
    learn("one's own notebook with the marks", "GET", f"{MODULE}/feedback", LOGIN),
    teach("modules as instructors see them", "GET", TEACH),
    teach("making a module", "POST", TEACH, NEW),
    teach("what came in", "GET", f"{API}/teach/queue"),
    teach("the state of translations", "GET", f"{TEACH}/custody/translations"),
    teach("catalogues follow texts", "POST", f"{TEACH}/custody/translations"),
    teach("beginning a check", "POST", f"{TEACH}/custody/check"),
    teach("how far a check is", "GET", f"{TEACH}/custody/check"),
    teach("ending a check", "DELETE", f"{TEACH}/custody/check"),
    teach("a preview", "GET", f"{TEACH}/custody/preview?trainee=amina&language=ar"),
    teach("releasing a module", "POST", f"{TEACH}/custody/release"),
    oversee("progress, as figures", f"{API}/progress"),
    oversee("what the figures may be asked for", f"{API}/progress/choices"),
    oversee("one trainee's progress", f"{API}/progress/trainee/amina"),
    oversee("progress by sex, small groups left out", f"{API}/progress?by=sex"),
    oversee("who is stuck", f"{API}/progress/stuck"),
    oversee("what waits for a mark", f"{API}/progress/queue"),
    oversee("late work", f"{API}/progress/late"),
    oversee("the app of progress", f"{SERVICE}/progress", LOGIN),
    oversee("progress as a file", f"{SERVICE}/progress/export/by?format=csv", LOGIN),
    administer("the roster", "GET", f"{API}/roster"),
    administer("the roster as a sheet", "GET", f"{API}/roster.csv"),
    administer("trying an import", "POST", f"{API}/roster/import?dry_run=1", body="id,name\n"),
    administer("putting somebody on the roster", "PUT", f"{API}/roster/somebody", body=SOMEBODY),
    administer("taking them off it", "DELETE", f"{API}/roster/somebody?tag={{tag}}"),
    administer("dates", "GET", f"{API}/dates"),
    administer("setting dates", "PUT", f"{API}/dates", body=DATES),
    administer("giving more time or attempts", "POST", f"{API}/extensions", body=EXTENSION),
    administer("the history of a grade", "GET", f"{API}/history?trainee=amina&module=custody"),
    administer("backups", "GET", f"{API}/backups"),
    administer("making a backup", "POST", f"{API}/backups"),
    administer("a backup's file", "GET", f"{API}/backup"),
    administer("the page of the roster", "GET", f"{SERVICE}/admin/roster", LOGIN),
    administer("the page of a person", "GET", f"{SERVICE}/admin/roster/person?id=amina", LOGIN),
    administer("changing them there", "POST", f"{SERVICE}/admin/roster/person"),
    administer("the page of an import", "GET", f"{SERVICE}/admin/roster/import", LOGIN),
    administer("importing there", "POST", f"{SERVICE}/admin/roster/import"),
    administer("the page of dates", "GET", f"{SERVICE}/admin/dates", LOGIN),
    administer("its form", "GET", f"{SERVICE}/admin/dates/set?module=custody", LOGIN),
    administer("setting dates there", "POST", f"{SERVICE}/admin/dates/set", body="module=custody"),
    administer("its other form", "GET", f"{SERVICE}/admin/dates/extend?module=custody", LOGIN),
    administer(
        "giving more time there",
        "POST",
        f"{SERVICE}/admin/dates/extend",
        body="module=custody&back=1",
    ),
    administer("the page of a grade's history", "GET", f"{SERVICE}/admin/history", LOGIN),
    administer("the page of backups", "GET", f"{SERVICE}/admin/backups", LOGIN),
    administer("making one there", "POST", f"{SERVICE}/admin/backups"),
)


def mark(what: str, path: str, method: str = "GET", body: str | None = None) -> Row:
    """A part of formgrader: a stranger's browser is led to the log-in, a change is refused."""
    return teach(
        f"marking: {what}", method, f"{COURSE}{path}", body, LOGIN if method == "GET" else NO
    )


ONE = "/api/submission/custody/amina"
ALL = "/api/assignment/custody"
MARKING_ROWS = (
    mark("the start", "/"),
    mark("assignments", "/manage_assignments"),
    mark("submissions", "/manage_submissions/custody"),
    mark("the gradebook", "/gradebook"),
    mark("a module there", "/gradebook/custody"),
    mark("its queue", "/gradebook/custody/custody"),
    mark("the list of students", "/manage_students"),
    mark("a student's modules", "/manage_students/amina"),
    mark("a student's notebooks", "/manage_students/amina/custody"),
    mark("a person's work", "/submissions/{submission}"),
    mark("the next one", "/submissions/{submission}/next"),
    mark("files of it", "/submissions/{submission}/custody.ipynb"),
    mark("state", "/api/status"),
    mark("assignments as data", "/api/assignments"),
    mark("an assignment as data", ALL),
    mark("changing an assignment", ALL, "PUT", "{}"),
    mark("its release version", f"{ALL}/assign", "POST"),
    mark("releasing it", f"{ALL}/release", "POST"),
    mark("withdrawing it", f"{ALL}/unrelease", "POST"),
    mark("collecting", f"{ALL}/collect", "POST"),
    mark("making feedback", f"{ALL}/generate_feedback", "POST"),
    mark("releasing feedback", f"{ALL}/release_feedback", "POST"),
    mark("making one person's feedback", f"{ALL}/amina/generate_feedback", "POST"),
    mark("releasing one person's feedback", f"{ALL}/amina/release_feedback", "POST"),
    mark("notebooks", "/api/notebooks/custody"),
    mark("submissions as data", "/api/submissions/custody"),
    mark("one submission", ONE),
    mark("grading it anew", f"{ONE}/autograde", "POST"),
    mark("submitted notebooks", "/api/submitted_notebooks/custody/custody"),
    mark("flagging one", "/api/submitted_notebook/{submission}/flag", "POST"),
    mark("marks", "/api/grades?submission_id={submission}"),
    mark("a mark", "/api/grade/{grade}"),
    mark("giving a mark", "/api/grade/{grade}", "PUT", '{"manual_score": 1}'),
    mark("comments", "/api/comments?submission_id={submission}"),
    mark("a comment", "/api/comment/{comment}"),
    mark("writing a comment", "/api/comment/{comment}", "PUT", '{"manual_comment": "seen"}'),
    mark("students", "/api/students"),
    mark("a student", "/api/student/amina"),
    mark("changing a student", "/api/student/amina", "PUT", "{}"),
    mark("a student's submissions", "/api/student_submissions/amina"),
    mark("a student's submitted notebooks", "/api/student_notebook_submissions/amina/custody"),
    Row("marking: files of the server", "GET", "/services/academy/api/contents", (NO,) * 5),
)
PASSED, HERS = f"{SERVER}/dalil/api", "/user/samira/dalil/api"
HERE = f"{PASSED}/files/custody"
TAUGHT = f"{HERS}/teach/modules"
SERVER_ROWS = (
    own("in Lab: who one is", "GET", f"{PASSED}/me"),
    own("in Lab: one's language", "PUT", f"{PASSED}/me/language", body=LANGUAGE),
    own("in Lab: one's curriculum", "GET", f"{PASSED}/curriculum"),
    own("in Lab: one's result", "GET", f"{PASSED}/modules/custody/result"),
    own("in Lab: one's history", "GET", f"{PASSED}/modules/custody/history"),
    own("in Lab: getting exhibits", "POST", f"{HERE}/issue"),
    own("in Lab: getting the lesson", "POST", f"{HERE}/lesson"),
    own("in Lab: handing in", "POST", f"{HERE}/submit"),
    own("in Lab: texts in a language", "POST", f"{HERE}/language", body=LANGUAGE),
    Row("in a trainee's Lab: teaching", "GET", f"{PASSED}/teach/modules", (NO,) * 5),
    Row("in a trainee's Lab: a preview", "POST", f"{HERE}/preview", (NO,) * 5, PREVIEW),
    Row("in Lab: anything else of the service", "GET", f"{PASSED}/roster", (NO,) * 5),
    teach("in an instructor's Lab: modules", "GET", TAUGHT),
    teach("in an instructor's Lab: making one", "POST", TAUGHT, NEW),
    teach("in an instructor's Lab: a check", "POST", f"{TAUGHT}/custody/check"),
    teach("in an instructor's Lab: how far it is", "GET", f"{TAUGHT}/custody/check"),
    teach("in an instructor's Lab: ending it", "DELETE", f"{TAUGHT}/custody/check"),
    teach("in an instructor's Lab: translations", "GET", f"{TAUGHT}/custody/translations"),
    teach("in an instructor's Lab: catalogues", "POST", f"{TAUGHT}/custody/translations"),
    teach("in an instructor's Lab: a release", "POST", f"{TAUGHT}/custody/release"),
    teach("in an instructor's Lab: what came in", "GET", f"{HERS}/teach/queue"),
    teach("in an instructor's Lab: a preview", "POST", f"{HERS}/files/custody/preview", PREVIEW),
)
ROWS = (*HUB_ROWS, *SERVICE_ROWS, *MARKING_ROWS, *SERVER_ROWS)


def page() -> str:
    """The page of docs/access.md."""
    lines = [
        "# Who may do what",
        "",
        "Each answer is tried by `tests/dalil/hub/test_access.py`, with a token that has all the "
        "rights of its owner.",
        "*log-in*: the browser is led to the log-in page. The trainee is `amina`, the instructor "
        "`samira`; addresses name their servers. Names in braces: what formgrader calls a piece "
        "of work, a mark or a comment, and the tag by which a change is known. *allowed*: what "
        "is sent may still lack something (400).",
        "",
        "![What a browser shows a trainee for a page of the admin's, in Arabic]"
        "(images/refused-ar.png)",
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
