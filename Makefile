# Needs python3 (3.11 or newer), make and git; everything else is set up in .venv by the targets themselves.

PYTHON ?= python3
SEED ?= 1
SAMPLE ?= 40

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: certify test prove lint bench long mutants clean
.DEFAULT_GOAL := certify

# Judge every mock against its catalogue; prints the verdict counts and where the reports are.
certify: $(READY)
	@$(BIN)/invigil certify pens-target --target mock --report build/pens-target
	@$(BIN)/invigil certify pens-client --target mock --report build/pens-client
	@$(BIN)/invigil certify cloud-v1 --target mock --report build/cloud-v1
	@$(BIN)/invigil certify results-receiver --target mock --report build/results-receiver
	@$(BIN)/invigil certify lti-platform --target mock --report build/lti-platform
	@$(BIN)/invigil certify lti-tool --target mock --report build/lti-tool

# Lint, types and import contract are items of the test run (tests/repository/test_standards.py).
test: $(READY)
	@$(BIN)/pytest -n auto --dist loadgroup tests

# Show that every check is turned red by its faults, for the stated reason.
prove: $(READY)
	@$(BIN)/invigil prove

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

# Measurements, never part of the test run.
bench: $(READY)
	@$(BIN)/python -m benchmarks.run
	@$(BIN)/python -m benchmarks.serving
	@$(BIN)/python -m benchmarks.notices

# The tests that take minutes; what they measure goes to docs/measurements.md.
long: $(READY)
	@INVIGIL_LONG=1 $(BIN)/pytest -n0 -m long tests

# Change a seeded sample of conditions, constants and wire tables: tests or prove must turn red.
mutants: $(READY)
	@$(BIN)/python benchmarks/mutants.py --seed $(SEED) --sample $(SAMPLE)

clean:
	@rm -rf build dist $(VENV)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "invigil needs Python 3.11 or newer; name one with: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make a venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	@touch $@
