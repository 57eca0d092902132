# `make demo` and `make test` do everything on a machine that has Python 3.11, 3.12 or 3.13; see README.md.

SUPPORTED := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12), (3, 13)))
# Tried by running, because a command of that name may be a launcher without the version behind it.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(SUPPORTED)' 2>/dev/null && echo $$python && break; done)

BIN := .venv/bin
INSTALLED := .venv/.installed
BENCH_INSTALLED := .venv/.bench-installed
OLDEST_BIN := .venv-oldest/bin
OLDEST := .venv-oldest/.installed

# Most modules of the dependencies are never imported; Python compiles the others when they are.
PIP_OPTIONS := --no-compile

# The tests of a file share models that they have trained, so a file stays in one process.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help install demo check lint types test test-oldest quick kernels site dist smoke bench clean

help:
	@echo "make demo     distil a small tagger and a small parser on generated text and show what they gained"
	@echo "make check    check format, lint and types, and run all tests"
	@echo "make lint     check format and lint"
	@echo "make types    run the type checker"
	@echo "make test     run all tests, in WORKERS=2 processes"
	@echo "make quick    run the tests without those marked slow: a minute in place of four"
	@echo "make test-oldest  run the quick tests with the oldest versions that the package accepts, in .venv-oldest"
	@echo "make kernels  compile what the tests need compiled, if no clone on this machine has done so"
	@echo "make site     build the documentation in site/html; every warning is an error"
	@echo "make dist     build the wheel and the source distribution in dist/, and check what they contain"
	@echo "make smoke    train, export and annotate with the wheel, in an environment of its own"
	@echo "make bench    compare the speed with other libraries, which it installs first"
	@echo "make install  create .venv; the commands above do so when it is missing or out of date"
	@echo "make clean    remove .venv, caches and builds"

install: $(INSTALLED)

demo: $(INSTALLED)
	$(BIN)/python -m demo.run

check: lint types test

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED)
	$(BIN)/mypy

test: kernels
	$(PYTEST)

quick: kernels
	$(PYTEST) -m "not slow"

# Without the tests of what builds and checks wheels, which need a newer `packaging` than users do.
test-oldest: $(OLDEST)
	$(OLDEST_BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile -m "not slow" \
	  --ignore tests/host --ignore tests/tools --ignore tests/wheels

kernels: $(INSTALLED)
	$(BIN)/python -m tools.compile_kernels

site: $(INSTALLED)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs -d site/doctrees . site/html

dist: $(INSTALLED)
	rm -rf build dist
	$(BIN)/python -m build --no-isolation
	rm -rf build *.egg-info  # whose metadata would count here in place of the installed ones
	$(BIN)/python -m tools.check_distributions dist

smoke: dist
	$(BIN)/python -m tools.smoke dist/*.whl

bench: $(BENCH_INSTALLED)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .venv-oldest .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist site *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

INPUTS := $(addprefix requirements/, run.txt dev.txt docs.txt constraints.txt without_dependencies.txt) pyproject.toml setup.py skd_plugin.pth skd_plugin/__init__.py \
	$(wildcard skd_plugin/host/*.py skd_plugin/host/*/pyproject.toml)

$(INSTALLED): $(INPUTS)
	@$(or $(PYTHON),false) -c '$(SUPPORTED)' 2>/dev/null || { \
	  echo "skd_plugin needs Python 3.11, 3.12 or 3.13; $(if $(PYTHON),$(PYTHON) is another version or does not run,none was found)." >&2; \
	  echo "Install one, or name it: make $(or $(MAKECMDGOALS),install) PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install $(PIP_OPTIONS) -r requirements/dev.txt
	$(BIN)/python -m pip install $(PIP_OPTIONS) --no-deps -r requirements/without_dependencies.txt
	$(BIN)/python -m pip install --no-deps --no-build-isolation -e .
	$(BIN)/python -m skd_plugin.host --no-deps --no-build-isolation
	touch $@

$(OLDEST): requirements/oldest.txt pyproject.toml
	$(PYTHON) -m venv .venv-oldest
	$(OLDEST_BIN)/python -m pip install $(PIP_OPTIONS) -r requirements/oldest.txt
	$(OLDEST_BIN)/python -m pip install --no-deps allennlp==2.10.1 cached-path==1.8.0
	$(OLDEST_BIN)/python -m pip install --no-deps -e .
	touch $@

# Without their dependencies, so that no peer changes a version under test.
$(BENCH_INSTALLED): requirements/bench.txt $(INSTALLED)
	$(BIN)/python -m pip install --no-deps -r requirements/bench.txt
	touch $@
