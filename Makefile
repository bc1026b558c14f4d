# Two commands for a newcomer: `make demo` and `make test`. Both need only Python 3.10+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo batch-demo test bench gpu-check matrix lint types layers clean

demo: $(VENV)/.standalone
	$(BIN)/fice demo --out demo-out

# Six drawn figures with four texts each; give it again and only what is missing is done.
batch-demo: $(VENV)/.standalone
	$(BIN)/python -m fice.demo.figures --out batch-demo/photos
	$(BIN)/fice batch --photos batch-demo/photos --out batch-demo/out --text "a red striped shirt" \
	    --text "a yellow turtleneck sweater" --text "a dark blue dress" --text "a green dress with dots"

test: $(VENV)/.test lint types layers
	$(BIN)/pytest

bench: $(VENV)/.standalone
	$(BIN)/python -m fice.lab.bench
	$(BIN)/python -m fice.lab.bench table

matrix:
	$(PYTHON) -m tools.matrix

gpu-check: $(VENV)/.standalone
	$(BIN)/python -m fice.lab.bench gpu-check

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/basedpyright

layers: $(VENV)/.test
	$(BIN)/lint-imports

$(VENV)/.standalone: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check -q -e '.[standalone]'
	touch $@

$(VENV)/.test: $(VENV)/.standalone
	$(BIN)/pip install --disable-pip-version-check -q -e '.[standalone,test]'
	touch $@

clean:
	rm -rf $(VENV) demo-out batch-demo .pytest_cache .ruff_cache .import_linter_cache
