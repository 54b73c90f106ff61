"""Measure a course's reference method against published answers and the bounds it promises.

``python -m dalil.validate firearms`` prints a table and ends with status 1 when the method misses a
bound; ``--all`` does so for every course. Each module here measures one course::

    def validate(report: Report, options: argparse.Namespace) -> None: ...
    def add_options(parser: argparse.ArgumentParser) -> None: ...  # its own options, if any

Real data are never part of the project: ``Report.folder`` says where they are looked for.
"""

from dalil.validate.reporting import Figure, Report, data_folder, data_root

__all__ = ["Figure", "Report", "data_folder", "data_root"]
