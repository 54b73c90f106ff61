"""``dalil bench``: the engine's figures against what they must reach, measured in one run.

Light on purpose: the floor's program lies here too and pays for each import.
"""
