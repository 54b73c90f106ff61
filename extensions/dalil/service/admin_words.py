"""The words on the admin's pages and on the home page."""

from __future__ import annotations

from typing import Final

from dalil.models import N_

WORDS: Final = {
    # on every page
    "academy": N_("The academy"),
    "skip": N_("To the content"),
    "language": N_("Language"),
    "change": N_("Change"),
    "log_out": N_("Log out"),
    "administration": N_("Administration"),
    "saved": N_("Saved."),
    "save": N_("Save"),
    "cancel": N_("Cancel"),
    "back": N_("Back"),
    "everyone": N_("Everyone"),
    "nobody": N_("Nobody is on the roster yet."),
    "none": N_("none"),
    "filter": N_("Show"),
    "all": N_("All"),
    "previous": N_("Previous page"),
    "next": N_("Next page"),
    "found": N_("People: {number}"),
    "server_time": N_("Times are those of the academy's server ({zone})."),
    # the home page
    "home": N_("Home"),
    "welcome": N_("Welcome, {name}"),
    "lab": N_("JupyterLab"),
    "lab_says": N_("Lessons, exercises and results, in “My curriculum” on the left."),
    "modules": N_("Modules"),
    "app": N_("Open the app of {module}"),
    "state": N_("State"),
    "due": N_("Due"),
    "opens": N_("Opens"),
    "closes": N_("Closes"),
    "attempts": N_("Attempts"),
    "unlimited": N_("not limited"),
    "marking": N_("Marking"),
    "marking_says": N_("Written answers that wait for a mark."),
    "progress": N_("Progress"),
    "progress_says": N_("Cohorts, modules and competencies; who is stuck or late."),
    "roster": N_("Roster"),
    "roster_says": N_("People, cohorts and roles; import and export."),
    "dates": N_("Dates"),
    "dates_says": N_("Opening, due and closing times, attempts, extensions."),
    "history": N_("History of a grade"),
    "history_says": N_("Who changed which mark and when, from the signed ledger."),
    "backups": N_("Backups"),
    "backups_says": N_("The whole academy in one file."),
    "not_on_roster": N_("You are not on the roster yet; ask whoever runs the academy."),
    # the roster
    "search": N_("Name or id contains"),
    "person": N_("Person"),
    "add_person": N_("Add a person"),
    "edit": N_("Edit"),
    "edit_person": N_("Edit {name}"),
    "export": N_("Export as CSV"),
    "import": N_("Import a CSV"),
    "groups_later": N_(
        "Cohort, name and language count at once. Rights at the hub follow the role at the next "
        "log-in."
    ),
    "id": N_("Id at log-in"),
    "name": N_("Name"),
    "cohort": N_("Cohort"),
    "unit": N_("Unit"),
    "sex": N_("Sex"),
    "rank": N_("Rank"),
    "role": N_("Role"),
    "trainee": N_("Trainee"),
    "instructor": N_("Instructor"),
    "admin": N_("Admin"),
    "f": N_("female"),
    "m": N_("male"),
    "unknown": N_("not known"),
    "remove": N_("Remove from the roster"),
    "remove_sure": N_("Yes, remove this person. Their work and their marks stay on record."),
    "removed": N_("Removed."),
    "mend": N_("Not saved. Mend what is marked:"),
    # importing
    "file": N_("CSV file"),
    "encoding": N_("Encoding, if it is not Unicode"),
    "unicode": N_("Unicode (UTF-8 or UTF-16)"),
    "complete": N_("The file holds everybody: remove who is not in it"),
    "columns": N_(
        "The first line names the columns, in English, French or Arabic: {columns}. Only the id "
        "is needed; what the file lacks stays as it is."
    ),
    "look": N_("See what it would change"),
    "plan": N_("What the import would change"),
    "nothing_done": N_("Nothing was changed yet."),
    "lines_wrong": N_("Problems: {number}. Nothing can be imported before they are mended."),
    "line": N_("Line"),
    "column": N_("Column"),
    "problem": N_("Problem"),
    "added": N_("Added: {number}"),
    "changed": N_("Changed: {number}"),
    "gone": N_("Removed: {number}"),
    "unchanged": N_("Unchanged: {number}"),
    "more": N_("and {number} more"),
    "before": N_("Before"),
    "after": N_("After"),
    "field": N_("Field"),
    "do_import": N_("Import"),
    "imported": N_("Imported."),
    "again": N_("The file is not at hand any more; choose it again."),
    "no_file": N_("Choose a file first."),
    "choose_again": N_("Choose another file"),
    # dates
    "dates_of": N_("Dates of {module}"),
    "for_cohort": N_("For whom"),
    "dates_help": N_(
        "An empty field of a cohort means what holds for everyone. Work after “due” is late; after "
        "“closes” it is not taken."
    ),
    "extension": N_("Extension"),
    "extensions": N_("Extensions"),
    "extend": N_("Give an extension"),
    "extend_module": N_("An extension for {module}"),
    "extend_help": N_(
        "For one trainee or for one cohort; it replaces an earlier one and only ever gives more."
    ),
    "trainee_id": N_("Id of the trainee"),
    "or_cohort": N_("or cohort"),
    "until": N_("Due until"),
    "more_attempts": N_("Additional attempts"),
    "why": N_("Reason"),
    "by": N_("By"),
    "take_back": N_("Take back"),
    "take_back_of": N_("Take back the extension of {name}"),
    "taken_back": N_("Taken back."),
    "change_of": N_("Change the dates of {name}"),
    # history
    "module": N_("Module"),
    "question": N_("Question"),
    "show": N_("Show"),
    "verified": N_("The ledger verifies. Events: {rows}; signed checkpoints: {points}."),
    "verified_at": N_("Verified on {when}."),
    "verify_again": N_("Verify again now"),
    "not_verified": N_("The ledger does not verify. Keep it as it is and compare a backup."),
    "no_events": N_("Nothing is on record."),
    "number": N_("No."),
    "when": N_("When"),
    "what": N_("What"),
    "who": N_("Who"),
    "receipts": N_("Receipts"),
    "received": N_("Received"),
    "size": N_("Size"),
    "signature": N_("Signature"),
    "valid": N_("valid"),
    "not_valid": N_("not the academy's"),
    "attempt": N_("Attempt"),
    "details": N_("Actions"),
    "print": N_("This page can be printed; it shows no answers."),
    # backups
    "make_backup": N_("Make a backup now"),
    "being_made": N_("A backup is being made."),
    "reload": N_("Load again"),
    "made": N_("Made"),
    "download": N_("Download"),
    "download_of": N_("Download {name}"),
    "backup_file": N_("File"),
    "no_backups": N_("There is no backup yet."),
    "backup_done": N_("The backup is done."),
    "backup_failed": N_("The backup failed: {reason}"),
    "backup_unsound": N_(
        "The ledger in the last backup does not verify; it cannot be restored. Tell whoever runs "
        "the academy."
    ),
    "secrets": N_(
        "A backup holds every secret of the academy: its keys, the truth of every case and "
        "everybody's work. Keep it where you would keep those; each download is on record."
    ),
    "restoring": N_(
        "Whoever runs the server restores one with {command}, while the academy is stopped."
    ),
}

