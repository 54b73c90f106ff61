"""What counts as giving the truth away, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from dalil.contract.secrets import Secrets, page_text

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def places(truth: Any, text: str, public: tuple[str, ...] = ()) -> set[str]:
    return {secret.place for secret in Secrets(truth, public).given_away(text)}


@pytest.mark.parametrize(
    ("truth", "text"),
    [
        ({"digest": DIGEST}, f"the digest is {DIGEST.upper()}"),
        ({"log": [{"who": "Amina Bennoujoum"}]}, "handed over by Amina \u2068Bennoujoum\u2069"),
        ({"score": 0.8231947}, "your score is not 0.82319"),
        ({"score": 0.8231947}, "votre score n'est pas 0,82319"),
        ({"score": -12.34567}, "expected 12.346"),
        ({"rate": 1.23456e-7}, "p = 1.2346e-07"),
        ({"cells": 123457}, "there are 123457 cells"),
    ],
)
def test_long_texts_and_precise_numbers_give_it_away(truth: Any, text: str) -> None:
    assert places(truth, text)


@pytest.mark.parametrize(
    ("truth", "text"),
    [
        ({"kind": "gap"}, "a gap"),
        ({"score": 0.8231947}, "about 0.8232"),
        ({"score": 0.8231947}, "not 0.82329"),
        ({"score": 0.8231947}, "in version 1.0.82319.2"),
        ({"cells": 1234}, "there are 1234 cells"),
        ({"cells": 300000}, "a picture of 300000 cells"),
        ({"cells": 123457}, "there are 1234571 cells"),
        ({"cells": 123457}, "figure a123457"),
        ({"intact": True}, "True"),
        ({"nothing": None}, "None"),
    ],
)
def test_what_many_would_write_does_not(truth: Any, text: str) -> None:
    assert not places(truth, text)


def test_what_the_module_declares_is_public() -> None:
    truth = {"kind": "Unsigned hand-over"}
    assert places(truth, "an unsigned hand-over")
    assert not places(truth, "an unsigned hand-over", ("unsigned hand-over",))


def test_the_place_is_named() -> None:
    assert places({"a": [1, {"b": DIGEST}]}, DIGEST) == {"truth['a'][1]['b']"}


def test_a_page_is_what_people_and_attributes_say() -> None:
    page = (
        "<html><style>.a{width:12345.67px}</style><script>var a = 76543.21</script>"
        '<p title="hidden 23456.78">seen &amp; <b>read</b></p><!-- 34567.89 -->'
        '<i data-truth="45678.91"></i></html>'
    )
    text = page_text(page)
    for number in ("23456.78", "34567.89", "45678.91", "seen & "):
        assert number in text
    for number in ("12345.67", "76543.21"):
        assert number not in text
