"""A demonstration academy for one person: desks in three languages, served by JupyterLab."""

from dalil.academy.desks import DESKS, prepare_desk
from dalil.academy.server import command, environment, url

__all__ = ["DESKS", "command", "environment", "prepare_desk", "url"]
