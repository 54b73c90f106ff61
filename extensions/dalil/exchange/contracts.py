"""What the exchange asks of the settings and of a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from dalil.answers import Form


class Places(Protocol):
    """``dalil.settings.Settings``, as far as it is needed here."""

    @property
    def course_id(self) -> str: ...
    @property
    def database_url(self) -> str: ...
    @property
    def records(self) -> Path: ...
    @property
    def keys(self) -> Path: ...
    @property
    def exhibits(self) -> Path: ...


class DeclaredExhibit(Protocol):
    """An exhibit of ``module.toml``: ``file`` is a plain name."""

    @property
    def name(self) -> str: ...
    @property
    def file(self) -> str: ...


class AskedQuestion(Protocol):
    """A question of ``module.toml``: ``form`` is None for one that is answered in writing."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def form(self) -> Form | Mapping[str, Any] | None: ...


class ModuleLike(Protocol):
    """``dalil.curriculum.Module``, as far as it is needed here; ``grader`` is a folder."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def course(self) -> Path: ...
    @property
    def grader(self) -> Path: ...
    @property
    def exhibits(self) -> Sequence[DeclaredExhibit]: ...
    @property
    def questions(self) -> Sequence[AskedQuestion]: ...
