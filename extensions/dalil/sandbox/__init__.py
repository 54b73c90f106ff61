"""Confinement of foreign code by plain kernel features: no system package, no compiled part.

Imported by processes that are about to fork: only ``dalil.limits``, ``dalil.errors``,
``dalil.answers`` and the standard library.
"""
