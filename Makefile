# `make run` settles a day and draws its report; `make test` checks everything.
# Both set up what they need in .venv, with the versions in constraints.txt.

PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
OUT := out
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Faults are drawn anew each time; SEED=n repeats those of an earlier run.
MUTANTS := $(BIN)/python -m tests.mutants $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT)) \
	$(if $(WORKERS),--workers $(WORKERS))

# Else each process of the tests rewrites and compiles all modules again: six seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check fast-test long-test mutants mutants-whole link-seeds link-system-seeds link-kills case-seeds site notebooks format bench clean

help:
	@echo "make run     settle a generated day of the Commonwealth of Independent States"
	@echo "make test    lint, types, layers and all tests"
	@echo "make fast-test   the tests without those that start processes (two minutes)"
	@echo "make mutants     put 15 faults into the lines that you changed: do the tests notice?"
	@echo "make mutants-whole   put 120 faults anywhere (a quarter of an hour)"
	@echo "make link-seeds  a million simulations of links between systems (half an hour)"
	@echo "make case-seeds  10,000 random histories of cases about orders (half an hour)"
	@echo "make link-system-seeds   50,000 of them with real systems and their records (an hour)"
	@echo "make link-kills  kill linked systems 200 times while links are under way (half an hour)"
	@echo "make site    the documentation as a site, in build/site/html"
	@echo "make notebooks   execute the notebooks and keep their outputs (a minute)"
	@echo "make bench   benchmarks against the floor and against a peer (long)"
	@echo "make format  format the code"
	@echo "make clean   remove what the other targets made"

run: $(VENV)/installed
	$(BIN)/skontro generate --output $(OUT)/cis-day
	$(BIN)/skontro settle $(OUT)/cis-day --output $(OUT)/cis-day-settled
	$(BIN)/skontro report $(OUT)/cis-day-settled

test: check fast-test long-test

check: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fast-test: $(VENV)/installed-for-tests
	$(BIN)/python -m pytest -n 3 --dist worksteal -p no:schemathesis -m "not long"

long-test: $(VENV)/installed-for-tests
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "long or hypothesis"

mutants: $(VENV)/installed-for-tests
	$(MUTANTS) $(if $(WHOLE),--whole) $(if $(SINCE),--since $(SINCE))

mutants-whole: $(VENV)/installed-for-tests
	$(MUTANTS) --whole

link-seeds: $(VENV)/installed-for-tests
	SKONTRO_LINK_SEEDS=$(or $(COUNT),1000000) $(BIN)/python -m pytest -n 2 -m long tests/system/links/test_simulation.py

link-system-seeds: $(VENV)/installed-for-tests
	SKONTRO_LINK_SYSTEM_SEEDS=$(or $(COUNT),50000) $(BIN)/python -m pytest -n 2 -m long \
		tests/system/links/test_system_simulation.py

case-seeds: $(VENV)/installed-for-tests
	$(BIN)/python -m tests.system.cases.histories $(or $(COUNT),10000)

link-kills: $(VENV)/installed-for-tests
	SKONTRO_LINK_KILLS=$(or $(COUNT),200) $(BIN)/python -m pytest -m long tests/cli/federation/test_link_kills.py

format: $(VENV)/installed-for-tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

site: $(VENV)/installed-for-tests
	$(BIN)/python -m docs_site

notebooks: $(VENV)/installed-for-tests
	$(BIN)/python -m docs_site.notebooks

bench: $(VENV)-bench/installed
	$(VENV)-bench/bin/python -m benchmarks

clean:
	rm -rf $(VENV) $(VENV)-bench $(OUT) build .mutants dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Skontro needs Python 3.11 or later; none was found" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (about a minute, once) ..."
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up $(VENV) with the test tools (about a minute, once) ..."
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/installed

$(VENV)-bench/installed: pyproject.toml constraints.txt benchmarks/requirements.txt
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip --quiet install . --requirement benchmarks/requirements.txt
	@touch $@
