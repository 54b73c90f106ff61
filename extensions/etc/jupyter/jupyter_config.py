# Installed in the environment: load the one configuration of the curriculum that DALIL_ROOT names
# or that one works in. Elsewhere Jupyter and nbgrader stay as they are.
import os
from pathlib import Path

from dalil.settings import ROOT_VARIABLE, find_root

root = find_root()
meant = root is not None and (ROOT_VARIABLE in os.environ or Path.cwd().is_relative_to(root))
if meant and (root / "jupyter_config.py").is_file():
    load_subconfig(str(root / "jupyter_config.py"))
