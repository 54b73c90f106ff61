"""The methods of the module iblagh, by examples that were worked out apart from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score
from threadpoolctl import threadpool_limits

from dalil.courses.iblagh import methods
from dalil.courses.iblagh.methods import corpus, grammar
from dalil.forging import practice

PLACES = {
    *("amount", "phone", "suspect", "card", "order", "mail", "idno", "handle", "name", "town"),
    *("bank", "market", "social", "chat", "when"),
}


# ------------------------------------------------------------------------------------ language


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("أُخْتِي الكـــبيرة", "اختي الكبيره"),
        ("آخر إبلاغ إلى مصطفى", "اخر ابلاغ الي مصطفي"),
        ("  À  l'ÉTRANGER\n\t", "a l'etranger"),
        ("bezzaaaaf, merci", "bezzaf, merci"),
        ("٣ أيام و١٢٠٠", "3 ايام و1200"),
        ("\u202eabc\u202c\u200f", "abc"),
        ("ﻣﺮﺣﺒﺎ", "مرحبا"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert methods.fold(text) == folded
    assert methods.fold(folded) == folded


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("7anout", "حanout"),
        ("l9it b2a so2al", "lقit bءa soءal"),
        ("3 kilo b 1200dh f 2026", "3 kilo b 1200dh f 2026"),
        ("0900123457 R42 5", "0900123457 R42 5"),
        ("عندي 3ndi", "عندي عndi"),
        ("نconfirmi 9bel", "نconfirmi قbel"),
    ],
)
def test_arabizi_digits_are_letters_only_alone_in_a_latin_word(text: str, spelled: str) -> None:
    assert methods.arabizi(text) == spelled


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [
        ("حساب", "7sab"),
        ("غادي يضربني", "ghadi yderbni"),
        ("غادي", "8adi"),
        ("صيفطت", "sifett"),
        ("كيهددني", "kayheddedni"),
        ("خايفين", "5ayfin"),
        ("شفت", "cheft"),
        ("قتل", "9tel"),
        ("قتل", "qtel"),
    ],
)
def test_one_word_sounds_alike_in_both_alphabets(arabic: str, latin: str) -> None:
    assert methods.sounds(arabic) == methods.sounds(latin) != ""


def test_scripts_are_shares_of_letters() -> None:
    assert methods.scripts("abc دار 12") == {"arabic": 0.5, "latin": 0.5}
    assert methods.scripts("12 !") == {"arabic": 0.0, "latin": 0.0}


# --------------------------------------------------------------------------------- identifiers


def test_each_way_of_writing_an_identifier_is_found_and_has_one_value() -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    kinds = {"phone": "phone", "suspect": "phone", "card": "card", "mail": "mail", "idno": "id"}
    for _ in range(100):
        for place, kind in kinds.items():
            variety = str(rng.choice(methods.VARIETIES))
            known: dict[str, str] = {}
            text = f"abc {grammar.fill(rng, variety, f'<{place}>', known)}, xyz 12"
            found = methods.find_identifiers(text)
            assert [(one.kind, one.value) for one in found] == [(kind, known[place])], text
            assert methods.redact(text) == f"abc [{kind}], xyz 12"


@pytest.mark.parametrize(
    "text",
    [
        "12 000 dh f 2026-05-12",
        "dossier 9999 1234 5678 9012",  # its check digit is wrong
        "0512345678 0612345678",  # no fictive format: this module's rules leave it alone
        "1234567890123456789",
        "nour@maison",
        "١٢٠٠ درهم",
    ],
)
def test_what_only_looks_like_an_identifier_stays(text: str) -> None:
    assert methods.find_identifiers(text) == []
    assert methods.redact(text) == text


def test_numbers_of_files_are_never_cards() -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    for _ in range(200):
        text = grammar.fill(rng, "french", "<order>", {})
        assert methods.find_identifiers(text) == []


# ------------------------------------------------------------------------------------- grammar


def test_every_variety_has_twenty_templates_of_each_kind_with_known_places() -> None:
    for variety in methods.VARIETIES:
        for kind in (*methods.CLASSES, "urgent", "calm"):
            told = grammar.phrases(variety, kind)
            assert len(told) == len(set(told)) == 2 * grammar.SCENARIOS
            for template in told:
                assert template.count("{") == template.count("}")
                places = {p[1:-1] for p in grammar._PLACE.findall(template)}
                assert places <= PLACES, template


def test_a_split_holds_out_wordings_or_whole_scenarios() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    for by in ("template", "scenario"):
        known, unseen = methods.split(rng, by=by)
        for kind, held in unseen.allowed.items():
            assert not set(held) & set(known.allowed[kind])
            assert len(held) == 6
            assert len(held) + len(known.allowed[kind]) == 20
            scenarios = Counter(n % grammar.SCENARIOS for n in held)
            told_otherwise = {n % grammar.SCENARIOS for n in known.allowed[kind]}
            assert set(scenarios.values()) == ({1} if by == "template" else {2})
            assert set(scenarios) <= told_otherwise or by == "scenario"
            assert by == "template" or not set(scenarios) & told_otherwise
    with pytest.raises(ValueError, match="by template or by scenario"):
        methods.split(rng, by="chance")


def test_a_corpus_keeps_to_its_mix_and_its_templates() -> None:
    rng = np.random.Generator(np.random.PCG64(2))
    known, _ = methods.split(rng)
    reports = methods.make_corpus(rng, 1500, known)
    shares = Counter(r.label for r in reports)
    for label, share in methods.CLASS_MIX.items():
        assert shares[label] / 1500 == pytest.approx(share, abs=0.04)
    assert {r.template for r in reports if r.label == "fraud"} == set(known.allowed["fraud"])
    assert 0.01 < np.mean([r.urgent for r in reports]) < 0.04
    assert all(r.clause.startswith("urgent") == r.urgent for r in reports)
    again = methods.make_corpus(practice("x").rng("y"), 50, known)
    assert again == methods.make_corpus(practice("x").rng("y"), 50, known)


def test_length_tells_neither_class_nor_urgency() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    reports = methods.make_corpus(rng, 1200, grammar.everything(), urgent=10.0)
    lengths = np.array([len(r.text) for r in reports])
    for told in ([r.urgent for r in reports], [r.label == "fraud" for r in reports]):
        one = np.array(told)
        area = stats.mannwhitneyu(lengths[one], lengths[~one]).statistic
        assert area / (one.sum() * (~one).sum()) == pytest.approx(0.5, abs=0.06)


def test_a_queue_repeats_what_it_was_asked_to() -> None:
    rng = np.random.Generator(np.random.PCG64(6))
    _, unseen = methods.split(rng)
    queue = methods.make_queue(rng, 80, unseen, campaigns=(9, 3), resent=4, first_campaign="other")
    sizes = Counter(Counter(r.incident for r in queue).values())
    assert sizes == {1: 74, 2: 4, 3: 1, 9: 1}
    campaign = [r for r in queue if r.incident == 0]
    assert {r.label for r in campaign} == {"other"}
    assert len({r.text for r in campaign}) == 9
    assert not any(r.urgent for r in campaign)
    with pytest.raises(ValueError, match="do not fit"):
        methods.make_queue(rng, 3, unseen)


# ------------------------------------------------------------------------------------ proposals


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """As kernels and the sandbox have it: threads of BLAS that wait for each other cost time."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def learned() -> tuple[methods.Triage, list[corpus.Report], list[corpus.Report]]:
    rng = np.random.Generator(np.random.PCG64(8))
    known, unseen = methods.split(rng)
    mix = dict.fromkeys(methods.CLASSES, 0.2)
    archive = methods.make_corpus(rng, 400, known, mix=mix, urgent=4.0)
    triage = methods.train(
        [r.text for r in archive], [r.label for r in archive], [r.urgent for r in archive]
    )
    seen = methods.make_corpus(rng, 150, known, mix=mix)
    return triage, seen, methods.make_corpus(rng, 250, unseen, mix=mix, urgent=4.0)


