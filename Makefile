# Two commands on a fresh machine: make demo, make test. Each sets itself up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Python keeps what it compiles, whatever is set outside: else each worker and each command that a test starts compiles it again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-quick coverage kernel-plain lint bench verify newest lock licences audit docs pictures build clean

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV) || { echo "python3 cannot make a virtual environment here; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

demo: $(READY)
	$(BIN)/crossings demo --seeds 100 --report report.html

# On all cores; a file's tests stay together, so that what they share is made once. What takes long is left to verify.
test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow"

test-quick: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not browser and not slow"

coverage: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow" --cov --cov-report=term:skip-covered

# The kernel as plain Python, on small worlds: for a debugger, for print, and for coverage of its lines. What draws many numbers
# or runs Finland takes too long so.
kernel-plain: $(READY)
	EXAMPLES=0.1 NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n auto -m "not slow" tests/test_draws.py tests/test_kernel.py tests/test_expectation.py::test_shares_at_home_are_the_logit -k "not finland and not law and not chi_square and not correlate and not scipy and not demand and not differ and not mean" --cov --cov-config=tests/kernel_coverage.ini --cov-report=term

lint: $(READY)
	$(BIN)/ruff check src tests benchmarks verification docs
	$(BIN)/ruff format --check src tests benchmarks verification docs
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/biome check --error-on-warnings
	DENO_DIR=build/deno DENO_NO_UPDATE_CHECK=1 $(BIN)/deno check --quiet src/crossings/web/page src/crossings/templates

bench: $(READY)
	$(BIN)/python benchmarks/run.py --markdown docs/performance.md

# What takes too long for every change, and attacks from the outside (docs/verification.md): slow tests, all random examples, mutants of each kind of file, the newest dependencies.
verify: $(READY)
	EXAMPLES=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "slow or drawn"
	$(BIN)/python verification/worlds.py --worlds 10000
	$(BIN)/python verification/fuzz.py --mutants 5000
	$(BIN)/python verification/fuzz_imports.py --mutants 5000
	$(BIN)/python verification/hostile_folders.py --folders 1000
	$(BIN)/python verification/hostile_questions.py --questions 2000
	$(BIN)/python verification/kills.py --kills 500
	$(BIN)/python verification/page_requests.py --requests 10000
	$(MAKE) newest

# The newest version of each dependency, in an empty environment: what somebody gets who installs this today.
newest:
	rm -rf build/newest
	$(PYTHON) -m venv build/newest
	build/newest/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir ".[all]"
	cd build && newest/bin/crossings check two-crossings && newest/bin/crossings run two-crossings --seeds 3 && newest/bin/python -m pip list --format freeze

# Names, versions and hashes of every file that the index has of them; nothing else.
lock: $(READY)
	$(BIN)/uv pip compile requirements.lock --generate-hashes --no-annotate --no-header --no-deps --quiet --output-file requirements.lock

licences: $(READY)
	$(BIN)/python verification/licences.py docs/licences.md

audit: $(READY)
	$(BIN)/python verification/audit.py

docs: $(READY)
	$(BIN)/python docs/make_reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

pictures: $(READY)
	$(BIN)/python docs/make_pictures.py

# sdist and wheel; the wheel is installed in an empty environment and tried from another folder.
build: $(READY)
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(PYTHON) -m venv dist/empty
	dist/empty/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	cd dist && empty/bin/crossings --version && empty/bin/crossings demo --seeds 5 --report demo.html

clean:
	rm -rf $(VENV) site report.html
