# The commands of Dalil. All they need beforehand is some python3 (3.9 or later) and make.

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=

# The person's own PATH, for the set-up; everything else runs in .venv, whose bin is on PATH because
# nbgrader starts `alembic` by name.
export OUTER_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv
export PYTHONNOUSERSITE := 1
unexport PYTHONHOME PYTHONPATH

# Keep the person's own Jupyter, IPython and matplotlib settings out. (JUPYTER_NO_CONFIG would
# switch off the environment's configuration too.)
export JUPYTER_CONFIG_DIR := $(CURDIR)/.cache/jupyter
export IPYTHONDIR := $(CURDIR)/.cache/ipython
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
unexport JUPYTER_CONFIG_PATH JUPYTER_NO_CONFIG JUPYTER_PATH

.DEFAULT_GOAL := help
.PHONY: help setup academy test check lint format lock bench acceptance labextension clean

help: ## show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## make the environment in .venv (quick when there is nothing to do)
	@PATH="$$OUTER_PATH" "$(PYTHON)" extensions/bootstrap.py

academy: setup ## set everything up and start a demonstration academy with made-up people
	.venv/bin/dalil academy

# Tests run side by side: threads of numerical libraries would only wait for one another.
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
test: setup check ## set everything up, run the checks and the tests (PYTEST_ARGS=...)
	@# in the order that tests/conftest.py gives: reordered, a slow file of few tests would come last
	.venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not acceptance" $(PYTEST_ARGS)

check: setup lint ## lint, types, the layers of the package, clean notebooks
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/dalil notebooks check

lint: setup ## ruff: rules and format
	.venv/bin/ruff check
	.venv/bin/ruff format --check

format: setup ## let ruff mend what it can
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

lock: ## re-make requirements.lock from pyproject.toml (UPGRADE=1: newest versions)
	@PATH="$$OUTER_PATH" "$(PYTHON)" extensions/bootstrap.py --lock $(if $(UPGRADE),--upgrade)

bench: setup ## measure the grading engine, as a table and .cache/bench.png (BENCH_ARGS=--quick)
	.venv/bin/dalil bench --plot .cache/bench.png $(BENCH_ARGS)

acceptance: setup ## the slow proofs, as tables
	.venv/bin/python -m pytest -m acceptance -s
	.venv/bin/python -m dalil.validate --all

labextension: setup ## make JupyterLab's extension anew from its TypeScript (fetches npm packages)
	.venv/bin/python extensions/labextension/bundle.py
	@$(MAKE) --no-print-directory setup

clean: ## remove the environment, caches and build outputs (never an academy's data)
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
