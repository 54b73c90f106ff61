"""Keeping catalogues in step with what they translate."""

from __future__ import annotations

import difflib
import io
import os
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalil.errors import TranslationError
from dalil.models import LANGUAGES, Language
from dalil.notebooks.tidy import bidi_problem
from dalil.translation.catalogue import PLACE, read_po
from dalil.translation.direction import CODE_SPAN
from dalil.translation.messages import Domain, Entry, extract

if TYPE_CHECKING:
    from dalil.curriculum import Module

TRANSLATED: tuple[Language, ...] = tuple(name for name in LANGUAGES if name != "en")
_HEADER = (
    'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
)
MATHS = re.compile(r"\$\$.+?\$\$|(?<![\\$\w])\$(?![\s$])[^$\n]+?(?<!\s)\$(?!\d)", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)")
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}(?= )", re.MULTILINE)
_SIMILAR = 0.6


def update(module: Module) -> list[Path]:
    """Bring the module's catalogues in step with its texts; returns the files that changed.

    Translations are kept. A text that changed keeps its translation too, marked fuzzy; texts that
    are gone are dropped.
    """
    return [path for domain in extract(module) for path in update_in(domain)]


def update_in(domain: Domain) -> list[Path]:
    """``update`` for one domain."""
    changed = []
    for language in TRANSLATED:
        path = domain.path(language)
        old = {m.id: m for m in read_po(path) if m.id} if path.exists() else {}
        data = _written(domain, old, language)
        if not path.exists() or path.read_bytes() != data:
            _replace(path, data)
            changed.append(path)
    return changed


def _written(domain: Domain, old: dict[Any, Any], language: Language) -> bytes:
    """The bytes of a catalogue: the same for the same texts and translations, without a date."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    catalog = Catalog(locale=language)
    present = {entry.message for entry in domain.entries}
    gone = {text: message for text, message in old.items() if text not in present}
    for entry in domain.entries:
        before = old.get(entry.message)
        source = before or _ancestor(entry, gone)
        message = catalog.add(
            entry.message,
            string=source.string if source and isinstance(source.string, str) else "",
            # A line number would change whenever code moves.
            locations=[(place, None) for place in entry.locations],  # type: ignore[misc]
            user_comments=source.user_comments if source else (),
        )
        # Babel guesses from any % or { of prose; only templates are filled.
        message.flags = {"python-brace-format"} if _places(entry) else set()
        if message.string and (source is not before or (before and before.fuzzy)):
            message.flags.add("fuzzy")
    stream = io.BytesIO()
    write_po(stream, catalog, width=0, omit_header=True)
    return _HEADER.format(language=language).encode() + stream.getvalue().strip() + b"\n"


def _ancestor(entry: Entry, gone: dict[Any, Any]) -> Any:
    """The message that *entry* was before somebody changed it: same cell, or similar text."""
    for message in gone.values():
        cells = {place for place, _ in message.locations if "#" in place}
        if cells & set(entry.locations):
            return message
    texts = [text for text in gone if isinstance(text, str) and len(text) < 2000]
    close = difflib.get_close_matches(entry.message[:2000], texts, n=1, cutoff=_SIMILAR)
    return gone[close[0]] if close else None


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        raise TranslationError(f"{path.name}: cannot be written ({error.strerror})") from None


def missing(module: Module, language: Language) -> list[str]:
    """Return what is wrong with the translations of *module*, one line each; [] when complete.

    Not translated, fuzzy, no longer used, copied from the English, or with other places, code,
    formulas, links, headings or blocks of code than the English text.
    """
    return [line for domain in extract(module) for line in missing_in(domain, language)]


def missing_in(domain: Domain, language: Language) -> list[str]:
    """``missing`` for one domain; English is never missing."""
    return [str(lack) for lack in lacking(domain, language)]


@dataclass(frozen=True)
class Lack:
    """One thing wrong with one catalogue: ``file`` is ``exercises/glass/locale/ar.po``.

    ``place`` is where the text stands (``glass.ipynb#intro``), ``text`` its beginning; both are
    empty for what concerns the catalogue as a whole.
    """

    file: str
    problem: str
    place: str = ""
    text: str = ""

    def __str__(self) -> str:
        where = f"{self.place} {self.text}".strip()
        return f"{self.file}: {where}: {self.problem}" if where else f"{self.file}: {self.problem}"


def lacking(domain: Domain, language: Language) -> list[Lack]:
    """What ``missing_in`` tells, in parts."""
    if language == "en":
        return []
    path = domain.path(language)
    file = f"{'/'.join(domain.folder.parts[-2:])}/locale/{path.name}"
    if not path.exists():
        return [Lack(file, "missing; update the translations of the module")]
    try:
        catalog = read_po(path)
    except TranslationError as error:
        return [Lack(file, str(error).removeprefix(f"{file}: "))]
    found = {message.id: message for message in catalog if message.id}
    lacks = []
    for entry in domain.entries:
        problems = _problems(entry, found.pop(entry.message, None))
        where = entry.locations[0], _short(entry.message)
        lacks += [Lack(file, problem, *where) for problem in problems]
    lacks += [Lack(file, "no longer used; update", text=_short(str(text))) for text in found]
    if catalog.obsolete:
        lacks.append(Lack(file, f"{len(catalog.obsolete)} obsolete message(s); update"))
    return lacks


def _short(text: str) -> str:
    line = text.strip().split("\n")[0]
    return f"“{line if len(line) <= 40 else line[:39] + '…'}”"


def _problems(entry: Entry, message: Any) -> Iterator[str]:
    if message is None:
        yield "not in the catalogue; update"
        return
    if not isinstance(message.string, str) or not message.string.strip():
        yield "not translated"
        return
    if message.fuzzy:
        yield "fuzzy: the English changed; check the translation and remove the mark"
    source, target = entry.message, message.string
    if source == target and len(re.findall(r"[^\W\d_]{2,}", source)) > 3:
        yield "a copy of the English"
    if _places(entry) != (set(PLACE.findall(target)) if entry.kind == "template" else set()):
        yield "its {places} differ from those of the English"
    for what, pattern in (
        ("code", CODE_SPAN),
        ("formula", MATHS),
        ("link", LINK),
        ("heading", _HEADING),
        ("block of code", _FENCE),
    ):
        if lost := Counter(_all(pattern, source)) - Counter(_all(pattern, target)):
            yield f"the translation lost the {what} {next(iter(lost)).strip()[:40]}"
    for line in target.split("\n"):
        if problem := bidi_problem(line, False):
            yield problem
            break


def _places(entry: Entry) -> set[str]:
    return set(PLACE.findall(entry.message)) if entry.kind == "template" else set()


def _all(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match[0] for match in pattern.finditer(text)]
