# Two commands do everything on a machine with Python 3.11, pip, venv and make:
#   make demo   trains the example, measures, assesses, draws the report
#   make test   lint, types, layers, tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := examples/credit-scoring
OUT := $(EXAMPLE)/out

.PHONY: demo fleet signs site test test-interop test-libraries test-models test-torch lint types layers unit bench pages clean
.DELETE_ON_ERROR:

# A stamp for each environment group: made again when the project's dependencies change.
$(VENV)/.pip:
	$(PYTHON) -c 'import sys; sys.exit("casemate needs Python 3.11 or newer: make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

$(VENV)/.demo: pyproject.toml $(VENV)/.pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group demo
	@touch $@

# The peer that our signatures are checked against, in an environment of its own: it brings 30 packages.
$(VENV)/.interop: $(VENV)/.pip
	$(PYTHON) -m venv $(VENV)/interop
	$(VENV)/interop/bin/python -m pip install --quiet --disable-pip-version-check model-signing==1.1.1 pyopenssl==26.4.0
	@touch $@

# torch is 200 MB, so what reads its files is tested with it in an environment of its own.
$(VENV)/.torch: pyproject.toml $(VENV)/.pip
	$(PYTHON) -m venv $(VENV)/torch
	$(VENV)/torch/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(VENV)/torch/bin/python -m pip install --quiet --disable-pip-version-check \
	  torch==2.13.0 numpy pytest hypothesis opacus dp-accounting scikit-learn --editable .
	@touch $@

# The libraries of models that the red team opens and of logs, in an environment of their own: xgboost alone brings a GPU
# library, and pandas writes other pickles where pyarrow is.
$(VENV)/.models: pyproject.toml $(VENV)/.pip
	$(PYTHON) -m venv $(VENV)/models
	$(VENV)/models/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(VENV)/models/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[http,lightgbm,monitor,onnx,redteam,xgboost]" \
	  onnx==1.23.2 pandas pytest pytest-xdist hypothesis
	@touch $@

$(VENV)/.site: pyproject.toml $(VENV)/.pip
	$(PYTHON) -m venv $(VENV)/site
	$(VENV)/site/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(VENV)/site/bin/python -m pip install --quiet --disable-pip-version-check --group docs
	@touch $@

demo: $(VENV)/.demo
	@echo "1. Train the scorer on 4,454 real loan applications, from signed data to a signed model"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(EXAMPLE)/release.sh 2>&1
	@echo; echo "2. Simulate the scoring API's log of two months, with an attack in the second"
	@$(BIN)/python $(EXAMPLE)/traffic.py
	@echo; echo "3. Measure, assess, report"
	@PATH="$(CURDIR)/$(BIN):$$PATH" CASEMATE_DRILL=yes $(BIN)/casemate assess $(EXAMPLE)/casemate.yaml --measure --output html=$(OUT)/report.html --output json=$(OUT)/assessment.json \
	  --output markdown=$(OUT)/assessment.md; code=$$?; \
	  echo; if [ $$code -eq 1 ]; then echo "The gate fails (exit code 1), as it should: this demo shows a system with open threats."; \
	  elif [ $$code -eq 0 ]; then echo "The gate passes (exit code 0)."; else exit $$code; fi; \
	  echo "The report is $(OUT)/report.html: open it in a browser."

test: $(VENV)/.dev
	@$(MAKE) --no-print-directory lint types layers unit

# OpenSSF Model Signing in both directions: what we sign, model_signing verifies, and the other way round.
test-interop: $(VENV)/.dev $(VENV)/.interop
	MODEL_SIGNING=$(CURDIR)/$(VENV)/interop/bin/model_signing $(BIN)/python -m pytest tests/interop

# What needs the libraries that write models: their own files are clean, and the example repeats its bytes.
test-libraries: $(VENV)/.dev $(VENV)/.demo
	$(BIN)/python -m pytest tests/evidence/scan/test_scan_libraries.py tests/examples/test_credit_scoring.py tests/examples/test_credit_scoring_measured.py
	$(BIN)/python -m pytest tests/cli/test_redteam_command.py -k columns

# Files of every kind that torch writes (zip, legacy, tar, TorchScript), torch models as targets, and the training recipes.
test-torch: $(VENV)/.torch
	$(VENV)/torch/bin/python -m pytest tests/torch_files

# Models as targets (ONNX, xgboost, lightgbm, an endpoint behind a real http server), and logs as Parquet.
test-models: $(VENV)/.models
	$(VENV)/models/bin/python -m pytest -n 2 tests/evidence/redteam/models tests/shelves/test_models.py \
	  tests/evidence/monitor/logs tests/shelves/test_logs.py

# The site, built strictly, in an environment of its own.
site: $(VENV)/.site
	NO_MKDOCS_2_WARNING=1 $(VENV)/site/bin/mkdocs build --strict
	@echo "The site is build/site/index.html: open it in a browser."

# A routing service whose traffic reports anybody can write: attacked, guarded, attacked again. Its README is compared.
fleet: $(VENV)/.dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" examples/fleet-routing/fleet.sh
	FLEET=full $(BIN)/python -m pytest tests/examples/test_fleet_routing.py -k readme

# A sign recogniser, attacked with and without adversarial training. Its README is compared.
signs: $(VENV)/.torch
	@mkdir -p examples/sign-recognition/out
	@PATH="$(CURDIR)/$(VENV)/torch/bin:$$PATH" examples/sign-recognition/sign.sh 2026-11-23 | tee examples/sign-recognition/out/said.txt
	SIGNS=$(CURDIR)/examples/sign-recognition/out/said.txt $(VENV)/torch/bin/python -m pytest tests/torch_files/test_sign_recognition.py -k readme

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

layers:
	$(BIN)/lint-imports --no-cache | tail -4

unit:
	$(BIN)/python -m pytest -n auto

bench: $(VENV)/.dev
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/assess.py
	$(BIN)/python bench/paths.py
	$(BIN)/python bench/audit.py
	$(BIN)/python bench/scan.py
	$(BIN)/python bench/sign.py
	$(BIN)/python bench/incidents.py
	$(BIN)/python bench/diff.py
	$(BIN)/python bench/passport.py
	$(BIN)/python bench/redteam.py
	$(BIN)/python bench/membership.py
	$(BIN)/python bench/driftbench.py
	$(BIN)/python bench/monitor.py

# What is made from the shelves and from the bench of incidents: docs/threats, docs/controls, docs/incidents.md
pages: $(VENV)/.dev
	$(BIN)/python scripts/pages.py
	$(BIN)/python bench/incidents.py --markdown docs/incidents.md > /dev/null

clean:
	rm -rf $(VENV) $(EXAMPLE)/artifacts $(EXAMPLE)/data $(EXAMPLE)/evidence $(EXAMPLE)/keys $(EXAMPLE)/logs $(EXAMPLE)/out $(EXAMPLE)/.casemate \
	  examples/fleet-routing/evidence examples/fleet-routing/keys examples/fleet-routing/out \
	  $(addprefix examples/sign-recognition/,artifacts data evidence keys out)
