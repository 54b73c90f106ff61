"""The adapter to nbgrader: the only place that imports it.

Sources are nbgrader source notebooks, ``generate_assignment`` is nbgrader's own, scores land in its
gradebook by its own rules; exchange, reading, execution and scoring go through classes named in
``dalil.configuration``.
"""
