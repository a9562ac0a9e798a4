# `make run` sets everything up and serves the site; `make test` runs all tests. Both need Python 3.11 or newer, and take
# another than the first that will do with PYTHON=/path/to/python, another environment than .venv with VENV=folder.

# What an interpreter lacks, nothing where it will do. Debian and Ubuntu keep ensurepip in python3-venv; a Python built
# from source where headers were missing has no sqlite3 or ssl.
LACKS = import importlib.util as u, sys; print(", ".join(["version 3.11 or newer"] * (sys.version_info < (3, 11)) \
	+ [m.strip("_") for m in ("venv", "ensurepip", "_sqlite3", "_ssl") if not u.find_spec(m)]))

ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	lacks=$$("$$p" -c '$(LACKS)' 2>/dev/null) && [ -z "$$lacks" ] && { echo "$$p"; break; }; done)
endif
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
	rm -rf $(VENV) .venv-other build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# $(call install,WHAT,NAME): pip runs only if pyproject.toml, Python or this folder changed since it last ran for NAME,
# so that everything after the first time works without a network.
define install
set -e; \
if [ -z "$(PYTHON)" ]; then \
	echo "Coachapp needs Python 3.11 or newer with venv, ensurepip, sqlite3 and ssl, and none was found. Install it (on Debian and Ubuntu: python3 and python3-venv), or name it: make PYTHON=/path/to/python" >&2; exit 2; \
fi; \
lacks=$$("$(PYTHON)" -c '$(LACKS)' 2>/dev/null) || lacks="version 3.11 or newer"; \
if [ -n "$$lacks" ]; then \
	echo "Coachapp needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" --version 2>&1) and lacks: $$lacks" >&2; exit 2; \
fi; \
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
