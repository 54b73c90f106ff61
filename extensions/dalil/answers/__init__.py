"""Answers: the form that a question asks for, and how a value crosses to the grading side."""

from dalil.answers.forms import Form, read_number
from dalil.answers.tables import form_from
from dalil.answers.wire import MAX_ANSWER_BYTES, MIME, decode, decode_array, encode, load_json

__all__ = [
    "MAX_ANSWER_BYTES",
    "MIME",
    "Form",
    "decode",
    "decode_array",
    "encode",
    "form_from",
    "load_json",
    "read_number",
]