def test_unseen_wordings_are_harder_than_known_ones_and_not_hopeless(
    learned: tuple[methods.Triage, list[corpus.Report], list[corpus.Report]],
) -> None:
    triage, seen, unseen = learned
    figures = []
    for reports in (seen, unseen):
        found = methods.propose(triage, [r.text for r in reports])
        proposed = [one.label for one in found]
        figures.append(methods.macro_f1([r.label for r in reports], proposed, methods.CLASSES))
    assert figures[0] > 0.9
    assert 0.65 < figures[1] < figures[0] - 0.03
    urgent = np.array([r.urgent for r in unseen])
    scores = np.array([one.urgency for one in found])
    area = stats.mannwhitneyu(scores[urgent], scores[~urgent]).statistic
    assert area / (urgent.sum() * (~urgent).sum()) > 0.9


def test_reasons_add_up_to_the_score(
    learned: tuple[methods.Triage, list[corpus.Report], list[corpus.Report]],
) -> None:
    triage, _, unseen = learned
    for report in unseen[:6]:
        proposal = methods.propose(triage, [report.text])[0]
        total = sum(reason.weight for reason in methods.reasons(triage, report.text))
        odds = np.log(proposal.urgency / (1 - proposal.urgency))
        assert total + triage.urgent.intercept_[0] == pytest.approx(odds, abs=1e-6)
        assert sum(proposal.shares.values()) == pytest.approx(1.0)
        assert max(proposal.shares, key=proposal.shares.__getitem__) == proposal.label


