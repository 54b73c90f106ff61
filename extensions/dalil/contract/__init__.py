"""The contract of a module: a rule for each promise, and the check that a module keeps them all.

Nothing is imported here, so that the process that forges cases starts with the little it needs:
``from dalil.contract.check import check_module``.
"""
