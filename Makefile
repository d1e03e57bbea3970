# One way in: `make` lists the targets, and everything else sets up what it needs first.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
WORKERS ?= 2
PYTHON ?=
export PYTHON
# The name changes with the lock, so an unchanged environment costs nothing and a changed lock is installed.
INSTALLED := .venv/.installed-$(shell cat requirements.lock pyproject.toml | cksum | tr ' ' '-')

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(INSTALLED) ## Show Anju at work on a pretend estate. ONCE=1 ends after one run; SIZE=small|medium|large, SEED=N.
	@$(BIN)/anju demo $(if $(ONCE),--once) $(if $(SIZE),--size $(SIZE)) $(if $(SEED),--seed $(SEED))

.PHONY: install
install: $(INSTALLED) ## Make the environment in .venv from requirements.lock.

$(INSTALLED):
	@.ci/setup $@

.PHONY: test
test: $(INSTALLED) browser check ## Set up what is needed, check, and run every test. WORKERS=N processes, 2 by default.
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --durations 15

.PHONY: browser
browser: ## Look for Chromium and a Chinese font; install them where root and apt-get allow.
	@.ci/setup-browser

.PHONY: check
check: $(INSTALLED) ## Lint, check the import rule and the types; no test is run.
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet || { echo "Run 'make format'."; exit 1; }
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

.PHONY: format
format: $(INSTALLED) ## Rewrite the code as the check wants it, as far as that needs no thought.
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format --quiet

.PHONY: bench
bench: $(INSTALLED) ## Measure Anju beside its floors; prints tables and writes bench-results/*.json.
	@$(BIN)/python -m tests.bench

.PHONY: screenshots
screenshots: $(INSTALLED) browser ## Photograph the pages of a running demo into screenshots/.
	@$(BIN)/python -m demo.screenshots

.PHONY: lock
lock: $(INSTALLED) ## Write requirements.lock anew, keeping the versions in it. UPGRADE=1 takes the newest ones.
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --group dev \
		$(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock >/dev/null
	@if grep -nE '://|^--|^-[ief]| @ ' requirements.lock; then echo "requirements.lock names an address."; exit 1; fi

.PHONY: env-example
env-example: $(INSTALLED) ## Write .env.example anew from the settings.
	@$(BIN)/python -m core.settings > .env.example.new && mv .env.example.new .env.example

.PHONY: clean
clean: ## Remove caches and what the tools built; keeps .venv and .anju.
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist bench-results
	@rm -rf dbt_project/target dbt_project/logs logs
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
