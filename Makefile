# The two commands: `make run` and `make test`. They need Python ≥ 3.11 and make, nothing more.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps

.DEFAULT_GOAL := help
.PHONY: help run test faults check fix docs requirements clean

help: ## List what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(STAMPS)/run frontend-build ## Run everything on this machine; stop with Ctrl-C
	@$(BIN)/python -m compileall -q mailer worker
	@exec $(BIN)/mailer up

test: $(STAMPS)/dev frontend-build ## Run all tests, those in a browser and on PostgreSQL too
	@$(BIN)/python tests/run.py

faults: $(STAMPS)/dev ## Break everything while it sends, and write docs/reliability.md (half an hour)
	@$(BIN)/python -m tests.packages
	@$(BIN)/python -m tests.lab faults --write docs/reliability.md

check: $(STAMPS)/dev frontend-build ## Lint, types, import contracts, spelling, templates, frontend
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/djlint --quiet --lint templates/pages
	$(BIN)/python frontend/build.py check

fix: $(STAMPS)/dev ## Format and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMPS)/run ## Write docs/reference anew
	$(BIN)/python -m mailer reference docs/reference

requirements: $(STAMPS)/dev ## Pin all dependencies anew, by hash and without addresses
	$(BIN)/pip install --quiet 'uv>=0.13'
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links --group dev --constraint requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## Remove everything that was built; your data is kept
	rm -rf $(VENV) frontend/node_modules mailer/web/static dist .mypy_cache .ruff_cache .pytest_cache

.PHONY: frontend-build
frontend-build: $(STAMPS)/run
	@$(BIN)/python frontend/build.py

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null \
		|| { echo "Mailer needs Python 3.11 or newer, and there is no $(PYTHON) here. Install it, or: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Mailer needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@[ -w . ] || { echo "This folder cannot be written, and the environment and the data are to be made in it."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "Python cannot make an environment here. On Debian or Ubuntu: apt install python3-venv"; exit 1; }

$(STAMPS)/run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing (the first time takes a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.txt $(STAMPS)/run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@mkdir -p $(STAMPS) && touch $@
