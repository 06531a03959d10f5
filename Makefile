# Everything from a fresh clone: make run, make test. Each step leaves a stamp and is done again only
# when what it depends on has changed. Needs Python 3.11 or newer with venv, and make.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
FRONTEND := web/frontend
ASSETS := web/dist/.vite/manifest.json
STEP = $(PYTHON) .ci/setup_step.py
RUN = $(STEP) run
UV_INSTALL = .venv/bin/uv pip install --python .venv/bin/python

# Package managers and the browser want a home they can write.
HOME := $(shell if [ -n "$$HOME" ] && [ -d "$$HOME" ] && [ -w "$$HOME" ]; then echo "$$HOME"; \
    else mkdir -p "$(CURDIR)/var/home" && echo "$(CURDIR)/var/home"; fi)
export HOME
# Where this is set, each process compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# The programs in .venv/bin name the folder they were installed in.
ifeq ($(filter clean help,$(MAKECMDGOALS)),)
ifneq ($(shell [ -e .venv/.base ] && [ ! -L .venv ] && ! grep -qF "$(CURDIR)/.venv" .venv/bin/cheliu && echo moved),)
$(error This checkout was moved or copied from another folder; run first: make clean)
endif
endif

.PHONY: help run test soak check ready browser wheel clean

help:
	@echo "make run      the application with its demo company; PORT=8000 DATABASE_URL=sqlite:///var/cheliu.db"
	@echo "make test     all tests: unit, PostgreSQL, browser; TESTS='tests/lending -k schedule' for some"
	@echo "make check    formatting, lint, types, the direction of imports, tidiness"
	@echo "make soak     the long tests"
	@echo "make wheel    the installable package, with the built pages"
	@echo "make clean    remove what was built (var/, the data, stays)"

# What is named on the command line or in the environment reaches the server by itself: DATABASE_URL=, HOST=.
run: export PORT := $(PORT)
run: .venv/.base $(ASSETS)
	@$(STEP) port "$(PORT)"
	@exec .venv/bin/cheliu serve --demo

test: ready
	.venv/bin/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

soak: ready
	.venv/bin/python -m pytest -m soak --timeout 7200 $(TESTS)

ready: .venv/.test $(ASSETS) browser

check: .venv/.test
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m pytest -q tests/test_tidy.py

wheel: .venv/.base $(ASSETS)
	@$(RUN) "Building the wheel" .venv/bin/pip wheel --no-deps --no-build-isolation --wheel-dir build/wheel .
	@ls build/wheel/*.whl

clean:
	rm -rf build web/dist $(FRONTEND)/node_modules *.egg-info \
	    .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	if [ ! -L .venv ]; then rm -rf .venv; fi

.venv/bin/pip:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@$(STEP) venv .venv

.venv/bin/uv: requirements/install.txt | .venv/bin/pip
	@$(RUN) "Fetching the installer" .venv/bin/pip install --quiet --require-hashes -r requirements/install.txt
	@touch $@

.venv/.base: requirements/base.txt requirements/build.txt | .venv/bin/uv
	@$(RUN) "Installing what Cheliu runs with" $(UV_INSTALL) --require-hashes -r requirements/base.txt -r requirements/build.txt
	@$(RUN) "Installing Cheliu" $(UV_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: requirements/test.txt .venv/.base
	@$(RUN) "Installing what the tests need" $(UV_INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

$(FRONTEND)/node_modules/.done: $(FRONTEND)/package-lock.json $(FRONTEND)/.npmrc .venv/.base
	@$(RUN) "Fetching the packages of the pages" .venv/bin/npm --prefix $(FRONTEND) ci --ignore-scripts
	@touch $@

$(ASSETS): $(FRONTEND)/node_modules/.done $(FRONTEND)/vite.config.js $(shell find $(FRONTEND)/src -type f)
	@$(RUN) "Building the pages" .venv/bin/npm --prefix $(FRONTEND) run build
	@touch $@

# Without a browser the tests that need one are skipped, or fail where CI=true; the others run.
browser: .venv/.test
	@[ -e .venv/.browser ] || { .venv/bin/python tests/support/chromium.py && touch .venv/.browser; } || true
