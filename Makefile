# The same targets for a person and for CI. Each sets up all that it needs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: setup demo test test-all check bench bench-degrade bench-restore bench-score bench-detect bench-photo docs agreement readme clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: setup  ## the whole way on embedded faces, offline: degrade, restore, score, board
	$(BIN)/bfrbench demo demo

test: setup  ## all but the slow cases
	$(BIN)/pytest -q

test-all: setup  ## with the slow and full-size cases
	$(BIN)/pytest -q -m ''

check: setup  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: bench-degrade bench-restore bench-score bench-detect bench-photo  ## ratios against a peer, in one run each

bench-degrade: setup  ## ten minutes: the last line makes 10,000 images four times
	$(BIN)/python tests/degradations/bench_degrade.py --scaling 100 1000 10000

bench-restore: setup
	$(BIN)/python tests/reference_model/bench_restore.py

bench-score: setup
	$(BIN)/python tests/benchmark/bench_score.py
	$(BIN)/python tests/benchmark/bench_frechet.py

bench-detect: setup  ## needs BFRBENCH_SHARED and BFRBENCH_WEIGHTS for the other detectors
	$(BIN)/python tests/detection/bench_detection.py

bench-photo: setup
	$(BIN)/python tests/reference_model/bench_photo.py

readme: setup  ## write the README's generated parts and picture anew, from a demo run
	$(BIN)/python docs/generate.py --write

clean:
	rm -rf demo dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
