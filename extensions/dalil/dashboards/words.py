"""The words of the apps, English msgids."""

from __future__ import annotations

from typing import Final

from dalil.models import N_

PAGE: Final = {
    "title": N_("Progress of the academy"),
    "home": N_("To the academy"),
    "language": N_("Language"),
    "skip": N_("To the figures"),
    "light": N_("Light"),
    "dark": N_("Dark"),
    "loading": N_("The figures are coming …"),
    "no_scripts": N_("This page needs JavaScript. Please allow it in the browser."),
}
VIEWS: Final = {
    "overview": N_("Overview"),
    "spread": N_("Distribution"),
    "stuck": N_("Who is stuck"),
    "queue": N_("Queue"),
    "late": N_("Late work"),
    "groups": N_("Unit, sex, rank"),
    "trainee": N_("Trainees"),
}
ROWS: Final = {
    "cohort": N_("Modules"),
    "skills": N_("Competencies"),
    "matrix": N_("Competencies in each module"),
}
EXPLAINED: Final = {
    "overview": N_("Mean share of the points of those who are graded; below it how many they are."),
    "spread": N_("How many trainees reached which share of the points, in fifths."),
    "stuck": N_(
        "Nothing was handed in for a week, or a second attempt earned less than half of the points."
    ),
    "queue": N_("Work that waits for the machine or for a marker, the oldest first."),
    "late": N_("What came after its due date, or is due and has not come."),
    "groups": N_(
        "Groups of fewer than 5 are left out, and as many others as it takes that nobody can work "
        "them out of the totals."
    ),
    "trainee": N_("Choose somebody to see module by module."),
}
