# make run: the site. make test: all tests. make help: the rest.
PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
export PIP_DISABLE_PIP_VERSION_CHECK = 1

UV := uv==0.13.8
PIP_AUDIT := pip-audit==2.10.1
# What torch's build for CUDA needs and no other: installed beside torch, see requirements-torch.txt.
CUDA := cublas cuda-cupti cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 \
  nccl-cu13 nvjitlink nvshmem-cu13 nvtx
TORCH := torch triton cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,$(CUDA))
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-config \
  --system-certs --custom-compile-command "make lock" $(addprefix --no-emit-package ,$(TORCH))

.PHONY: help run setup test lint lock audit format bench bench-gallery bench-load messages

help:
	@echo "make run      set up and start the site and a worker for videos (PORT=8000, HOST=127.0.0.1; PROD=1: for the open internet)"
	@echo "make test     install what the tests need and run all of them"
	@echo "make lint     ruff, mypy, djlint, what may import what, docs/glossary.md"
	@echo "make lock     write requirements*.lock anew after a change of requirements*.txt (needs PyPI)"
	@echo "make audit    look the locked packages up among known vulnerabilities (needs PyPI)"
	@echo "make format   let ruff and djlint lay out the code"
	@echo "make bench    this project beside every other way to run the generators, on this machine"
	@echo "make bench-gallery speed of the gallery's pages with 100,000 works"
	@echo "make bench-load the site with 50 people who convert photos for 5 minutes"
	@echo "make messages collect and compile the translations (needs gettext)"

# Only files whose hashes are known; the lists are complete, so what packages ask for is not looked up again.
INSTALL := $(BIN)/python -m pip install --quiet --require-hashes --no-deps

# A stamp for each list of packages: set up again only when the list changes.
$(VENV)/installed: requirements.lock requirements-torch.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing packages, once; this takes a few minutes…"
	@$(INSTALL) --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --requirement requirements-torch.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@$(INSTALL) --requirement requirements-dev.lock
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

# All that is locked for Linux, macOS and Windows, on any Python from 3.11 on.
lock: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet $(UV)
	@$(COMPILE) requirements.txt --output-file requirements.lock
	@$(COMPILE) requirements-dev.txt --output-file requirements-dev.lock
	@$(COMPILE) requirements-mysql.txt --output-file requirements-mysql.lock

audit: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet $(UV)
	@$(BIN)/uv tool run --system-certs $(PIP_AUDIT) --progress-spinner off --strict --disable-pip --require-hashes \
	  --requirement requirements-dev.lock --requirement requirements-mysql.lock
	@$(BIN)/uv tool run --system-certs $(PIP_AUDIT) --progress-spinner off --strict --disable-pip --no-deps \
	  --requirement requirements-torch.txt

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
