# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: help demo test test-doors test-avx2 test-slow check format messages translations clean

help:
	@echo "make demo       install into $(VENV), train on handwritten digits, say where the report is"
	@echo "make test       the tests, under eight minutes on two cores"
	@echo "make test-doors the tests with whole processes: a wheel, a browser, kills"
	@echo "make test-avx2  the networks' and training's tests on the kernels of an AVX2 processor"
	@echo "make test-slow  the slow ones as well"
	@echo "make messages   write docs/messages.md anew from the tests"
	@echo "make translations  bring src/skipcat/locale up to date with the source, and compile it"
	@echo "make check      ruff, mypy, import-linter"

# A torch that is importable already is used as it is; else pip fetches one, by pip's own settings.
$(VENV)/ready: pyproject.toml
	@if $(PYTHON) -c "import torch, torchvision" 2>/dev/null; \
	then $(PYTHON) -m venv --system-site-packages $(VENV); \
	else $(PYTHON) -m venv $(VENV); fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

demo: $(VENV)/ready
	$(BIN)/skipcat fit digits --minutes 0.75 --out digits.skipcat --resume
	@echo "Open digits.skipcat/report.html in a browser."

# One process for each core, each with one thread.
test: $(VENV)/ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

test-doors: $(VENV)/ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal -m doors

# Newer processors take other kernels than those that most laptops have.
test-avx2: $(VENV)/ready
	ONEDNN_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal \
		tests/blocks tests/networks tests/training

test-slow: $(VENV)/ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal -m "slow or not slow"

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(VENV)/ready
	$(BIN)/python tests/test_messages.py

translations: $(VENV)/ready
	$(BIN)/python tools/translations.py
	$(BIN)/python -c "import hatch_build; hatch_build.compile_translations()"

clean:
	rm -rf $(VENV) dist build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache
