# The same targets for a person and for CI. Each sets up all that it needs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: setup demo reference val test test-all test-ray check boards site bench bench-ray bench-train bench-site bench-degrade bench-restore bench-score bench-detect bench-photo docs agreement readme clean

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

test-ray: setup  ## ten minutes: 2,000 faces through a cluster whose workers, machines and drivers are killed
	$(BIN)/pytest -q -m '' tests/scale

check: setup  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: bench-degrade bench-restore bench-score bench-detect bench-photo bench-train  ## ratios against a peer, in one run each

bench-degrade: setup  ## ten minutes: the last line makes 10,000 images four times
	$(BIN)/python tests/degradations/bench_degrade.py --scaling 100 1000 10000
	$(BIN)/python tests/degradations/bench_memory.py

bench-restore: setup
	$(BIN)/python tests/reference_model/bench_restore.py

bench-score: setup .venv-outside/.installed  ## beside the tools of .venv-outside
	.venv-outside/bin/python tests/benchmark/bench_score.py
	$(BIN)/python tests/benchmark/bench_score.py --scaling 100 1000 10000
	$(BIN)/python tests/benchmark/bench_frechet.py

bench-train: setup  ## half an hour: the full-size step at 512 px takes a minute
	$(BIN)/python tests/reference_model/bench_train.py

bench-ray: setup  ## the Ray engine beside the local one: 100, 1,000 and 10,000 small images
	$(BIN)/python tests/scale/bench_ray.py 100 1000 10000

bench-site: setup  ## 200 methods × 3,000 images in Chromium
	$(BIN)/python tests/leaderboards/bench_site.py

bench-detect: setup  ## needs BFRBENCH_SHARED and BFRBENCH_WEIGHTS for the other detectors
	$(BIN)/python tests/detection/bench_detection.py

bench-photo: setup
	$(BIN)/python tests/reference_model/bench_photo.py

.venv-outside/.installed: pyproject.toml tests/outside/requirements.txt
	$(PYTHON) -m venv .venv-outside
	.venv-outside/bin/pip install --quiet --disable-pip-version-check --editable . -r tests/outside/requirements.txt
	.venv-outside/bin/pip install --quiet --disable-pip-version-check --no-deps pyiqa==0.1.16
	@touch $@

agreement: .venv-outside/.installed  ## our metrics beside the tools that others use, in an environment of their own
	.venv-outside/bin/python tests/outside/compare.py

boards: setup  ## every published table anew from raw scores; `git diff docs/boards` is empty, or somebody changed one
	$(BIN)/bfrbench board publish --results leaderboards/results --out docs/boards

FACES ?= $$BFRBENCH_SHARED/data/faces128
INDEX ?= $(FACES)/index.csv
FACES_ARE_THERE = test -f $(INDEX) || { echo "No faces: say FACES=, a folder with index.csv, or BFRBENCH_SHARED=, where faces128 lies."; exit 2; }
# $(call stage,NAME,ITS CONFIGURATION,WHAT IT BEGINS WITH)
stage = bfrbench train gfpgan $(FACES) runs/$(1) --config $(2) $(3) --index $(INDEX) --split train --val $(FACES) --val-split val
after = $(call stage,$(1),gfpgan-128-$(1),--prior runs/prior/last.pth --start-from runs/$(2)/checkpoint.pt)
TWO = $(BIN)/torchrun --standalone --nproc-per-node 2 -m

reference: setup  ## fifteen hours on two cores: train gfpgan-128 and its prior, all stages of docs/model-card.md; again after an interruption, it goes on
	@$(FACES_ARE_THERE)
	$(BIN)/bfrbench train prior $(FACES) runs/prior --config prior-128 --index $(INDEX) --split train
	$(BIN)/$(call stage,gfpgan,gfpgan-128,--prior runs/prior/last.pth)
	$(BIN)/$(call after,finish,gfpgan)
	$(BIN)/$(call after,identity,finish)
	$(TWO) $(call after,fidelity,identity)
	$(TWO) $(call after,sharpen,fidelity)
	$(TWO) $(call after,full-size,sharpen)
	$(TWO) $(call after,gate,full-size)
	$(TWO) $(call after,wide,gate)
	$(TWO) $(call after,anneal,wide)
	$(TWO) $(call stage,recognisers,gfpgan-128-recognisers,--weights runs/anneal/last.pth)
	$(TWO) $(call stage,close-ups,gfpgan-128-close-ups,--weights runs/recognisers/last.pth)
	$(BIN)/bfrbench train publish runs/close-ups runs/published --name gfpgan-128

VAL = val/$$preset
CLASSICAL = lq nlm bilateral wiener tv unsharp richardson-lucy

val: setup  ## ten minutes, with BFRBENCH_SHARED: the reference beside its input and the classical restorers, on all val faces of faces128
	@$(FACES_ARE_THERE)
	for preset in gfpgan-release-128 ladder-all-128; do \
	  copies=1; [ $$preset = gfpgan-release-128 ] || copies=5; \
	  $(BIN)/bfrbench degrade $(FACES) $(VAL)/data --preset $$preset --copies $$copies \
	    --index $(INDEX) --split val && \
	  for restorer in gfpgan-128 $(CLASSICAL); do \
	    $(BIN)/bfrbench restore $(VAL)/data $(VAL)/runs/$$restorer -r $$restorer || exit; done && \
	  $(BIN)/bfrbench score $(VAL)/runs/* --against $(VAL)/data -m lpips/alex -m identity/dlib -m fd/dlib -m psnr/rgb && \
	  $(BIN)/bfrbench compare $(VAL)/runs/* --against gfpgan-128 || exit; done
	cd val/ladder-all-128/runs && $(abspath $(BIN))/bfrbench compare gfpgan-128 lq unsharp richardson-lucy --against gfpgan-128 \
	  --by severity --data ../data

site: setup  ## boards, methods, metrics and printed tables as pages: open site/index.html
	$(BIN)/bfrbench board site --out site

docs: setup  ## write the generated pages anew; those that need real faces only with BFRBENCH_SHARED
	$(BIN)/python docs/presets_page.py --write
	$(BIN)/python docs/protocols_page.py --write
	$(BIN)/python docs/catalog_page.py --write
	$(BIN)/python docs/ablation_page.py --write
	if [ -n "$$BFRBENCH_SHARED" ]; then \
	  $(BIN)/python -m bfrbench.benchmark.agreement $$BFRBENCH_SHARED --write docs/agreement.md && \
	  $(BIN)/python -m bfrbench.reference_model.agreement $$BFRBENCH_SHARED --write docs/agreement-reference-model.md && \
	  $(BIN)/python docs/metrics_by_severity.py $$BFRBENCH_SHARED/data/faces512 --write; fi

readme: setup  ## write the README's generated parts and picture anew, from a demo run
	$(BIN)/python docs/generate.py --write

clean:
	rm -rf demo dist val .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
