"""Warm kernels for Lab, Voila and nbclient, through Jupyter's public seam for it."""
