# The two commands: `make run` and `make test`. See the README.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

# The tests start many processes: what Python compiled once is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup setup-dev run test test-sqlite test-postgresql checkers check-web check-html check-lighthouse lint bench browser peers messages screenshots wheel clean

setup: $(VENV)/.run            ## the product and its command line
setup-dev: $(VENV)/.dev        ## what tests, checks and benchmarks need

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: $(VENV)/.run              ## web and worker, with the demo story when the database is empty
	@$(BIN)/exchange run

browser:
	@sh .ci/browser

peers:
	@sh .ci/peers

# Side by side: each waits for browsers, mail servers and disks while the others work.
test: $(VENV)/.dev browser peers   ## everything, on both databases
	@$(MAKE) --no-print-directory --jobs=3 lint test-sqlite test-postgresql

test-sqlite: $(VENV)/.dev
	EXCHANGE_TEST_DATABASE=sqlite $(BIN)/python -m pytest -n 2

# What touches no database is not told twice (tests/conftest.py), nor the words of the pages.
test-postgresql: $(VENV)/.dev
	EXCHANGE_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 -m "not browser" \
	    --ignore tests/people/sso/test_certified_provider.py --ignore tests/web/test_languages.py

# Java and Node.js: beside the suite. Lighthouse alone on the machine, since it also measures speed.
check-web: check-html check-lighthouse

checkers: $(VENV)/.dev browser
	@sh .ci/check-web $(VENV)/checkers

check-html: checkers           ## HTML of every page, and other states of the pages
	$(BIN)/python -m tests.check_web $(VENV)/checkers html

check-lighthouse: checkers
	$(BIN)/python -m tests.check_web $(VENV)/checkers lighthouse

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/djlint templates --lint --quiet

bench: $(VENV)/.dev            ## prints the tables of docs/benchmarks.md
	$(BIN)/python -m tests.bench

messages: $(VENV)/.dev         ## gather the texts of code and templates into the catalogues
	$(BIN)/python -m tests.messages

screenshots: $(VENV)/.dev browser   ## pictures and letters of the demo story, in the temporary folder
	$(BIN)/python -m tests.screenshots
	$(BIN)/python -m tests.letters

wheel: $(VENV)/.dev
	$(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf $(VENV) dist build
