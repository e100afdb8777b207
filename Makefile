# One command each. Everything is installed into .venv, in the versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint conformance corpus bench bench-convert clean

demo: $(VENV)/.all
	$(BIN)/zoo demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

conformance: $(VENV)/.dev
	$(BIN)/python -m tests.converters.conformance

corpus: $(VENV)/.dev
	$(BIN)/python -m pytest -m exhaustive --numprocesses auto tests/zoo/cli/test_corpus.py

bench: $(VENV)/.all
	$(BIN)/python -m benchmarks.conversion $(BENCH)

# Architectures, then all variants of u2netp. With the peer beside: make bench-convert BENCH="--peer ENVIRONMENT/bin/onnx2tf"
bench-convert: $(VENV)/.bench
	$(BIN)/python -m benchmarks.architectures .bench $(BENCH)
	$(BIN)/python -m benchmarks.variants

clean:
	rm -rf $(VENV) .bench .demo zoo_models

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "zoo needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.all $(VENV)/.bench $(VENV)/.dev: $(VENV)/.%: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[$*]'
	touch $@
