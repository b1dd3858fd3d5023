# What there is to do here, by its name. `make` alone checks.

BIN := .venv/bin

.PHONY: check test sweeps proofs explore bench looks run all

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

bench: .venv
	$(BIN)/python -m tests.bench

# Accepts every change of look, and draws the pictures anew.
looks: .venv
	$(BIN)/python -m tests.looks

run: .venv
	$(BIN)/tuilio --sandbox

# Everything that has to hold before a change lands.
all:
	bash .ci/run

.venv: pyproject.toml .ci/constraints.txt
	python3 -m venv .venv
	$(BIN)/pip install -q -c .ci/constraints.txt -e '.[dev]'
	touch .venv
