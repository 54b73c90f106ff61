"""Arabic and French: catalogues, localised notebooks, and what is still to translate."""

from dalil.translation.accepted import accepted_language
from dalil.translation.catalogue import (
    ENGLISH,
    Catalogue,
    find_catalogue,
    load_catalogue,
    translate,
)
from dalil.translation.glossary import GLOSSARY_NAME, Glossary, Term, load_glossary
from dalil.translation.interface import Interface, interface, shaped, visitor_language
from dalil.translation.localise import PLACEHOLDERS, localise
from dalil.translation.messages import Domain, Entry, extract, own_domain
from dalil.translation.upkeep import missing, missing_in, update, update_in

__all__ = [
    "ENGLISH",
    "GLOSSARY_NAME",
    "PLACEHOLDERS",
    "Catalogue",
    "Domain",
    "Entry",
    "Glossary",
    "Interface",
    "Term",
    "accepted_language",
    "extract",
    "find_catalogue",
    "interface",
    "load_catalogue",
    "load_glossary",
    "localise",
    "missing",
    "missing_in",
    "own_domain",
    "shaped",
    "translate",
    "update",
    "update_in",
    "visitor_language",
]