def test_identifiers_and_sums_do_not_move_a_proposal(
    learned: tuple[methods.Triage, list[corpus.Report], list[corpus.Report]],
) -> None:
    triage, _, _ = learned
    pair = [f"on me demande {sum_} DH, mon numéro 09001234{n}" for n, sum_ in ((56, 900), (78, 40))]
    first, second = methods.propose(triage, pair)
    assert first == second
    assert methods.propose(triage, []) == []


def test_scores_out_of_fold_are_shares(
    learned: tuple[methods.Triage, list[corpus.Report], list[corpus.Report]],
) -> None:
    triage, _, unseen = learned
    texts, urgent = [r.text for r in unseen], [r.urgent for r in unseen]
    scores = methods.urgency_out_of_fold(triage, texts, urgent, [r.group for r in unseen])
    assert scores.shape == (len(unseen),)
    assert 0 < scores.min() <= scores.max() < 1


@pytest.mark.parametrize(
    ("labels", "urgent", "says"),
    [
        (["fraud"], [True, False], "1 classes"),
        (["fraud", "fraud"], [True, False], "two classes"),
        (["fraud", "other"], [False, False], "urgent reports"),
    ],
)
def test_learning_says_what_is_missing(labels: list[str], urgent: list[bool], says: str) -> None:
    with pytest.raises(methods.TriageError, match=says):
        methods.train(["a b", "c d"], labels, urgent)


# ----------------------------------------------------------------------------------- duplicates


def test_copies_are_put_together_and_other_cases_of_one_kind_are_not() -> None:
    one = (
        "Bonjour, j'ai acheté un vélo sur le site Souqna et envoyé 2 300 DH au vendeur, puis il a "
        "disparu et je n'ai jamais reçu la marchandise"
    )
    copy = (
        "j'ai achete un velo sur le site Souqna et envoye 2300 DH au vendeurr, puis il a disparu "
        "et je n'ai jamais recu la marchandise. Merci"
    )
    reports = {"A": one, "B": copy, "C": one.replace("2 300", "950"), "D": "سلام، تهاكا ليا الكونط"}
    assert methods.clusters(reports) == [["A", "B"]]
    assert methods.first_of_each(list(reports), [["A", "B"]]) == ["A", "C", "D"]
    assert methods.clusters({}) == []
    assert methods.clusters({"A": "", "B": ""}) in ([], [["A", "B"]])


