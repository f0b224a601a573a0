# Every command of the project. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_BIN := node_modules/.bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Handed to `doorwise run`, e.g. make run ARGS="--port 9000"
ARGS ?=
# Handed to pytest, e.g. make unit PYTEST_ARGS="-k digest -x"
PYTEST_ARGS ?=
# Tests that run at the same time; 0 is one after another, for a debugger. Workers take what is left from one another.
WORKERS ?= 3
PARALLEL := -n $(WORKERS) --dist worksteal

.DEFAULT_GOAL := help
# Installing waits for the network and the linters for nobody: what does not need the other runs beside it.
BESIDE := $(MAKE) --no-print-directory --jobs=4 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
.PHONY: help run test check lint types unit e2e bench soak lock docs clean format scan env env-dev npm browsers

help:
	@echo "Doorwise. Commands:"
	@echo "  make run      make the environment, publish the packs, serve on http://localhost:8000 (needs Python alone)"
	@echo "  make test     everything: linters, type checkers, unit tests, browser tests"
	@echo "  make check    for everyday work, within two minutes: linters, type checkers, fast unit tests"
	@echo "  make lint     ruff, biome, and whether the script runs on the oldest browsers"
	@echo "  make types    mypy and tsc"
	@echo "  make unit     the tests without a browser"
	@echo "  make e2e      the tests in browsers"
	@echo "  make soak     the long tests that look for what is rare"
	@echo "  make scan     put the editors' desk under wapiti, a web scanner, which must be on the PATH"
	@echo "  make bench    measure against the budgets"
	@echo "  make format   rewrite Python, JavaScript and CSS in the project's format"
	@echo "  make docs     rewrite the tables in docs/ that are made from the packs"
	@echo "  make lock     choose newer dependencies and write the lock files"
	@echo "  make clean    remove the environments and caches (never data/)"

run: env
	$(BIN)/doorwise run $(ARGS)

# One pytest for everything and nothing after it: the last line says how many passed.
test:
	@$(BESIDE) browsers lint types
	@echo "==> unit and browser tests"
	$(BIN)/python -m pytest tests e2e -m "not soak" $(PARALLEL) $(PYTEST_ARGS)

check:
	@$(BESIDE) lint types
	@echo "==> fast unit tests"
	$(BIN)/python -m pytest tests -m "not soak and not slow" $(PARALLEL) $(PYTEST_ARGS)

lint: env-dev npm
	@echo "==> linters"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(NODE_BIN)/biome ci --error-on-warnings $(if $(NO_COLOR),--colors=off)
	$(NODE_BIN)/eslint --config tools/eslint.config.mjs --max-warnings 0 static

types: env-dev npm
	@echo "==> type checkers"
	$(BIN)/mypy
	$(NODE_BIN)/tsc -p static/jsconfig.json
	$(NODE_BIN)/tsc -p static/jsconfig.worker.json

unit: env-dev npm
	$(BIN)/python -m pytest tests -m "not soak" $(PARALLEL) $(PYTEST_ARGS)

e2e: env-dev npm browsers
	$(BIN)/python -m pytest e2e -m "not soak" $(PARALLEL) $(PYTEST_ARGS)

soak: env-dev npm browsers
	$(BIN)/python -m pytest tests e2e -m soak $(PYTEST_ARGS)

scan: env-dev
	$(BIN)/python -m tools.scan

bench: env-dev browsers
	$(BIN)/python -m tools.bench

format: env-dev npm
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NODE_BIN)/biome check --write

# A release is left to age for a week before we choose it, so that a poisoned one has time to be found.
lock: env-dev
	$(BIN)/python -m tools.lock

# Written beside the old table first: a pack that is refused must not leave an empty one.
define write_table
	$(BIN)/doorwise pack $(1) > $(2).new || { rm -f $(2).new; exit 1; }
	mv $(2).new $(2)
endef

docs: env
	$(call write_table,coverage cn en,docs/coverage-cn.en.md)
	$(call write_table,coverage cn zh-Hans,docs/coverage-cn.zh-Hans.md)
	$(call write_table,reading cn,docs/reading-cn.md)

clean:
	rm -rf $(VENV) node_modules dist build test-results .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find server tests e2e tools -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- environments: made once, again when a lock file changes ----

env: $(VENV)/run.stamp
env-dev: $(VENV)/dev.stamp
npm: node_modules/.stamp

browsers: env-dev
	@echo "==> browsers and fonts"
	$(BIN)/python -m tools.browsers

$(VENV)/made.stamp:
	@echo "==> Python environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Doorwise needs Python 3.11 or newer and found: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Install it, or say which to use: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "This Python cannot make environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The project itself goes in without an index and without build isolation: what builds it came from the lock file.
define install_locked
	@echo "==> Python packages from $<"
	$(PIP) install --require-hashes -r $<
	$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(VENV)/run.stamp: requirements.lock pyproject.toml $(VENV)/made.stamp
	$(install_locked)

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml $(VENV)/made.stamp
	$(install_locked)

node_modules/.stamp: package-lock.json package.json
	@echo "==> npm packages from package-lock.json"
	@command -v npm >/dev/null || { \
	  echo "The checks of the JavaScript need Node.js 20.19 or newer with npm: https://nodejs.org" >&2; exit 1; }
	npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 5
	@touch $@
