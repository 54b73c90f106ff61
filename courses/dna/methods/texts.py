"""Sentences that exhibits are made of, in three languages: items of a case, lines of a draft.

Which item calls for which proposition, and which line is sound, is not said here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One sentence in English, French and Arabic."""

    en: str
    fr: str
    ar: str


# The complainant disputes nothing in any of them; the laboratory has her reference profile.
ITEMS: dict[str, Text] = {
    "nails": Text(
        "Swab from under the complainant's own fingernails. All of her alleles are seen in both "
        "runs.",
        "Prélèvement sous les ongles de la plaignante. Tous ses allèles sont observés dans les "
        "deux répétitions.",
        "مسحة من تحت أظافر المشتكية نفسها. تظهر جميع أليلاتها في التشغيلين.",
    ),
    "knife": Text(
        "Knife found in the person of interest's car. Whether the complainant's blood is on it is "
        "what the court wants to know.",
        "Couteau trouvé dans la voiture de la personne mise en cause. Le tribunal veut justement "
        "savoir si le sang de la plaignante s'y trouve.",
        "سكين عُثر عليها في سيارة الشخص المعني. وما تريد المحكمة معرفته هو هل يوجد عليها "
        "دم المشتكية.",
    ),
    "neck": Text(
        "Swab from the skin of the complainant's neck, where she was seized. All of her alleles "
        "are seen in both runs.",
        "Prélèvement sur la peau du cou de la plaignante, là où elle a été saisie. Tous ses "
        "allèles sont observés dans les deux répétitions.",
        "مسحة من جلد عنق المشتكية حيث أُمسك بها. تظهر جميع أليلاتها في التشغيلين.",
    ),
    "handle": Text(
        "Handle of a shop door. The complainant says that she was never there, and half of her "
        "alleles are missing.",
        "Poignée de la porte d'une boutique. La plaignante déclare n'y être jamais allée, et la "
        "moitié de ses allèles manquent.",
        "مقبض باب متجر. تقول المشتكية إنها لم تدخله قط، ونصف أليلاتها غائب.",
    ),
    "jacket": Text(
        "Collar of the jacket that the complainant wore every day. All of her alleles are seen in "
        "both runs, as the tallest peaks.",
        "Col de la veste que la plaignante portait chaque jour. Tous ses allèles sont observés "
        "dans les deux répétitions, ce sont les pics les plus hauts.",
        "ياقة السترة التي كانت المشتكية ترتديها كل يوم. تظهر جميع أليلاتها في التشغيلين، "
        "وهي أعلى القمم.",
    ),
    "wheel": Text(
        "Steering wheel of a stolen car that belongs to a third person. Nothing says that the "
        "complainant ever sat in it.",
        "Volant d'une voiture volée appartenant à un tiers. Rien n'indique que la plaignante y "
        "soit jamais montée.",
        "مقود سيارة مسروقة يملكها شخص آخر. ولا شيء يدل على أن المشتكية ركبتها يومًا.",
    ),
    "pillow": Text(
        "Pillow case of the complainant's own bed. All of her alleles are seen in both runs.",
        "Taie d'oreiller du lit de la plaignante. Tous ses allèles sont observés dans les deux "
        "répétitions.",
        "غطاء وسادة سرير المشتكية نفسها. تظهر جميع أليلاتها في التشغيلين.",
    ),
    "cup": Text(
        "Cup that stood on the complainant's table. The peaks are tall, yet at nine of fifteen "
        "loci she has an allele that is not seen.",
        "Tasse posée sur la table de la plaignante. Les pics sont hauts, et pourtant à neuf locus "
        "sur quinze elle possède un allèle qui n'est pas observé.",
        "كوب كان على طاولة المشتكية. القمم عالية، ومع ذلك لها في تسعة مواضع من خمسة عشر "
        "أليل لا يظهر.",
    ),
    "mask": Text(
        "Mask found on the road after a burglary. The investigator thinks that the complainant may "
        "have touched it.",
        "Masque trouvé sur la route après un cambriolage. L'enquêteur pense que la plaignante a "
        "pu le toucher.",
        "قناع عُثر عليه في الطريق بعد سرقة. ويظن المحقق أن المشتكية ربما لمسته.",
    ),
}