def test_unseen_repetitions_are_found() -> None:
    f1 = []
    for seed in range(2):
        rng = np.random.Generator(np.random.PCG64(100 + seed))
        _, unseen = methods.split(rng)
        queue = methods.make_queue(rng, 90, unseen, campaigns=(8, 5), resent=8)
        texts = {f"R{n}": r.text for n, r in enumerate(queue)}
        truth = {f"R{n}": r.incident for n, r in enumerate(queue)}
        f1.append(methods.b_cubed(truth, methods.clusters(texts), repeated=True)[2])
    assert np.mean(f1) > 0.9


# ------------------------------------------------------------------------------------- measures


@pytest.mark.parametrize(("hits", "total"), [(0, 5), (22, 22), (37, 90), (1, 400)])
def test_wilson_is_scipys(hits: int, total: int) -> None:
    expected = stats.binomtest(hits, total).proportion_ci(method="wilson")
    assert methods.wilson(hits, total) == pytest.approx((expected.low, expected.high), abs=1e-6)
    with pytest.raises(ValueError, match="no share"):
        methods.wilson(hits, 0)


def test_the_difference_of_shares_is_newcombes_published_example() -> None:
    # Newcombe 1998, table II, method 10: 56/70 - 48/80
    assert methods.difference_interval([56, 48], [70, 80]) == pytest.approx(
        (0.0524, 0.3339), abs=1e-4
    )


def test_macro_f1_is_scikit_learns() -> None:
    rng = np.random.Generator(np.random.PCG64(9))
    truth = [str(c) for c in rng.choice(methods.CLASSES, 200)]
    found = [t if rng.random() < 0.7 else str(rng.choice(methods.CLASSES)) for t in truth]
    expected = f1_score(truth, found, average="macro")
    assert methods.macro_f1(truth, found, methods.CLASSES) == pytest.approx(expected)
    assert methods.confusion(truth, found, methods.CLASSES).sum() == 200
    assert methods.gap({"a": 0.9, "b": 0.7, "c": 0.8}) == (pytest.approx(0.2), "b")


def test_b_cubed_is_worked_out_by_hand() -> None:
    truth = {"a": 1, "b": 1, "c": 2, "d": 3}
    assert methods.b_cubed(truth, [["a", "b"]]) == (1.0, 1.0, 1.0)
    # a, b with c: precision (2/3, 2/3, 1/3, 1), recall 1
    precision, recall, _ = methods.b_cubed(truth, [["a", "b", "c", "zz"]])
    assert (precision, recall) == (pytest.approx(2 / 3), 1.0)
    # nothing found: recall (1/2, 1/2, 1, 1), or 1/2 over the repeated alone
    assert methods.b_cubed(truth, [])[1] == 0.75
    assert methods.b_cubed(truth, [], repeated=True)[:2] == (1.0, 0.5)
    assert methods.b_cubed({"a": 1}, [], repeated=True) == (1.0, 1.0, 1.0)


def test_the_best_threshold_is_that_of_a_full_search() -> None:
    rng = np.random.Generator(np.random.PCG64(10))
    scores = rng.random(60).round(2)
    urgent = rng.random(60) < scores
    weights = rng.integers(1, 9, 60).astype(float)
    found, cost = methods.best_threshold(scores, urgent, miss=30.0, alarm=2.0, weights=weights)

    def slow(at: float) -> float:
        return sum(
            w * (30 * (s < at) if u else 2 * (s >= at))
            for s, u, w in zip(scores, urgent, weights, strict=True)
        )

    assert cost == pytest.approx(slow(found)) == min(slow(at) for at in [*scores, 1.01])


# -------------------------------------------------------------------------------------- routing


def test_danger_comes_first_then_repetition_then_class() -> None:
    for label in methods.CLASSES:
        assert methods.route(label, urgent=True, repeated=True) == "duty"
        assert methods.route(label, urgent=False, repeated=True) == "attach"
        assert methods.route(label, urgent=False, repeated=False) in methods.UNITS
    with pytest.raises(KeyError):
        methods.route("spam", urgent=False, repeated=False)
