"""What every validator reports with: figures and their bounds, tables, plots, where data lie."""

from dalil.validate.reporting.data import DATA_VARIABLE, data_folder, data_root
from dalil.validate.reporting.figures import Figure, table
from dalil.validate.reporting.report import Report, output_folder

__all__ = [
    "DATA_VARIABLE",
    "Figure",
    "Report",
    "data_folder",
    "data_root",
    "output_folder",
    "table",
]
