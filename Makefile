# Two commands on a fresh machine with Python >= 3.11 and make:  make run  ·  make test
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TOOLS  := build/tools
TOOL_PIP = $(TOOLS)/bin/python -m pip --disable-pip-version-check --quiet install
RUN_READY := $(VENV)/.run-ready
TEST_READY := $(VENV)/.test-ready
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet install

.PHONY: run test test-all check bench samples constraints audit sbom docs clean

run: $(RUN_READY)              ## scan the sample stores, keep scanning, serve on 127.0.0.1:8000
	@$(BIN)/python -m sample_media.restore_times
	@$(BIN)/bwc run

test: $(TEST_READY)             ## the whole suite: both databases, browser included
	@$(BIN)/python -m tests.prepare
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not long"

test-all: test                  ## and what takes minutes: the API fuzzed, every page with screenshots, long worlds
	@$(BIN)/python -m pytest -n 2 -m long

check: $(TEST_READY)            ## lint, types, imports, fast tests: under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n 2 -m "not slow"

bench: $(TEST_READY)            ## the measurements of benchmarks/README.md
	@$(BIN)/python -m benchmarks.prepare
	@$(BIN)/python -m benchmarks

samples: $(TEST_READY)          ## make the sample day again from nothing
	@$(BIN)/python -m sample_media.generate

docs: $(TEST_READY)             ## regenerate the pages that are made from code
	@$(BIN)/python -m docs.generate

constraints: $(TEST_READY)      ## pin again, with hashes and without naming an index
	@$(PIP) uv
	@$(BIN)/uv pip compile pyproject.toml --extra build --extra dask --extra overlay --extra s3 --universal -p 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -q -o constraints/run.txt
	@$(BIN)/uv pip compile pyproject.toml --extra build --extra dask --extra overlay --extra s3 --extra test -c constraints/run.txt --universal -p 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -q -o constraints/test.txt

audit: $(TOOLS)/bin/python      ## known weaknesses of what is pinned; asks an advisory service, and fails where it cannot
	@$(TOOL_PIP) pip-audit
	@$(TOOLS)/bin/pip-audit --strict --disable-pip --no-deps --progress-spinner off -r constraints/run.txt
	@$(TOOLS)/bin/pip-audit --strict --disable-pip --no-deps --progress-spinner off -r constraints/test.txt

sbom: $(TOOLS)/bin/python       ## bill of materials (CycloneDX) of what is pinned: build/sbom.json, the same each time
	@$(TOOL_PIP) cyclonedx-bom
	@PYTHONWARNINGS=ignore $(TOOLS)/bin/cyclonedx-py requirements constraints/run.txt --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json
	@$(TOOLS)/bin/python -m deploy.bill build/sbom.json

$(TOOLS)/bin/python:            # tools with dependencies of their own, apart from what the program runs with
	@$(PYTHON) -m venv $(TOOLS)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@$(PYTHON) -m venv $(VENV)

$(RUN_READY): constraints/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing / 正在安装 ..."
	@$(PIP) --require-hashes -r constraints/run.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(TEST_READY): constraints/test.txt $(RUN_READY)
	@echo "installing the test tools / 正在安装测试工具 ..."
	@$(PIP) --require-hashes -r constraints/test.txt
	@touch $@

clean:
	rm -rf $(VENV) var build *.egg-info
