# README's two commands: `make demo` and `make test`. Everything they need is made in this checkout:
# .venv (Python packages) and .abacus (models). PYTHON, VENV and ABACUS_HOME may be given.
PYTHON ?= python3
VENV ?= .venv
export ABACUS_HOME ?= $(CURDIR)/.abacus
BIN := $(VENV)/bin
RUN := $(BIN)/python

.PHONY: demo test e2e vllm trust trust-long check fix bench vsix base dev models clean

# A real model completes a real file of this repository, as if it were being typed, with the story of how.
DEMO := abacus_lsp/document.py
demo: base
	$(BIN)/abacus-lsp models pull gemma3-270m --yes
	line=$$(grep -n 'def after' $(DEMO) | cut -d: -f1); head -n $$line $(DEMO) | \
	  $(BIN)/abacus-lsp complete --explain --stdin $(DEMO):$$((line + 1)):1

# Everything but vLLM and the slow editors: lint, types, quick tests, then those that run real models, servers and editors.
test: check models
	$(RUN) -m pytest -q -m "(model or torch or slow) and not vllm and not e2e"
	$(RUN) -m pytest -q tests/e2e/test_neovim.py tests/e2e/test_helix.py

# All real editors with the real server: eight minutes. They are fetched on first use (tests/e2e/fetch.py, docs/editors.md).
e2e: dev models
	$(RUN) -m pytest -q tests/e2e --durations=5

# The http engine against a real vLLM: ABACUS_TEST_VLLM names the folder of its `vllm` program.
vllm: dev models
	$(RUN) -m pytest -q -m vllm

# What SECURITY.md promises, tried by machine: minutes (they are part of `make test`), and three quarters of an hour.
trust: dev models
	$(RUN) -m pytest -q -rA -m trust

trust-long: dev models
	ABACUS_TRUST=long $(RUN) -m pytest -q -rA -m trust

# Under a minute: format, lint, types, quick tests.
check: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(BIN)/pyright --pythonpath $(RUN) & types=$$!; \
	$(RUN) -m pytest -q -m "not model and not torch and not slow and not vllm and not e2e"; tests=$$?; \
	wait $$types && exit $$tests

fix: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The lock files anew. Needs uv.
LOCK := uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
.PHONY: lock
lock:
	$(LOCK) -o requirements.lock
	$(LOCK) --all-extras -o requirements-all.lock

bench: base models
	$(BIN)/abacus-lsp bench --all

# editors/vscode/abacus-lsp.vsix, with the server's wheel inside. Needs Node.js 22 and npm.
vsix: base
	cd editors/vscode && npm ci --ignore-scripts --no-audit --no-fund && \
	  PYTHON=$(abspath $(RUN)) npm run --silent package

models: base
	$(BIN)/abacus-lsp models pull gemma3-270m --yes
	$(BIN)/abacus-lsp models pull smollm2-135m --yes

base: $(VENV)/.base
dev: $(VENV)/.dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "abacus-lsp needs Python 3.11 or newer; say make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

# What a user gets: no torch.
$(VENV)/.base: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --disable-pip-version-check -e .
	touch $@

# What the tests need. torch first and by exact version: a range takes gigabytes of CUDA.
$(VENV)/.dev: pyproject.toml $(VENV)/.base | $(VENV)/bin/python
	$(BIN)/pip install -q --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install -q --disable-pip-version-check -e '.[all]'
	touch $@

clean:
	rm -rf $(VENV) .abacus .pytest_cache .ruff_cache
