"""What the code of a module may import: the platform's small surface and the scientific stack."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import Subject
from dalil.curriculum.module import PUBLIC_FACE

SURFACE = ("dalil.case", "dalil.courses", "dalil.errors", "dalil.forging", "dalil.models")
COURSE_ONLY = ("dalil.lessons", "dalil.translation")  # what lessons and apps show
GRADER_ONLY = "dalil.marks"
STACK = frozenset(
    {
        *("IPython", "PIL", "arabic_reshaper", "bidi", "cryptography", "datasketch", "evtx"),
        *("imageio", "ipywidgets", "matplotlib", "mpl_toolkits", "networkx", "numpy", "pandas"),
        *("pytsk3", "rapidfuzz", "scipy", "sigma", "skimage", "sklearn", "tifffile", "yaml"),
        "yara_x",
    }
)


@rule(
    "imports",
    "Code of a module imports only dalil's small surface, courses and the scientific stack; "
    "nothing outside graders/ reaches into it; a package of methods has __all__.",
)
def imports(subject: Subject) -> Iterator[Fault]:
    for path, cell, tree in _code(subject):
        place = f"cell {cell}: " if cell else ""
        if isinstance(tree, SyntaxError):
            yield Fault(path, f"{place}not Python: {tree.msg}", "mend the syntax", cell=cell)
            continue
        if path.name == PUBLIC_FACE and (problem := _face_problem(tree)):
            yield Fault(path, problem, "name there what lessons, exercises and graders may use")
        surface: tuple[str, ...] = SURFACE
        if path in (subject.lesson, subject.app):
            surface = (*SURFACE, *COURSE_ONLY)
        elif path.parent == subject.grader:
            surface = (*SURFACE, GRADER_ONLY)
        for line, name in _imported(tree):
            if problem := _problem(name, surface):
                message = f"{place}line {line} imports {name}"
                yield Fault(path, message, problem, cell=cell)
        if path.is_relative_to(subject.grader):
            continue
        for line in _reaches(tree):
            message = f"{place}line {line} reaches into graders/"
            hint = "nothing that a trainee can read may know that folder"
            yield Fault(path, message, hint, cell=cell)


def _code(subject: Subject) -> Iterator[tuple[Path, str, ast.Module | SyntaxError]]:
    """Yield (file, id of the cell in it, parsed code) of every Python file and code cell."""
    for path in (*subject.methods, *subject.grader_files):
        subject.require(path)
        yield path, "", _parse(path.read_text(encoding="utf-8", errors="replace"))
    magic = TransformerManager()
    for path in subject.notebook_paths:
        for cell in subject.notebook(path).cells:
            if cell.cell_type == "code":
                try:
                    source = magic.transform_cell(cell.source)
                except SyntaxError as error:
                    yield path, cell.id, error
                    continue
                yield path, cell.id, _parse(source)


def _face_problem(tree: ast.Module) -> str:
    """What is wrong with ``__all__`` of a package's public face; "" if nothing."""
    offered: list[str] | None = None
    bound: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            bound |= names
            if "__all__" in names and isinstance(node.value, (ast.List, ast.Tuple)):
                offered = [str(getattr(e, "value", "?")) for e in node.value.elts]
    if not offered:
        return "has no __all__, a list of names"
    missing = sorted(set(offered) - bound)
    return f"offers {', '.join(missing)} in __all__ and has none" if missing else ""


def _parse(source: str) -> ast.Module | SyntaxError:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        tree: ast.Module = compile(source, "cell", "exec", flags)
        return tree
    except (SyntaxError, ValueError) as error:
        return error if isinstance(error, SyntaxError) else SyntaxError(str(error))


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, full dotted name) of everything imported anywhere in *tree*."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module in ("dalil", "graders"):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, module


def _problem(name: str, surface: tuple[str, ...]) -> str:
    """What to do about an import of *name*; "" if it is welcome."""
    top = name.partition(".")[0]
    if top == "dalil":
        if any(name == known or name.startswith(f"{known}.") for known in surface):
            return ""
        return f"a module uses {', '.join(surface)} of dalil and nothing else"
    if name.startswith("."):
        return "write it as from dalil.courses.… import …"
    if top == "graders":
        return "graders/ is on no import path; share code through the methods of the course"
    if top in STACK or top in sys.stdlib_module_names:
        return ""
    return f"{top} is not in the platform's environment; use {', '.join(sorted(STACK))}"


def _reaches(tree: ast.Module) -> Iterator[int]:
    """Lines whose text literals name the folder of the graders as a path."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.replace("\\", "/")
            if words.strip("/") == "graders" or "graders/" in words:
                yield node.lineno