KINDS: Final = {
    "issued": N_("Exhibits issued"),
    "opened": N_("Opened"),
    "submitted": N_("Submitted"),
    "graded": N_("Marked by the machine"),
    "regraded": N_("Marked again by the machine"),
    "hand-marked": N_("Marked by hand"),
    "commented": N_("Commented"),
    "feedback-released": N_("Feedback released"),
    "authorised": N_("Authorised"),
    "revoked": N_("Revoked"),
    "enrolled": N_("Enrolled"),
    "person-changed": N_("Changed on the roster"),
    "person-removed": N_("Removed from the roster"),
    "extended": N_("Extension given or taken back"),
}

# Where a trainee stands in a module.
STATES: Final = {
    "closed": N_("Closed"),
    "open": N_("Open"),
    "issued": N_("Exhibits received"),
    "submitted": N_("Handed in"),
    "graded": N_("Graded"),
    "mastered": N_("Mastered"),
}

# Why a question is marked as it is, in a word.
FLAGS: Final = {
    "unanswered": N_("not answered"),
    "malformed": N_("of another form"),
    "oversized": N_("too large"),
    "duplicated": N_("handed over twice"),
    "died": N_("the run ended early"),
    "check-failed": N_("to be looked at by a person"),
    "unreadable": N_("unreadable"),
    "extra-credit": N_("extra credit"),
}
