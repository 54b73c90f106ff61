"""Grading: run a rebuilt notebook (runner), score what it handed over, one or many submissions.

Nothing is imported here, so that the worker process starts with the little it needs.
"""
