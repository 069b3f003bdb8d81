# Two commands: `make serve` and `make test`. Both install what they need on the first run.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help serve test lint types unit engine api reliability browser package promises bench clean weights chromium

HOST ?= 127.0.0.1
PORT ?= 8000
TORCH_INDEX ?=

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip install --disable-pip-version-check --constraint constraints.txt
TORCH := .venv/.torch$(subst /,-,$(subst :,-,$(TORCH_INDEX)))

# Two processes with a file each; one thread of torch in each, or they would wait for each other.
SIDE_BY_SIDE = OMP_NUM_THREADS=1 $(PYTHON) -m pytest --numprocesses 2 --dist loadfile

help: ## Say what there is
	@awk -F ":.*## " '/^[a-z ]+:.*## / {printf "%-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: weights ## Open the page at http://HOST:PORT (127.0.0.1:8000)
	@exec $(PYTHON) -m app serve --host "$(HOST)" --port "$(PORT)"

test: .venv/.test weights chromium ## Run every tier below, stopping at the first that fails
	@scripts/test lint types unit engine api reliability browser package

lint: .venv/.test ## Check style and format
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && .venv/bin/hadolint Dockerfile

types: .venv/.test ## Check types
	@$(PYTHON) -m mypy

unit: .venv/.test ## Run the tests that load no model
engine api: .venv/.test weights ## Run the tests of the engine, of the API
browser: .venv/.test weights chromium ## Run the tests of the page in Chromium
reliability: .venv/.test weights chromium ## Run the tests of what is promised under load and faults
package: .venv/.test ## Run the tests of the wheel in a fresh environment
unit reliability package:
	@$(PYTHON) -m pytest tests/$@
engine api:
	@$(SIDE_BY_SIDE) tests/$@
# What fails is tried once more and listed as such: a busy machine makes a browser late.
browser:
	@$(SIDE_BY_SIDE) --reruns 1 -r R tests/$@

promises: reliability ## Print every promise with its figure and verdict

bench: .venv/.test weights chromium ## Measure speed and memory against their budgets
	@$(PYTHON) -m benchmarks.run

clean: ## Remove .venv and caches; converted weights stay in ~/.cache/headscope
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

weights: .venv/.serve
	@$(PYTHON) -m app models install minilm-l6 smollm2-135m-q4

chromium: .venv/.test
	@scripts/chromium

# Stamps: a second run finds them newer than what they were made from and installs nothing.
.venv/.python:
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || scripts/venv
	@touch $@

# Alone and first: it is by far the largest, and its progress shows.
$(TORCH): constraints.txt | .venv/.python
	@echo "Installing PyTorch; the first time this takes some minutes"
	@$(PIP) $(if $(TORCH_INDEX),--force-reinstall --extra-index-url "$(TORCH_INDEX)") torch
	@touch $@

.venv/.serve: pyproject.toml constraints.txt | $(TORCH)
	@echo "Installing the packages that Headscope stands on"
	@$(PYTHON) scripts/requirements.py >.venv/requirements.txt
	@$(PIP) --quiet --requirement .venv/requirements.txt
	@touch $@

.venv/.test: pyproject.toml constraints.txt | .venv/.serve
	@echo "Installing what the tests need"
	@$(PYTHON) scripts/requirements.py test >.venv/requirements.txt
	@$(PIP) --quiet --requirement .venv/requirements.txt
	@touch $@
