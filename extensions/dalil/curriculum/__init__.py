"""The curriculum: modules as ``module.toml`` describes them, found below a root."""

from dalil.curriculum.begin import new_module
from dalil.curriculum.find import find_modules, load_module, module_ids
from dalil.curriculum.module import (
    LEVELS,
    Exhibit,
    Folders,
    Level,
    Module,
    Question,
    methods_of,
)

__all__ = [
    "LEVELS",
    "Exhibit",
    "Folders",
    "Level",
    "Module",
    "Question",
    "find_modules",
    "load_module",
    "methods_of",
    "module_ids",
    "new_module",
]
