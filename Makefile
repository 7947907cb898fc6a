# Digit Lab from a shell. Windows has the same steps as plain commands in README.md.
#
#   make run      the app, with everything it needs in .venv
#   make dev      the app, which follows each change of its code
#   make test     every test, those in a real browser too where there is one (ARGS="-k draw" for a few)
#   make check    the quick ones, without TensorFlow, browser and database
#   make bench    print the figures of docs/benchmarks.md (BENCH=app for one of them)
#   make lint     check style, docstrings, import rules and types
#   make format   apply the style
#   make lock     lock what the requirements files name (ARGS=--upgrade for the newest releases)

PYTHON ?= python3
ARGS ?=
BENCH ?= app live explain control list_runs augmentation doctor drawn reading_speed refusal numbers paper calibration robustness exports finetune time_to_99 recipes qmnist sweep cluster

# Three processes on two cores, the third of which gives way, as tests/lanes.py deals out the files.
AT_ONCE ?= -n 3 --dist loadfile --no-loadscope-reorder
# One thread for each product of matrices: a second would wait for work by turning in a loop.
test check: export OPENBLAS_NUM_THREADS := 1

# Python keeps the bytecode of this project, whatever the shell says: the tests start hundreds of
# processes, each of which would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
VENV_PYTHON := $(VENV)/bin/python

# Written by tools/make_venv.py when an installation is complete and taken away while one is under
# way, so that one that was cut short is started over instead of trusted.
INSTALLED := $(VENV)/installed
INSTALLED_DEV := $(VENV)/installed-dev

# A virtual environment whose Python was removed or replaced is started over, too.
ifneq ($(shell $(VENV_PYTHON) -c "import pip; print('works')" 2>/dev/null),works)
$(shell rm -f $(INSTALLED) $(INSTALLED_DEV))
endif

.PHONY: run dev test check bench lint format lock

run: $(INSTALLED)
	@$(VENV_PYTHON) -m streamlit run streamlit_app.py $(ARGS)

dev: $(INSTALLED)
	@$(VENV_PYTHON) -m streamlit run streamlit_app.py --server.fileWatcherType auto $(ARGS)

test: $(INSTALLED_DEV)
	@$(VENV_PYTHON) tools/chromium.py
	$(VENV_PYTHON) -m pytest $(AT_ONCE) $(ARGS)

check: $(INSTALLED_DEV)
	$(VENV_PYTHON) -m pytest $(AT_ONCE) --check $(ARGS)

bench: $(INSTALLED_DEV)
	@set -e; for name in $(BENCH); do $(VENV_PYTHON) -m bench.$$name $(ARGS); done

lint: $(INSTALLED_DEV)
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy

format: $(INSTALLED_DEV)
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .

lock: $(INSTALLED_DEV)
	$(VENV_PYTHON) -m tools.lock $(ARGS)

$(INSTALLED): requirements.txt requirements.lock
	@$(PYTHON) tools/make_venv.py $(VENV)

$(INSTALLED_DEV): requirements-dev.txt requirements-dev.lock $(INSTALLED)
	@$(PYTHON) tools/make_venv.py $(VENV) --dev
