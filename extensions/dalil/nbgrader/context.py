"""The parts of Dalil that nbgrader's plug-ins work with, made once per academy."""

from __future__ import annotations

import weakref
from functools import lru_cache
from pathlib import Path

from traitlets.config import Config

from dalil.curriculum import Module, load_module
from dalil.exchange import Exchange
from dalil.grading.runner import runner_of
from dalil.grading.service import Grader
from dalil.models import module_id
from dalil.nbgrader.release import shared_release
from dalil.settings import Settings, load_settings, settings_from


def settings_of(config: Config) -> Settings:
    """Return the settings behind an nbgrader application's configuration."""
    root = config.get("Dalil", {}).get("root")
    return settings_from(config, Path(root)) if root else load_settings()


@lru_cache(maxsize=8)
def exchange_of(settings: Settings) -> Exchange:
    """Return the exchange of an academy."""
    settings.prepare()
    return Exchange(settings)


@lru_cache(maxsize=8)
def grader_of(settings: Settings) -> Grader:
    """Return the grader of an academy.

    Its runner is closed when nobody uses the grader any more, at the latest at the end.
    """
    return _grader(settings, unsafe=False)


@lru_cache(maxsize=8)
def unsafe_grader_of(settings: Settings) -> Grader:
    """Return one that runs notebooks without a sandbox where there is none: work one trusts."""
    return _grader(settings, unsafe=True)


def _grader(settings: Settings, *, unsafe: bool) -> Grader:
    grader = Grader(
        settings=settings,
        exchange=exchange_of(settings),
        runner=runner_of(settings, unsafe=unsafe),
        release=lambda module, language: shared_release(settings, module, language),
    )
    weakref.finalize(grader, grader.runner.close)
    return grader


def module_of(settings: Settings, assignment: str) -> Module:
    """Return the module of an nbgrader assignment. Raises CurriculumError."""
    return load_module(settings, module_id(assignment))
