"""Reading submissions: whatever lies in the folder, nbgrader's pipeline gets a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_notebook


class SubmissionExporter(NotebookExporter):
    """Hands the *bytes* of a submitted notebook to the preprocessors, unparsed.

    nbgrader reads a submission with nbformat, where broken JSON, an old format or a missing key
    ends the whole submission. Here the first pass starts from an empty notebook and
    ``RebuildSubmission`` reads the bytes with our own care; the second pass reads what the first
    one wrote.
    """

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        resources = resources if resources is not None else {}
        path = Path(filename)
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        resources["dalil"] = {"path": path}
        notebook = new_notebook()
        read: tuple[NotebookNode, dict[str, Any]] = self.from_notebook_node(  # type: ignore[no-untyped-call]
            notebook, resources=resources, **kw
        )
        return read
