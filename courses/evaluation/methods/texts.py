"""Sentences of the exercise's exhibits, in English, French and Arabic.

Whoever reads an exhibit reads these. Which of them are right is the grading side's to say.
"""

from __future__ import annotations

Text = tuple[str, str, str]

PROPOSITIONS: dict[str, Text] = {
    "agreement": (
        "The marks of the cut agree with those of the cutter.",
        "Les traces de la coupe concordent avec celles du coupe-boulons.",
        "آثار القطع توافق آثار القاطعة.",
    ),
    "any": (
        "Another cutter, of whatever model, made the cut.",
        "Un autre coupe-boulons, de quelque modèle que ce soit, a fait la coupe.",
        "قاطعة أخرى، أيا كان طرازها، هي التي أحدثت القطع.",
    ),
    "either": (
        "A cutter of the model that was seized made the cut.",
        "Un coupe-boulons du modèle saisi a fait la coupe.",
        "قاطعة من الطراز المحجوز هي التي أحدثت القطع.",
    ),
    "model": (
        "Another cutter of the same model made the cut.",
        "Un autre coupe-boulons du même modèle a fait la coupe.",
        "قاطعة أخرى من الطراز نفسه هي التي أحدثت القطع.",
    ),
    "quality": (
        "The cut is of sufficient quality to be compared.",
        "La coupe est d’une qualité suffisante pour être comparée.",
        "القطع على قدر من الجودة يكفي للمقارنة.",
    ),
    "seized": (
        "The seized cutter made the cut.",
        "Le coupe-boulons saisi a fait la coupe.",
        "القاطعة المحجوزة هي التي أحدثت القطع.",
    ),
    "suspect": (
        "The suspect cut the cable.",
        "Le suspect a coupé le câble.",
        "المشتبه فيه هو الذي قطع الكابل.",
    ),
    "theft": (
        "The suspect stole the cable.",
        "Le suspect a volé le câble.",
        "المشتبه فيه هو الذي سرق الكابل.",
    ),
}
"""Candidates for the two propositions of an evaluation, by what they are about."""

STATEMENTS: dict[str, Text] = {
    "alone": (
        "By itself the ratio does not tell how probable it is that this cutter made the cut.",
        "À lui seul, le rapport ne dit pas combien il est probable que ce coupe-boulons ait "
        "fait la coupe.",
        "لا تدل النسبة وحدها على مدى احتمال أن تكون هذه القاطعة هي التي أحدثت القطع.",
    ),
    "anywhere": (
        "The ratio of {lr} holds for any instrument and for any make of cutter.",
        "Le rapport de {lr} vaut pour tout instrument et pour toute marque de coupe-boulons.",
        "تصح النسبة {lr} لأي جهاز كان ولأي صنف من القاطعات.",
    ),
    "beyond": (
        "The score lies beyond all scores of the set, so the true ratio has no upper limit.",
        "Le score dépasse tous ceux du jeu : le vrai rapport n’a donc pas de limite supérieure.",
        "تتجاوز الدرجة كل درجات المجموعة، فلا حد أعلى إذن للنسبة الحقيقية.",
    ),
    "findings": (
        "The findings are about {lr} times more probable if this cutter made the cut than if "
        "another one did.",
        "Les constatations sont environ {lr} fois plus probables si ce coupe-boulons a fait "
        "la coupe que si c’en est un autre.",
        "المعاينات أرجح بنحو {lr} مرة إذا كانت هذه القاطعة هي التي أحدثت القطع منها إذا "
        "أحدثته قاطعة أخرى.",
    ),
    "odds": (
        "Given these marks, the odds are {lr} to 1 that it was this cutter.",
        "Au vu de ces traces, la cote est de {lr} contre 1 que c’était ce coupe-boulons.",
        "بالنظر إلى هذه الآثار فإن أرجحية أنها هذه القاطعة هي {lr} إلى 1.",
    ),
    "one_in": (
        "The probability that another cutter made the cut is 1 in {lr}.",
        "La probabilité qu’un autre coupe-boulons ait fait la coupe est de 1 sur {lr}.",
        "احتمال أن تكون قاطعة أخرى هي التي أحدثت القطع هو 1 من {lr}.",
    ),
    "owner": (
        "The ratio of {lr} shows that the owner of this cutter was the one who cut the cable.",
        "Le rapport de {lr} montre que le propriétaire du coupe-boulons est bien celui qui a "
        "coupé le câble.",
        "تثبت النسبة {lr} أن صاحب هذه القاطعة هو الذي قطع الكابل.",
    ),
    "pair": (
        "The ratio belongs to the two propositions of the report; two others would have another.",
        "Le rapport vaut pour les deux propositions énoncées ; deux autres en auraient un autre.",
        "تخص النسبة الفرضيتين المذكورتين في التقرير، ولو كانتا غيرهما لكانت النسبة غيرها.",
    ),
    "percent": (
        "With a probability of {percent} % this is the cutter that made the cut.",
        "Avec une probabilité de {percent} %, c’est ce coupe-boulons qui a fait la coupe.",
        "هذه هي القاطعة التي أحدثت القطع باحتمال {percent} %.",
    ),
    "rarer": (
        "If another cutter made the cut, findings like these are about {lr} times rarer than "
        "with this one.",
        "Si un autre coupe-boulons a fait la coupe, de telles constatations sont environ {lr} "
        "fois plus rares qu’avec celui-ci.",
        "إذا أحدثت القطعَ قاطعةٌ أخرى فإن معاينات كهذه أندر بنحو {lr} مرة مما لو أحدثته هذه القاطعة.",
    ),
    "times": (
        "It is {lr} times more probable that this cutter made the cut than that another one did.",
        "Il est {lr} fois plus probable que ce coupe-boulons ait fait la coupe plutôt qu’un autre.",
        "احتمال أن تكون هذه القاطعة هي التي أحدثت القطع أكبر {lr} مرة من احتمال أن تكون غيرها.",
    ),
    "world": (
        "This cutter made the cut, to the exclusion of all others in the world.",
        "Ce coupe-boulons a fait la coupe, à l’exclusion de tous les autres au monde.",
        "هذه القاطعة هي التي أحدثت القطع دون سائر القاطعات في العالم.",
    ),
}
"""What was said at a hearing, with places for ``lr`` and ``percent``."""
