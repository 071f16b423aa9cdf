# Needs Python 3.11 or newer with venv and pip, make and git. Everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
CODE := $(wildcard portal provisioning audit sandbox tests benchmarks scripts)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo test check format lock clean

help:
	@echo "make demo     start Sluice with a sandbox; ARGS=\"--port 0\", ARGS=\"--scenario all --exit\""
	@echo "make test     run the whole test suite; ARGS=\"tests/test_flow.py\" runs a part of it"
	@echo "make check    linters, types, import contracts, vendored files, migrations, deploy checks"
	@echo "make format   format the code"
	@echo "make lock     write requirements/*.txt anew from pyproject.toml (needs uv)"
	@echo "make clean    remove what tools left; keeps $(VENV) and the demo's data in .sluice"

demo: $(VENV)/.sandbox
	@$(BIN)/python manage.py demo $(ARGS)

test: $(VENV)/.dev
	@$(BIN)/python -m tests.support.chromium
	@$(BIN)/python -m pytest -n logical --dist worksteal $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python scripts/vendor.py check
	$(BIN)/python -m tests.support.production makemigrations --check --dry-run
	$(BIN)/python -m tests.support.production check --deploy --fail-level WARNING

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# The commands of pip's lock files; no index address is written into them.
LOCK = uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
	--python-version 3.11 pyproject.toml
lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	$(LOCK) -o requirements/base.txt
	$(LOCK) --extra sandbox -o requirements/sandbox.txt
	$(LOCK) --extra sandbox --extra dev -o requirements/dev.txt

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results staticfiles
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp file says which lock file is installed, so that a second call does nothing.
$(VENV)/.sandbox: requirements/sandbox.txt | $(BIN)/pip
	@if [ -e $(VENV)/.dev ] && [ $(VENV)/.dev -nt requirements/dev.txt ]; then touch $@; else \
		echo "Installing requirements/sandbox.txt into $(VENV)"; $(PIP) -r $< && touch $@; fi

$(VENV)/.dev: requirements/dev.txt | $(BIN)/pip
	@echo "Installing requirements/dev.txt into $(VENV)"
	@$(PIP) -r $<
	@touch $@

$(BIN)/pip:
	@command -v $(PYTHON) >/dev/null || { \
		echo "$(PYTHON) is not there. Install Python 3.11 or newer, or say make PYTHON=/path/to/it"; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Sluice needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version)."; \
		echo "Say make PYTHON=python3.12, or whichever newer one you have."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
