# Installed in the environment: Voila reads voila.py only, so it loads the one configuration here.
from dalil.settings import find_root

if (root := find_root()) is not None and (root / "jupyter_config.py").is_file():
    load_subconfig(str(root / "jupyter_config.py"))