SENTENCES: dict[str, Text] = {
    "one_in": Text(
        "The probability that the person of interest did not contribute is one in a million.",
        "La probabilité que la personne mise en cause n'ait pas contribué est d'un sur un million.",
        "احتمال ألا يكون الشخص المعني قد ساهم هو واحد من مليون.",
    ),
    "results": Text(
        "The results are a million times more probable if the person of interest contributed than "
        "if an unknown, unrelated person did.",
        "Les résultats sont un million de fois plus probables si la personne mise en cause a "
        "contribué que si une personne inconnue et non apparentée a contribué.",
        "النتائج أكثر احتمالًا بمليون مرة إذا ساهم الشخص المعني مما لو ساهم شخص مجهول لا "
        "قرابة له به.",
    ),
    "contributed": Text(
        "It is a million times more probable that the person of interest contributed than that an "
        "unknown person did.",
        "Il est un million de fois plus probable que la personne mise en cause ait contribué "
        "plutôt qu'une personne inconnue.",
        "مساهمة الشخص المعني أكثر احتمالًا بمليون مرة من مساهمة شخص مجهول.",
    ),
    "rare": Text(
        "A person unrelated to the source has this single-source profile with a probability of "
        "less than one in a billion.",
        "Une personne non apparentée à la source possède ce profil d'un seul contributeur avec "
        "une probabilité inférieure à un sur un milliard.",
        "احتمال أن يحمل شخص لا قرابة له بالمصدر هذه البصمة الوراثية الأحادية المصدر أقل "
        "من واحد من مليار.",
    ),
    "certain": Text(
        "As only one person in a million would match, it is 99.9999 % certain that the person of "
        "interest is the source.",
        "Puisqu'une personne sur un million seulement correspondrait, il est certain à 99,9999 % "
        "que la personne mise en cause est la source.",
        "بما أن شخصًا واحدًا من مليون فقط قد يطابق، فمن المؤكد بنسبة 99.9999 % أن الشخص "
        "المعني هو المصدر.",
    ),
    "court": Text(
        "How probable it is that the person of interest contributed also depends on the other "
        "evidence, and is for the court to judge.",
        "La probabilité que la personne mise en cause ait contribué dépend aussi des autres "
        "éléments, et relève de l'appréciation du tribunal.",
        "إن احتمال مساهمة الشخص المعني يتوقف أيضًا على بقية الأدلة، وتقديره للمحكمة.",
    ),
    "unique": Text(
        "There are fewer than a million adults in the region, so nobody else there can have "
        "contributed.",
        "La région compte moins d'un million d'adultes, donc personne d'autre n'a pu y contribuer.",
        "عدد البالغين في المنطقة أقل من مليون، فلا يمكن إذن أن يكون غيره قد ساهم.",
    ),
    "brother": Text(
        "The ratio holds against an unrelated person; against a brother of the person of interest "
        "it would be much closer to 1.",
        "Ce rapport vaut face à une personne non apparentée ; face à un frère de la personne mise "
        "en cause, il serait bien plus proche de 1.",
        "هذه النسبة تصح في مقابل شخص لا قرابة له؛ أما في مقابل أخ للشخص المعني فتكون "
        "أقرب كثيرًا إلى 1.",
    ),
    "guilt": Text(
        "By this ratio, the odds that the person of interest is guilty are a million to one.",
        "D'après ce rapport, la culpabilité de la personne mise en cause est à un "
        "million contre un.",
        "بحسب هذه النسبة، فإن أرجحية إدانة الشخص المعني هي مليون إلى واحد.",
    ),
    "support": Text(
        "The results support the proposition that the person of interest contributed over the "
        "proposition that an unknown person did.",
        "Les résultats soutiennent la proposition selon laquelle la personne mise en cause a "
        "contribué, face à celle d'une personne inconnue.",
        "تدعم النتائج فرضية مساهمة الشخص المعني في مقابل فرضية مساهمة شخص مجهول.",
    ),
}
