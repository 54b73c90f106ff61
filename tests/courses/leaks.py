"""Whether what is known about exhibits without examining them tells the truth of a case.

``assert told_by([features_of(case.folder) for case in cases], labels) == []``, over 100 cases or
more. A label is what a trainee is asked for; a feature is what a glance at the folder shows.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

LEVEL = 1e-3  # chance of an alarm where there is no leak, for all features together
FOLDS = 5


def features_of(folder: Path) -> dict[str, float]:
    """What a folder of exhibits shows without examining them: the numbers by name.

    Of each file its size, the size when compressed, its lines, its place in the order of writing;
    of the members of a zip archive their place, sizes, times and attributes as well.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    written = sorted(paths, key=lambda path: path.stat().st_mtime_ns)
    found: dict[str, float] = {"files": len(paths)}
    for path in paths:
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        found |= {f"{name}: {what}": value for what, value in _bytes(data).items()}
        found[f"{name}: place in the order of writing"] = written.index(path)
        if zipfile.is_zipfile(io.BytesIO(data)):
            found |= _members(name, data)
    return found


def name_features(name: str) -> dict[str, float]:
    """What a mere name shows, as numbers: for items that the truth distinguishes by name."""
    letters = [ord(character) for character in name]
    digits = [int(character) for character in name if character.isdecimal()]
    return {
        "length": len(name),
        "first letter": letters[0] if letters else -1,
        "last letter": letters[-1] if letters else -1,
        "sum of letters": sum(letters),
        "digits": int("".join(map(str, digits))) if digits else -1,
    }


def told_by(
    features: Sequence[Mapping[str, float]],
    labels: Sequence[Hashable],
    *,
    without: Sequence[str] = (),
    level: float = LEVEL,
) -> list[str]:
    """What tells *labels* better than chance would: one line each; [] if nothing does.

    Each feature alone is tried by rank (Kruskal-Wallis; Spearman where labels are fractions), all
    together by a forest of shallow trees on cases that it has not seen. Features that are missing
    in a case count as -1, which is a feature too. *without* names features that may tell, because
    they are the very thing that is to be examined; say in the test why.
    """
    names = sorted({name for case in features for name in case} - set(without))
    table = np.array([[float(case.get(name, -1)) for name in names] for case in features])
    varied = [k for k in range(len(names)) if np.ptp(table[:, k]) > 0]
    if not varied or len(set(labels)) < 2:
        return []
    fractions = all(isinstance(label, float) for label in labels)
    found = []
    for k in varied:
        chance = _by_rank(table[:, k], labels, fractions)
        if chance < level / len(varied):
            found.append(f"{names[k]} (p = {chance:.1g})")
    coarse = _halves(labels) if fractions else np.array([str(label) for label in labels])
    return found + _by_forest(table[:, varied], coarse, level)


def _bytes(data: bytes) -> dict[str, float]:
    squeezed = len(zlib.compress(data))
    return {"size": len(data), "size compressed": squeezed, "lines": data.count(b"\n")}


def _members(name: str, data: bytes) -> dict[str, float]:
    found: dict[str, float] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    found[f"{name}: members"] = len(members)
    for place, member in enumerate(members):
        shown = {
            "place": place,
            "size": member.file_size,
            "size in the archive": member.compress_size,
            "time": float("".join(f"{part:02d}" for part in member.date_time)),
            "attributes": member.external_attr,
            "extra bytes": len(member.extra) + len(member.comment),
        }
        found |= {f"{name}/{member.filename}: {what}": value for what, value in shown.items()}
    return found


def _by_rank(values: np.ndarray, labels: Sequence[Hashable], fractions: bool) -> float:
    """The chance that *values* would follow *labels* as closely if they had nothing to do."""
    if fractions:
        return float(stats.spearmanr(values, np.array(labels, dtype=float)).pvalue)
    groups = [values[[label == one for label in labels]] for one in dict.fromkeys(labels)]
    groups = [group for group in groups if len(group) > 1]
    if len(groups) < 2 or np.ptp(np.concatenate(groups)) == 0:
        return 1.0
    return float(stats.kruskal(*groups).pvalue)


def _halves(labels: Sequence[Hashable]) -> np.ndarray:
    numbers = np.array(labels, dtype=float)
    return np.where(numbers > np.median(numbers), "high", "low")


def _by_forest(table: np.ndarray, labels: np.ndarray, level: float) -> list[str]:
    """Whether a forest guesses the labels of unseen cases more often than the usual label is."""
    counts = {label: int((labels == label).sum()) for label in set(labels.tolist())}
    rare = [label for label, count in counts.items() if count < FOLDS]
    kept = ~np.isin(labels, rare)
    if len(counts) - len(rare) < 2:
        return []
    table, labels = table[kept], labels[kept]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    forest = RandomForestClassifier(50, max_depth=4, random_state=0)
    hits = int((cross_val_predict(forest, table, labels, cv=folds) == labels).sum())
    usual = cross_val_predict(DummyClassifier(), table, labels, cv=folds)
    share = max(float((usual == labels).mean()), 1 / len(set(labels.tolist())))
    chance = stats.binomtest(hits, len(labels), share, alternative="greater").pvalue
    if chance >= level:
        return []
    return [f"all features together: {hits} of {len(labels)} guessed (p = {chance:.1g})"]
