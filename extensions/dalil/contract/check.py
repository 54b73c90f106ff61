"""Checking a module against the whole contract."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor, as_completed

import dalil.contract.rules  # noqa: F401 -- registers the rules
from dalil.contract.findings import RULES, BrokenError, Finding, Rule
from dalil.contract.subject import Subject
from dalil.errors import UsageError
from dalil.models import module_id
from dalil.settings import Settings

Progress = Callable[[str, int, int], None]

FIRST = ("files", "schema", "clean-notebooks", "exercise-cells", "checks-complete", "imports")


def check_module(
    settings: Settings,
    name: str,
    *,
    run_notebooks: bool = True,
    only: Collection[str] | None = None,
    cases: int = 1,
    progress: Progress | None = None,
) -> list[Finding]:
    """Return what keeps the module *name* from being complete, sorted by file; [] if nothing.

    ``run_notebooks=False`` leaves out the rules that execute notebooks, *only* all others than the
    named ones; with more *cases* the ways of answering are tried on as many trainees' cases. What
    cannot be right while the files themselves are wrong is not tried: while a
    rule of ``FIRST`` finds errors, the others wait. ``progress(rule, done, total)`` follows.

    Sets DALIL_ROOT and DALIL_ACADEMY while it works: one check at a time in a process. Raises
    UsageError for a rule or a module that does not exist.
    """
    chosen = _chosen(only, run_notebooks)
    identity = module_id(name)
    folders = [settings.root / part / identity for part in ("courses", "exercises", "graders")]
    if not any(folder.is_dir() for folder in folders):
        raise UsageError(f"no module {name!r}; run dalil module list, or dalil module new {name}")
    step = _steps(progress, len(chosen))
    first = [rule for rule in chosen if rule.name in FIRST]
    found: set[Finding] = set()
    with Subject(settings, identity, cases) as subject:
        for rule in first:
            found.update(_look(rule, subject))
            step(rule.name)
        if not any(finding.severity == "error" for finding in found):
            rest = [rule for rule in chosen if rule.name not in FIRST]
            # One thread each: they wait for one another and for the child processes, of which
            # Subject lets only two run at once.
            with ThreadPoolExecutor(max(1, len(rest))) as executor:
                futures = {executor.submit(_look, rule, subject): rule for rule in rest}
                for future in as_completed(futures):
                    found.update(future.result())
                    step(futures[future].name)
    return sorted(found)


def rules_in_order() -> list[Rule]:
    """Return every rule: those that a module must keep before the others are tried, the others."""
    first = [RULES[name] for name in FIRST]
    return [*first, *(rule for rule in RULES.values() if rule not in first)]


def _chosen(only: Collection[str] | None, run_notebooks: bool) -> list[Rule]:
    if unknown := sorted(set(only or ()) - set(RULES)):
        raise UsageError(f"no rule {', '.join(unknown)}; see dalil module check --rules")
    return [
        rule
        for rule in rules_in_order()
        if (only is None or rule.name in only) and (run_notebooks or not rule.runs)
    ]


def _look(rule: Rule, subject: Subject) -> list[Finding]:
    found: list[Finding] = []
    try:
        for fault in rule.look(subject):
            found.append(subject.finding(rule.name, fault))
    except BrokenError as broken:
        found += broken.findings
    return found


def _steps(progress: Progress | None, total: int) -> Callable[[str], None]:
    done = 0

    def step(name: str) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(name, done, total)

    return step
