# `make` lists the targets. A fresh machine needs python3 (3.11 or newer, with its headers), g++ and make; cmake and ninja
# come from pip. Everything is installed into .venv with the versions of constraints.txt, and again only after one of the
# files that decide about it has changed.

PYTHON ?= python3
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# What an installation depends on. Python sources are not among them: the installation is editable.
INPUTS := pyproject.toml constraints.txt CMakeLists.txt $(wildcard cpp/*.?pp cpp/*/*)
CPP := $(wildcard cpp/*.?pp cpp/*/*.cpp cpp/*/*.hpp tests/support/program/*.cpp)
# uv, where there is one, installs faster than pip; the result is the same.
INSTALL = $(shell command -v uv >/dev/null 2>&1 && echo uv pip install -q --python $(1) || echo $(1) -m pip install -q) -c constraints.txt
PROJECT := --no-build-isolation --config-settings=build-dir=build/{wheel_tag}
BUILD_TOOLS := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], "cmake", "ninja")

.DEFAULT_GOAL := help
.PHONY: help run fit explore build test test-core test-slow fuzz test-torch test-peers sanitize check format web web-same bench bench-full docs clean

help:  ## list the targets
	@echo "make <target>; $(VENV) is made when first needed"
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | awk -F '\t' '{printf "  %-12s %s\n", $$1, $$2}'

run: $(VENV)/run.stamp  ## the worked example, every number of it, in the terminal
	@$(BIN)/gatewise work

explore: $(VENV)/run.stamp  ## the worked example as a page to play with, in the browser
	@$(BIN)/gatewise explore

build: $(VENV)/run.stamp  ## compile what changed in cpp/ (the other targets do this too)

fit: $(VENV)/train.stamp  ## train on the weather that comes with gatewise, with a report, in runs/
	@$(BIN)/gatewise fit

test: $(VENV)/dev.stamp  ## all tests but the slow ones (PYTEST_ARGS="-k name -x" to choose)
	@$(BIN)/python -m pytest -m "not slow" $(PYTEST_ARGS)

# From a clone to the first passing test at half the cost: no extras, and the core quickly compiled, for one instruction
# set. What asks for all of them, calls every public function, or compiles cores of its own, is for `make test`.
FULL_BUILD := --ignore=tests/engine/test_fuzz_arguments.py --ignore=tests/engine/test_fuzz_planted.py \
	--ignore=tests/engine/test_native_build.py --ignore=tests/engine/test_native_linear.py \
	--deselect=tests/engine/test_core.py::test_sets_are_those_the_cpu_and_system_can_run
test-core: $(VENV)-core/core.stamp  ## the tests of cells, engine and learn, with NumPy and pytest alone, in .venv-core
	@$(VENV)-core/bin/python -m pytest -m "not slow" tests/cells tests/engine tests/learn $(FULL_BUILD) $(PYTEST_ARGS)

test-slow: $(VENV)/dev.stamp  ## the others: broken builds that must be caught, emulated CPUs, more seeds of what is drawn; many minutes
	@$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

# Atheris is not among the tools of the tests: it is large, and there is none for every Python.
fuzz: $(VENV)/dev.stamp  ## calls and files damaged at random, by each fuzzer; KIND=arguments to choose, SECONDS each (600)
	@$(BIN)/python -c "import atheris" 2>/dev/null || $(call INSTALL,$(BIN)/python) atheris
	@$(BIN)/python tests/support/fuzz_run.py $(KIND) --seconds $(or $(SECONDS),600)

sanitize: $(VENV)/dev.stamp  ## the engine's tests on a build that watches memory and arithmetic; minutes
	@$(BIN)/python tests/support/sanitize.py $(PYTEST_ARGS)

test-torch: $(VENV)-torch/torch.stamp  ## those beside torch and Keras but the slow ones, in .venv-torch (1 GB)
	@$(VENV)-torch/bin/python -m pytest -m "not slow" tests/with_torch tests/with_keras $(PYTEST_ARGS)

test-peers: $(VENV)-peers/peers.stamp  ## all tests, and beside torch, Keras, TensorFlow, ONNX Runtime, in .venv-peers (4 GB)
	@$(VENV)-peers/bin/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/dev.stamp  ## format, lint, types, and that imports point one way
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/clang-format --dry-run -Werror $(CPP)
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/dev.stamp  ## put the sources into their format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/clang-format -i $(CPP)

# The pages' scripts lie in the package as they are built, so that users need no node.
BUNDLES := src/gatewise/support/bundles
web: web/node_modules/made.stamp  ## build the pages' scripts from web/ again (needs node 20.19 or newer)
	@cd web && npm run -s build

web-same: web/node_modules/made.stamp $(VENV)/dev.stamp  ## types and tests of web/, and that the scripts in the package are what it builds
	@cd web && npm run -s check && npm test -s
	@$(MAKE) -s web
	@git status --porcelain $(BUNDLES) | (! grep .) || { echo "$(BUNDLES) is not what web/ builds: make web, and commit it"; exit 1; }

# Beside the peers of .venv-bench where `make bench-full` has made that; else alone.
BENCH := $(if $(wildcard $(VENV)-bench/bench.stamp),$(VENV)-bench/bench.stamp,$(VENV)/run.stamp)
BENCH_ARGS ?=
TABLE := docs/benchmarks/table.md

bench: $(BENCH)  ## time the engine on this machine, three minutes (BENCH_ARGS="--sizes nowcast" to choose)
	@$(dir $(BENCH))bin/python bench/lstm.py $(BENCH_ARGS)

bench-full: $(VENV)-bench/bench.stamp  ## beside torch, JAX, TensorFlow, ONNX Runtime: an hour and more; renews docs
	@$(VENV)-bench/bin/python bench/lstm.py --full --markdown $(TABLE) --plot docs/benchmarks/ratios.svg $(BENCH_ARGS)

docs: $(VENV)/run.stamp  ## the worked example as HTML, Markdown, LaTeX and a page to play with, in build/docs
	@mkdir -p build/docs
	@for kind in html md tex; do $(BIN)/gatewise work --to $$kind -o build/docs/worked-example.$$kind || exit; done
	@$(BIN)/gatewise explore --no-open -o build/docs/explore.html
	@ls build/docs/*

clean:  ## remove the environments and everything built
	rm -rf $(VENV) $(VENV)-core $(VENV)-torch $(VENV)-peers $(VENV)-bench web/node_modules build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/made.stamp $(VENV)-core/made.stamp $(VENV)-torch/made.stamp $(VENV)-peers/made.stamp $(VENV)-bench/made.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "gatewise needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Choose one: make PYTHON=python3.12"; exit 1; }
	@echo "making $(@D)"
	@$(PYTHON) -m venv $(@D)
	@$(call INSTALL,$(@D)/bin/python) $$($(PYTHON) -c '$(BUILD_TOOLS)')
	@touch $@

$(VENV)/run.stamp: $(VENV)/made.stamp $(INPUTS)
	@echo "building and installing gatewise into $(VENV)"
	@$(call INSTALL,$(BIN)/python) $(PROJECT) -e .
	@touch $@

$(VENV)/train.stamp: $(VENV)/made.stamp $(INPUTS)
	@echo "building and installing gatewise into $(VENV), with what training needs"
	@$(call INSTALL,$(BIN)/python) $(PROJECT) -e '.[train]'
	@touch $(VENV)/run.stamp $@

$(VENV)/dev.stamp: $(VENV)/made.stamp $(INPUTS)
	@echo "building and installing gatewise, test and lint tools into $(VENV)"
	@$(call INSTALL,$(BIN)/python) $(PROJECT) -e '.[pdf,train,sklearn,tensorboard,onnx,test,lint]'
	@touch $(VENV)/run.stamp $(VENV)/train.stamp $@

QUICK := --config-settings=cmake.build-type=Debug --config-settings=cmake.define.CMAKE_CXX_FLAGS_DEBUG=-O0 \
	--config-settings=cmake.define.GATEWISE_OPTIMIZE=-O1 --config-settings=cmake.define.GATEWISE_INSTRUCTION_SETS=portable

$(VENV)-core/core.stamp: $(VENV)-core/made.stamp $(INPUTS)
	@echo "building and installing gatewise, NumPy and pytest into $(VENV)-core"
	@$(call INSTALL,$(VENV)-core/bin/python) numpy pytest hypothesis mpmath
	@$(call INSTALL,$(VENV)-core/bin/python) --no-build-isolation --no-deps --config-settings=build-dir=build/core $(QUICK) -e .
	@touch $@

# With the core that is compiled for $(VENV) already. By pip: uv would fetch torch's build for GPUs.
$(VENV)-torch/torch.stamp: $(VENV)-torch/made.stamp $(VENV)/run.stamp $(INPUTS)
	@echo "installing gatewise, test tools and torch into $(VENV)-torch"
	@rm -rf build/editable && mkdir -p build/editable
	@$(BIN)/python -c 'from scikit_build_core.build import build_editable; build_editable("build/editable", {"build-dir": "build/{wheel_tag}"})' >/dev/null
	@$(VENV)-torch/bin/python -m pip uninstall -q -y gatewise 2>/dev/null
	@$(VENV)-torch/bin/python -m pip install -q -c constraints.txt "$$(echo build/editable/*.whl)[train,test,peers-torch]"
	@touch $@

$(VENV)-peers/peers.stamp: $(VENV)-peers/made.stamp $(INPUTS)
	@echo "building and installing gatewise, test tools and peers into $(VENV)-peers"
	@$(call INSTALL,$(VENV)-peers/bin/python) $(PROJECT) -e '.[pdf,train,sklearn,test,peers]'
	@touch $@

web/node_modules/made.stamp: web/package.json web/package-lock.json web/.npmrc
	@command -v npm >/dev/null || { echo "building the pages needs node 20.19 or newer, with npm"; exit 1; }
	@echo "installing what the pages are built with into web/node_modules"
	@cd web && npm ci --loglevel=error
	@touch $@

# Without the constraints: the peers are timed in the versions that they choose.
$(VENV)-bench/bench.stamp: $(VENV)-bench/made.stamp $(INPUTS)
	@echo "building and installing gatewise and the peers into $(VENV)-bench"
	@$(VENV)-bench/bin/python -m pip install -q $(PROJECT) -e '.[bench]'
	@touch $@
