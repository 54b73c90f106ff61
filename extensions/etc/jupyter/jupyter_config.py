# Installed in the environment: load the checkout's (or $DALIL_ROOT's) one configuration.
from dalil.settings import find_root

if (root := find_root()) is not None and (root / "jupyter_config.py").is_file():
    load_subconfig(str(root / "jupyter_config.py"))
