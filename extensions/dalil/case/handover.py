"""Handing an answer over: form check for the trainee, the value itself while grading."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from dalil.answers import MAX_ANSWER_BYTES, MIME, Form, encode, form_from
from dalil.answers.forms import Function
from dalil.case.files import DAMAGED, Case, NoCaseError, Question, read_case
from dalil.case.probes import answers_to_probes, plain
from dalil.errors import AnswerError
from dalil.models import N_, Language

RIGHT_FORM = N_("{title}: the form is right, the answer is noted.")
NOTED_FUNCTION = N_("{title}: the function is noted. Grading will call it with other data.")
HANDED = N_("You gave: {shown}.")
WRONG_FORM = N_("{title}: this is not yet the form that the question asks for.")
TOO_LARGE = N_("{title}: the answer is too large: {size} KiB, at most {limit} KiB.")
NO_QUESTION = N_("There is no question {question}. The questions of this exercise: {known}.")
IN_WRITING = N_("{title}: this question is answered in writing, in its own cell.")


def hand_over(question: Any, value: Any) -> None:
    """See ``dalil.case.answer``: shows or emits exactly one thing, raises nothing."""
    from dalil.case.voice import Voice, tell

    try:
        case = read_case()
    except NoCaseError as error:
        tell("en", "bad", *[Voice(name).say(error.msgid) for name in ("en", "fr", "ar")])
        return
    if case.grading:
        _emit(_bundle(case, question, value))
    else:
        _show(case, question, value)


def _form_of(question: Question) -> Form:
    """The question's form; raises AnswerError for one that is written or broken."""
    return form_from(question.form)


def _bundle(case: Case, name: Any, value: Any) -> dict[str, Any]:
    """What the grading side gets: the canonical value, or the word that it is malformed."""
    try:
        form = _form_of(case.questions[name])
        canonical = form.read(value)
        if isinstance(form, Function):
            if not callable(value):
                raise AnswerError("expected a function")
            canonical = answers_to_probes(case.folder, name, value, form.returns)
        return encode(name, canonical if isinstance(canonical, np.ndarray) else plain(canonical))
    except Exception:  # a value's own methods may raise anything
        return {"question": str(name)[:100], "malformed": True}


def _emit(bundle: dict[str, Any]) -> None:
    from IPython.display import display

    display({MIME: bundle}, raw=True)


def _show(case: Case, name: Any, value: Any) -> None:
    """Tell the trainee how the answer looks; written for a person, so it never raises."""
    from dalil.case.explain import shown
    from dalil.case.voice import Voice, tell

    voice = Voice(case.language)
    question = case.questions.get(name) if isinstance(name, str) else None
    if question is None:
        known = voice.data(*case.questions)
        said = voice.say(NO_QUESTION, question=str(name)[:60], known=known)
        return tell(case.language, "bad", said)
    if question.form is None:
        return tell(case.language, "note", voice.say(IN_WRITING, title=question.title))
    try:
        form = _form_of(question)
    except AnswerError:
        return tell(case.language, "bad", voice.say(DAMAGED))
    try:
        canonical = form.read(value)
        if isinstance(form, Function) and not callable(value):
            raise AnswerError("expected a function")
    except Exception:  # a value's own methods may raise anything
        head = voice.say(WRONG_FORM, title=question.title)
        return tell(case.language, "bad", head, *_reasons(case.language, form, value))
    if isinstance(form, Function):
        return tell(case.language, "good", voice.say(NOTED_FUNCTION, title=question.title))
    if (size := _size(name, canonical)) > MAX_ANSWER_BYTES:
        limits = {"size": size // 1024, "limit": MAX_ANSWER_BYTES // 1024}
        return tell(case.language, "bad", voice.say(TOO_LARGE, title=question.title, **limits))
    head = voice.say(RIGHT_FORM, title=question.title)
    return tell(case.language, "good", head, voice.say(HANDED, shown=shown(voice, canonical)))


def _reasons(name: Language, form: Form, value: Any) -> list[Any]:
    from dalil.case.explain import describe, explain
    from dalil.case.voice import Voice

    voice = Voice(name)
    try:
        return list(explain(voice, form, value))
    except Exception:  # the same methods again
        return [voice.say(N_("Expected: {expected}."), expected=describe(voice, form))]


def _size(name: str, canonical: Any) -> int:
    whole = isinstance(canonical, np.ndarray)
    return len(json.dumps(encode(name, canonical if whole else plain(canonical))))
