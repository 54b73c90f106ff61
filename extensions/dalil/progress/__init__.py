"""Progress: who has got how far, who is stuck, which question fails.

``attainments`` folds events and marks into rows; ``Progress`` keeps what they come to for a whole
academy and gives ``Figures``, which the command, the service and the app show.
"""

from dalil.progress.attainment import (
    Attainment,
    Change,
    MarkLike,
    ModuleLike,
    QuestionLike,
    QuestionMark,
    attainments,
)
from dalil.progress.breakdown import SENSITIVE
from dalil.progress.figures import VIEWS, Figures
from dalil.progress.lists import LISTS
from dalil.progress.plots import describe, plot
from dalil.progress.questions import by_question
from dalil.progress.service import Progress
from dalil.progress.snapshot import KINDS, Marks
from dalil.progress.statistics import median_interval, wilson
from dalil.progress.tables import COLUMNS, FIFTH_NAMES, WORDS, Column, Table, table_of
from dalil.progress.writers import csv_lines, rich_table, write_csv, write_xlsx, xlsx

__all__ = [
    "COLUMNS",
    "FIFTH_NAMES",
    "KINDS",
    "LISTS",
    "SENSITIVE",
    "VIEWS",
    "WORDS",
    "Attainment",
    "Change",
    "Column",
    "Figures",
    "MarkLike",
    "Marks",
    "ModuleLike",
    "Progress",
    "QuestionLike",
    "QuestionMark",
    "Table",
    "attainments",
    "by_question",
    "csv_lines",
    "describe",
    "median_interval",
    "plot",
    "rich_table",
    "table_of",
    "wilson",
    "write_csv",
    "write_xlsx",
    "xlsx",
]
