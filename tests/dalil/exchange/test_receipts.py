"""Receipts: what the academy signed, and nothing else, is good."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from dalil.errors import ReceiptError
from dalil.exchange import Receipt
from dalil.exchange.receipts import check, signed
from dalil.ledger import Signer


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "keys")


@pytest.fixture
def receipt(signer: Signer) -> Receipt:
    return signed(
        Receipt(
            course="academy",
            module="custody",
            trainee="أمينة بنعلي",
            attempt=1,
            sha256="ab" * 32,
            bytes=1234,
            received="2026-11-23T10:00:00.000001+00:00",
            serial=7,
            key="",
            signature="",
        ),
        signer,
    )


def test_a_receipt_survives_its_file(signer: Signer, receipt: Receipt) -> None:
    again = Receipt.from_json(receipt.to_json())
    assert again == receipt
    check(again, signer)
    laid_out = json.dumps(asdict(receipt), indent=4)
    check(Receipt.from_json(laid_out.encode()), signer)


def test_anyone_with_the_public_key_can_check_it(tmp_path: Path, receipt: Receipt) -> None:
    """As documented: Ed25519 over canonical JSON with "dalil": "receipt-1", no signature."""
    body: dict[str, Any] = json.loads(receipt.to_json())
    signature = bytes.fromhex(body.pop("signature"))
    body["dalil"] = "receipt-1"
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    key: Any = load_pem_public_key((tmp_path / "keys" / f"{receipt.key}.pub").read_bytes())
    key.verify(signature, text.encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("course", "another"),
        ("module", "firearms"),
        ("trainee", "bob"),
        ("trainee", "\ud800"),
        ("attempt", 2),
        ("sha256", "cd" * 32),
        ("bytes", 1235),
        ("received", "2026-11-22T10:00:00.000001+00:00"),
        ("serial", 8),
        ("key", "0" * 16),
        ("signature", ""),
        ("signature", "00" * 64),
        ("signature", "é"),
    ],
)
def test_a_changed_receipt_is_refused(
    signer: Signer, receipt: Receipt, field: str, value: object
) -> None:
    changed = replace(receipt, **{field: value})  # type: ignore[arg-type]
    with pytest.raises(ReceiptError) as caught:
        check(changed, signer)
    assert "\n" not in str(caught.value)


def test_a_receipt_of_another_academy_is_refused(receipt: Receipt, tmp_path: Path) -> None:
    with pytest.raises(ReceiptError, match="not the academy's"):
        check(receipt, Signer(tmp_path / "other"))
    stranger = signed(receipt, Signer(tmp_path / "stranger"))
    with pytest.raises(ReceiptError, match="not the academy's"):
        check(stranger, Signer(tmp_path / "keys"))


def changed_json(receipt: Receipt, **changes: object) -> str:
    return json.dumps({**asdict(receipt), **changes})


def test_what_is_no_receipt_is_refused(receipt: Receipt) -> None:
    values = asdict(receipt)
    del values["serial"]
    for text in (
        "",
        "nonsense",
        "null",
        "[]",
        "[" * 10_000,
        b"\xff",
        json.dumps(values),
        changed_json(receipt, more=1),
        changed_json(receipt, serial="7"),
        changed_json(receipt, serial=True),
        changed_json(receipt, bytes=1.5),
        changed_json(receipt, trainee=None),
        changed_json(receipt, trainee="x" * 20_000),
        '{"serial": ' + "9" * 6000 + "}",
    ):
        with pytest.raises(ReceiptError, match="not a receipt of this academy"):
            Receipt.from_json(text)
