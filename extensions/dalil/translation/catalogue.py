"""Catalogues: what a ``.po`` file says, and messages with their places filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalil.errors import TranslationError, UsageError
from dalil.models import RIGHT_TO_LEFT, Language, language

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
# First strong isolate … pop: a value keeps its own direction and disturbs nobody else's (UAX #9).
ISOLATE, LEFT, POP = "\u2068", "\u2066", "\u2069"
MAX_PO_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Catalogue:
    """Translations of one language, English msgid → text; fuzzy and empty ones are left out."""

    language: Language
    messages: Mapping[str, str] = field(default_factory=dict)

    def get(self, message: str) -> str:
        """The translation, or *message* itself where there is none."""
        return self.messages.get(message, message)

    def __contains__(self, message: object) -> bool:
        return message in self.messages

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, as HTML's ``dir`` wants it."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


ENGLISH = Catalogue("en")


def load_catalogue(path: Path) -> Catalogue:
    """Return the catalogue of a ``.po`` file named after its language (``ar.po``).

    Raises TranslationError when it is missing or broken.
    """
    try:
        name = language(path.stem)
    except UsageError as error:
        raise TranslationError(f"{path.name}: {error}") from None
    found = {
        message.id: message.string
        for message in read_po(path)
        if isinstance(message.id, str)
        and isinstance(message.string, str)
        and message.id
        and message.string
        and not message.fuzzy
    }
    return Catalogue(name, found)


def find_catalogue(folder: Path, name: Language) -> Catalogue:
    """Return the catalogue of *name* below ``folder/locale``; English needs no file.

    *folder* is ``courses/<module>`` or ``exercises/<module>``. Raises TranslationError.
    """
    return ENGLISH if name == "en" else load_catalogue(folder / "locale" / f"{name}.po")


def read_po(path: Path) -> Catalog:
    """Return Babel's catalogue of a ``.po`` file; raises TranslationError naming file and line."""
    # Babel takes as long to import as the rest of a notebook's imports together.
    from babel.messages.pofile import PoFileError, read_po

    place = "/".join(path.parts[-4:])
    try:
        with path.open("rb") as stream:
            if len(stream.read(MAX_PO_BYTES + 1)) > MAX_PO_BYTES:
                raise TranslationError(f"{place}: larger than {MAX_PO_BYTES // 2**20} MiB")
            stream.seek(0)
            return read_po(stream, locale=path.stem, charset="utf-8", abort_invalid=True)
    except FileNotFoundError:
        raise TranslationError(f"{place}: missing; update the translations of the module") from None
    except OSError as error:
        raise TranslationError(f"{place}: cannot be read ({error.strerror})") from None
    except PoFileError as error:
        raise TranslationError(f"{place}: line {error.lineno + 1}: {error}") from None
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        line = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        raise TranslationError(f"{place}: not a gettext catalogue ({line})") from None


def translate(message: str, values: Mapping[str, Any], catalogue: Catalogue) -> str:
    """Return *message* in the catalogue's language with its ``{places}`` filled from *values*.

    Only plain names count as places: no attribute, index, format or conversion is looked up; a
    name without a value stays as it is written.
    """
    return fill(catalogue.get(message), {k: show(v, catalogue) for k, v in values.items()})


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace each ``{name}`` of *template* that *values* knows, in one pass."""
    return PLACE.sub(lambda match: values.get(match[1], match[0]), template)


def show(value: Any, catalogue: Catalogue) -> str:
    """*value* as a person of that language writes it: floats to 6 significant digits.

    French and Moroccan Arabic write a decimal comma and the digits 0 to 9.
    """
    if isinstance(value, float):
        text = f"{value:.6g}"
        text = text if catalogue.language == "en" else text.replace(".", ",")
    else:
        text = str(value)
    return f"{ISOLATE}{text}{POP}" if catalogue.direction == "rtl" else text
