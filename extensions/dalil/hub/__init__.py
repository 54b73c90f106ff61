"""The academy's hub: JupyterHub on one machine, through its public extension points only.

``configuration`` fills JupyterHub's settings from ours, ``proxy`` leads browsers to servers,
``spawner`` starts each person's server in namespaces of its own, ``accounts`` says who may log in.
"""
