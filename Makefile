# `make` lists the targets. HOST, PORT, DATA_DIR and the rest of the environment are in README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# All tests on all cores; a file of tests stays together, so that what it sets up is set up once.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help serve install prepare test check bench messages lock audit

help: ## zeigt diese Liste
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /: /'

serve: $(VENV)/.serve ## installiert, richtet ein und startet die Website
	@$(BIN)/python -m wirportal.serve

install: $(VENV)/.serve ## installiert nur die Pakete

prepare: $(VENV)/.serve ## wie serve, ohne zu starten (SITE=datei.toml: für einen anderen Landkreis)
	@$(BIN)/python -m wirportal.serve --prepare $(if $(SITE),--site "$(SITE)")

test: $(VENV)/.dev ## alle Tests, auch im echten Browser (ARGS="-k name" für einzelne)
	@$(BIN)/python -m tests.machine
	@$(BIN)/python -m pytest $(or $(ARGS),$(PARALLEL))
	@$(if $(ARGS),,$(BIN)/python -m tests.postgres $(PARALLEL))

check: $(VENV)/.dev ## Stil, Templates, Migrationen, Kataloge, Einstellungen für den Betrieb
	@$(BIN)/python -m tests.machine gettext
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates
	DEBUG=1 DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=1 $(BIN)/python manage.py checkcatalogues
	SITE_URL=https://wir.example.org SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_hex(40))') \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(VENV)/.dev ## misst, wie schnell die Website ist (ARGS="--help")
	@$(BIN)/python -m bench $(ARGS)

messages: $(VENV)/.dev ## sammelt die deutschen Texte aus Code und Templates in locale/
	@$(BIN)/python -m tests.machine gettext
	DEBUG=1 DATA_DIR=$(VENV)/none $(BIN)/python manage.py makemessages -x de --add-location=file --no-obsolete --no-wrap -i '.venv' -i 'var' -i 'tests'

lock: $(VENV)/.dev ## erneuert die festgelegten Versionen nach einer Änderung von pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml -q --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.txt -o requirements-dev.txt

# It asks the package index about known holes: needs the internet, so it is not part of the tests.
audit: | $(BIN)/python ## sucht bekannte Sicherheitslücken in den Paketen (braucht Internet)
	@$(BIN)/python -m venv $(VENV)/audit
	@$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	$(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.txt
	$(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements-dev.txt

# A stamp per set of requirements: installed once, and again when the pinned versions change.
$(VENV)/.serve: requirements.txt | $(BIN)/python
	@echo "Python-Pakete werden installiert …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.serve | $(BIN)/python
	@echo "Python-Pakete für die Entwicklung werden installiert …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Gebraucht wird Python 3.11 oder neuer. Anderes Python: make serve PYTHON=/pfad/zu/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Das Python-Modul venv fehlt. In Debian und Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@mkdir -p $(VENV) 2>/dev/null && test -w $(VENV) || { echo "In $(VENV) kann nicht geschrieben werden. Ist dieser Ordner schreibgeschützt?" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
