"""Reports of one incident: candidates by MinHash, verified by their words and particulars.

Two reports of one incident are two reports and one incident: counted twice, they would make a
campaign look like a wave of crime. Sources: A. Broder, "On the resemblance and containment of
documents" (1997) for MinHash; P. Indyk and R. Motwani, STOC (1998) for locality-sensitive hashing
(``datasketch``); the token set ratio is that of ``rapidfuzz``.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
from datasketch import MinHash, MinHashLSH
from rapidfuzz import fuzz

from dalil.courses.iblagh.methods import normal
from dalil.courses.iblagh.methods.identifiers import redact

SHINGLE = 4  # characters of the consonants of a report
PERMUTATIONS = 64
CANDIDATE = 0.25  # estimated Jaccard similarity above which a pair is looked at
# Of the reports, and in number: a shingle in more of them is everyday wording, and no evidence. (So
# a campaign of more than a tenth of the reports hides itself: compare more of them at once.)
COMMON, LEAST_COMMON = 0.1, 16
ALIKE = 76.0  # least ratio of the telling words, 0 to 100
# A number and its unit; a number without one may be of a file, a day or a street.
_AMOUNT = re.compile(r"(?<!\d)(\d{1,3}(?:[ .,]\d{3})+|\d+) ?(?:dh|drhm|dirham|درهم|د\b)")


@dataclass(frozen=True)
class Pair:
    """Two reports that were compared: ``alike`` is the ratio, 0 to 100."""

    first: str
    second: str
    alike: float
    amounts_agree: bool

    @property
    def one_incident(self) -> bool:
        return self.alike >= ALIKE and self.amounts_agree


def amounts(text: str) -> frozenset[int]:
    """The sums of money in *text*, without identifiers; digits of any script."""
    western = normal.fold(redact(text))
    return frozenset(int(re.sub(r"\D", "", found[1])) for found in _AMOUNT.finditer(western))


def compare(reports: Mapping[str, str]) -> list[Pair]:
    """The pairs of *reports* (name to text) that MinHash finds worth a look, verified."""
    names = list(reports)
    words = {name: normal.sounds(redact(text)).split() for name, text in reports.items()}
    shingles = {name: _shingles(" ".join(one)) for name, one in words.items()}
    seen = Counter(shingle for one in shingles.values() for shingle in one)
    rare = {s for s, count in seen.items() if count <= max(LEAST_COMMON, COMMON * len(names))}
    index = MinHashLSH(threshold=CANDIDATE, num_perm=PERMUTATIONS)
    hashes = {}
    for name in names:
        hashes[name] = MinHash(num_perm=PERMUTATIONS, seed=1)
        hashes[name].update_batch([s.encode() for s in shingles[name] & rare])
        index.insert(name, hashes[name])
    telling = {name: _telling(words[name], rare) for name in names}
    sums = {name: amounts(text) for name, text in reports.items()}
    place = {name: n for n, name in enumerate(names)}
    return [
        Pair(
            first, second, fuzz.ratio(telling[first], telling[second]), _agree(sums, first, second)
        )
        for first in names
        for second in sorted(index.query(hashes[first]), key=place.__getitem__)
        if place[first] < place[second]
    ]


def clusters(reports: Mapping[str, str]) -> list[list[str]]:
    """Groups of two or more reports of one incident, each in the order of *reports*."""
    graph = nx.Graph()
    for pair in compare(reports):
        if pair.one_incident:
            graph.add_edge(pair.first, pair.second)
    place = {name: n for n, name in enumerate(reports)}
    groups = (sorted(group, key=place.__getitem__) for group in nx.connected_components(graph))
    return sorted(groups, key=lambda group: place[group[0]])


def first_of_each(names: Sequence[str], groups: Sequence[Sequence[str]]) -> list[str]:
    """One name for each incident: *names* without the later ones of each group."""
    later = {name for group in groups for name in group[1:]}
    return [name for name in names if name not in later]


def _shingles(text: str) -> set[str]:
    return {text[n : n + SHINGLE] for n in range(max(1, len(text) - SHINGLE + 1))}


def _telling(words: Sequence[str], rare: set[str]) -> str:
    """The words that hold a rare shingle, in their order."""
    return " ".join(word for word in words if _shingles(f" {word} ") & rare or word in rare)


def _agree(sums: Mapping[str, frozenset[int]], first: str, second: str) -> bool:
    """Whether the sums in two reports allow one incident: some sum in common, or none in one."""
    one, other = sums[first], sums[second]
    return not one or not other or bool(one & other)
