# Empty on purpose: nbgrader reads jupyter_config.py, and warns when no nbgrader_config.py is found.
