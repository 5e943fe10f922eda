# make run: the site. make test: all tests. make help: the rest.
PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run setup test lint format bench bench-gallery bench-load messages

help:
	@echo "make run      set up and start the site and a worker for videos (PORT=8000, HOST=127.0.0.1; PROD=1: for the open internet)"
	@echo "make test     install what the tests need and run all of them"
	@echo "make lint     ruff, mypy, djlint, what may import what, docs/glossary.md"
	@echo "make format   let ruff and djlint lay out the code"
	@echo "make bench    this project beside every other way to run the generators, on this machine"
	@echo "make bench-gallery speed of the gallery's pages with 100,000 works"
	@echo "make bench-load the site with 50 people who convert photos for 5 minutes"
	@echo "make messages collect and compile the translations (needs gettext)"

# A stamp for each list of packages: set up again only when the list changes.
$(VENV)/installed: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing packages, once; this takes a few minutes…"
	@$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@touch $@

setup: $(VENV)/installed
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@$(MANAGE) prepare_styles

# PROD=1: only with settings that are fit for the open internet, and with a log of requests.
run: setup
	@$(if $(PROD),$(MANAGE) check --deploy --fail-level WARNING,true)
	@echo ""
	@echo "  The site is at http://$(HOST):$(PORT)$(SCRIPT_NAME)/  (Ctrl-C stops it)"
	@echo "  Sign up there and drop a photo. For the admin pages: $(MANAGE) createsuperuser"
	@echo "  More styles: $(MANAGE) fetch_weights     Settings: .env.example"
	@echo ""
	@$(MANAGE) run_worker & worker=$$!; trap 'kill $$worker 2>/dev/null; wait $$worker' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; \
	  HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m gunicorn -c animegan_site/gunicorn.py animegan_site.wsgi $(if $(PROD),--access-logfile - --log-level info)

test: $(VENV)/installed-dev
	@tests/run $(ARGS)

lint: $(VENV)/installed-dev
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/python -m pytest -q tests/site/test_glossary.py
	@$(BIN)/python -m djlint templates --check --lint --quiet

format: $(VENV)/installed-dev
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m djlint templates --reformat --quiet || true

bench: $(VENV)/installed-dev
	@$(MANAGE) benchmark $(ARGS)

bench-gallery: $(VENV)/installed
	@$(BIN)/python benchmarks/showcase.py

bench-load: $(VENV)/installed-dev
	@$(BIN)/python benchmarks/load.py $(ARGS)

messages: $(VENV)/installed-dev
	@$(MANAGE) makemessages --locale zh_Hans --ignore '.venv/*' --ignore 'var/*' --no-location
	@$(MANAGE) makemessages --domain djangojs --locale zh_Hans --ignore '.venv/*' --ignore 'var/*' --no-location
	@sed -i '/^"POT-Creation-Date/d' locale/*/LC_MESSAGES/*.po
	@$(MANAGE) compilemessages --ignore '.venv/*'
