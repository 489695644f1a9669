# Two commands do everything on a fresh machine: `make search` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
BUDGET ?= 2m
TESTS ?= -n 2 --dist worksteal

.PHONY: search test lint clean

search: .venv/installed  ## find the best classifier for the built-in data in about two minutes
	@$(BIN)/autotune search --budget $(BUDGET)

test: lint  ## everything that CI checks
	@$(BIN)/python -m pytest $(TESTS)

lint: .venv/installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "autotune needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "installing into .venv (once, a few minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
