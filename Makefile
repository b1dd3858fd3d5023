# What there is to do here, by its name. `make` alone checks.

BIN := .venv/bin

.PHONY: check test sweeps proofs explore soak bench looks run lock all

check: .venv
	bash .ci/check

test: .venv
	$(BIN)/pytest -n 4

# The sweeps that are taken before a change lands, the laws among them over all their examples.
sweeps: .venv
	$(BIN)/pytest -m "landing and not long" -n 4 --hypothesis-profile=same

# The long proofs: every fault at every point of dying, 500 kills, all sizes, an hour of use. About an hour.
proofs: .venv
	$(BIN)/pytest -m long -n 2 --hypothesis-profile=explore

# The laws over examples that nobody has tried yet; elsewhere they are the same ones each time.
explore: .venv
	$(BIN)/pytest -m "hypothesis and not long" -n 2 --hypothesis-profile=explore

# An hour of use while Twilio fails in every way, with a million messages kept; tells what it measured.
SECONDS := 3600
KEPT := 1000000
soak: .venv
	SOAK_SECONDS=$(SECONDS) SOAK_KEPT=$(KEPT) $(BIN)/pytest -m long -n 0 -s tests/soak/test_soak.py -k hour

bench: .venv
	$(BIN)/python -m tests.bench

# Accepts every change of look, and draws the pictures anew.
looks: .venv
	$(BIN)/python -m tests.looks

run: .venv
	$(BIN)/tuilio --sandbox

# Writes the exact versions that CI and the build take, with the hashes of their files for every system, as far as pyproject.toml
# asks for others than it names now; `make lock UPGRADE=-U` takes the newest. Needs uv.
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile -q --universal --generate-hashes --no-annotate $(UPGRADE)
BUILD := sed -n 's/^requires = \["\(.*\)"\]/\1/p' pyproject.toml

lock:
	$(BUILD) | $(LOCK) -o .ci/requirements.txt pyproject.toml -
	$(BUILD) | $(LOCK) -o .ci/requirements-dev.txt -c .ci/requirements.txt --extra dev pyproject.toml -

# Everything that has to hold before a change lands.
all:
	bash .ci/run

.venv: pyproject.toml .ci/requirements-dev.txt
	python3 -m venv .venv
	$(BIN)/pip install -q -r .ci/requirements-dev.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch .venv
