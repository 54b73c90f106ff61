"""Notebooks as files that nobody vouches for: read, written, rebuilt, and looked over."""

from dalil.notebooks.files import (
    MAX_NOTEBOOK_BYTES,
    notebook_bytes,
    read_bytes,
    read_graded,
    read_notebook,
    read_submission,
    write_notebook,
)
from dalil.notebooks.rebuild import (
    MAX_SOURCE_BYTES,
    Rebuilt,
    answer_cells,
    cell_name,
    grade_points,
    rebuild,
)
from dalil.notebooks.solving import reference, solve
from dalil.notebooks.tidy import untidy

__all__ = [
    "MAX_NOTEBOOK_BYTES",
    "MAX_SOURCE_BYTES",
    "Rebuilt",
    "answer_cells",
    "cell_name",
    "grade_points",
    "notebook_bytes",
    "read_bytes",
    "read_graded",
    "read_notebook",
    "read_submission",
    "rebuild",
    "reference",
    "solve",
    "untidy",
    "write_notebook",
]
