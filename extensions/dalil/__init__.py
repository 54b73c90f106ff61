"""Dalil: forensic and cyber courses with evidence of one's own and sealed grading."""

__version__ = "0.1.0"
