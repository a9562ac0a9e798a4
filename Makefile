# `make run` sets everything up and serves the site; `make test` runs all tests. Both need Python 3.11 or newer.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test clean

# init exits 1 if some cases are broken: it has named them, and the site runs with the rest. Its standard output is the
# demo sign-ins, which the server prints as well, at each start.
run:
	@$(call install,.,run)
	@$(BIN)/coachapp init --demo > /dev/null || [ $$? -eq 1 ]
	@exec $(BIN)/coachapp run

test:
	@$(call install,.[test],test)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# $(call install,WHAT,NAME): pip runs only if pyproject.toml, Python or this folder changed since it last ran for NAME,
# so that everything after the first time works without a network.
define install
set -e; \
if [ -z "$(PYTHON)" ]; then \
	echo "Coachapp needs Python 3.11 or newer, and none was found. Install it, or name it: make PYTHON=/path/to/python" >&2; exit 2; \
fi; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Coachapp needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)" >&2; exit 2; }; \
state=$$("$(PYTHON)" -c 'import hashlib, os, sys; print(hashlib.sha256(open("pyproject.toml", "rb").read() + os.getcwd().encode() + sys.version.encode()).hexdigest())'); \
if [ "$$(cat $(VENV)/installed-$(2) 2>/dev/null)" != "$$state" ]; then \
	if [ "$$(cat $(VENV)/made-for 2>/dev/null)" != "$$state" ]; then \
		echo "Making the environment in $(VENV) ..."; \
		"$(PYTHON)" -m venv --clear $(VENV); \
		echo "$$state" > $(VENV)/made-for; \
	fi; \
	echo "Installing the packages (only when pyproject.toml changes) ..."; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check -e '$(1)'; \
	echo "$$state" > $(VENV)/installed-$(2); \
	if [ "$(2)" = test ]; then echo "$$state" > $(VENV)/installed-run; fi; \
fi
endef
