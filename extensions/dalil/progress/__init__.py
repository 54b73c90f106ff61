"""Progress: who has got how far, which question fails. Pure views over events and marks."""

from dalil.progress.attainment import Attainment, Change, QuestionMark, attainments
from dalil.progress.plots import describe, plot
from dalil.progress.statistics import median_interval, wilson
from dalil.progress.views import VIEWS, Column, Table, table
from dalil.progress.writers import rich_table, write_csv

__all__ = [
    "VIEWS",
    "Attainment",
    "Change",
    "Column",
    "QuestionMark",
    "Table",
    "attainments",
    "describe",
    "median_interval",
    "plot",
    "rich_table",
    "table",
    "wilson",
    "write_csv",
]
