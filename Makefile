# Every command of the project. `make` alone lists them.
#
# Stamps live inside .venv and are written last: an interrupted set-up leaves none, so the next
# command does that step again. Needs only git, make and Python 3.11-3.13 with venv.

# Compiled modules make every start seconds faster; a variable of the shell must not forbid them.
unexport PYTHONDONTWRITEBYTECODE

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:

HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
ARGS ?=

PY := .venv/bin/python
LOCKS := requirements/setup.txt requirements/run.txt requirements/dev.txt
FLASK := env VIGIA_ENV="$${VIGIA_ENV:-development}" $(PY) -m flask --app wsgi
# Temporary databases in memory where the system has room there: a test waits for no disk.
FAST_TMP := $(shell test -w /dev/shm && df -k /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4194304 { print "/dev/shm" }')
PYTEST := $(if $(FAST_TMP),env TMPDIR=$(FAST_TMP)) $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
APT_PACKAGES := chromium tesseract-ocr tesseract-ocr-spa fonts-dejavu-core

# `made.stamp` holds the folder in which the environment was made: its scripts name that folder,
# so a project that was copied or moved gets a new one. So does one whose Python is gone.
ifneq ($(shell test -x $(PY) && $(PY) -c 'import sys; print(sys.version_info[:2])' && cat .venv/made.stamp 2>/dev/null),)
ifneq ($(shell cat .venv/made.stamp 2>/dev/null),$(CURDIR))
REMAKE := remake
endif
else
REMAKE := remake
endif

.PHONY: help setup run test test-long test-minio check mutation bench docs lock remake

help: ## muestra esta lista
	@echo "Vigía. Órdenes:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
	@echo "Variables: PORT=8000 HOST=127.0.0.1 (run), ARGS=\"-k nombre\" WORKERS=2 (test)."

setup: .venv/dev.stamp ## prepara el entorno con lo necesario para programar y probar

run: .venv/run.stamp ## prepara todo y abre Vigía con la entidad de ejemplo en http://127.0.0.1:8000
	@exec env PUBLIC_URL="$${PUBLIC_URL:-http://$(HOST):$(PORT)}" $(FLASK) serve --host "$(HOST)" --port "$(PORT)"

test: .venv/dev.stamp .venv/system.stamp ## prepara todo y corre las pruebas (también PostgreSQL, S3 y navegador)
	@$(PYTEST) -m "not long" $(ARGS)

test-long: .venv/dev.stamp .venv/system.stamp ## corre las pruebas largas (minutos)
	@$(PYTEST) -m long $(ARGS)

test-minio: .venv/dev.stamp ## corre las pruebas de almacén contra el MinIO que digan MINIO_ENDPOINT y sus claves
	@if [ -z "$$MINIO_ENDPOINT" ] || [ -z "$$MINIO_ACCESS_KEY" ] || [ -z "$$MINIO_SECRET_KEY" ]; then \
	  echo "Diga el servidor: MINIO_ENDPOINT=host:9000 MINIO_ACCESS_KEY=... MINIO_SECRET_KEY=... make test-minio" >&2; \
	  echo "Se crean y se dejan buckets con nombre vigia-test-...: use un servidor de pruebas." >&2; exit 1; fi
	@env VIGIA_TEST_S3=environment $(PYTEST) -m "s3 and not e2e" $(ARGS)

check: .venv/dev.stamp ## revisa formato, estilo, tipos y plantillas
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m djlint templates --lint --quiet

mutation: .venv/dev.stamp ## prueba las pruebas: cambia de a uno las tablas y los permisos; escribe docs/mutation.md
	@$(if $(FAST_TMP),env TMPDIR=$(FAST_TMP)) $(PY) -m tests.mutation --workers $(WORKERS) $(ARGS)

bench: .venv/dev.stamp ## mide páginas, consultas, memoria, búsqueda y listas largas
	@$(PY) -m tests.bench $(ARGS)
	@$(PY) -m tests.bench_search
	@$(PY) -m tests.bench_lists

docs: .venv/run.stamp ## escribe de nuevo docs/workflows/ a partir de las máquinas de estados
	@$(FLASK) docs

# Exact versions with hashes; no index or host name may stand in them.
lock: .venv/dev.stamp ## escribe de nuevo requirements/*.txt a partir de pyproject.toml
	@set -e; lock() { $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-strip-extras --no-header --no-emit-index-url --no-annotate "$$@"; }; \
	lock --group setup -o requirements/setup.txt; \
	lock pyproject.toml --extra postgres -c requirements/setup.txt -o requirements/run.txt; \
	lock pyproject.toml --extra postgres --group dev --group setup \
	  -c requirements/run.txt -o requirements/dev.txt

# ------------------------------------------------------------------ set-up, step by step

.venv/made.stamp: $(REMAKE)
	@set -e; python=; \
	for candidate in python3 python3.13 python3.12 python3.11; do \
	  if "$$candidate" -c 'import sys, venv, ensurepip; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; \
	  then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Vigía necesita Python 3.11, 3.12 o 3.13 con su módulo venv, y no lo encuentra." >&2; \
	  echo "En Debian o Ubuntu: apt install git make python3-venv" >&2; exit 1; fi; \
	command -v git >/dev/null 2>&1 || echo "Aviso: falta git (apt install git); solo se necesita para programar." >&2; \
	echo "Preparando el entorno de Python en .venv ..."; \
	rm -rf .venv; \
	"$$python" -m venv .venv; \
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/setup.txt; \
	printf '%s\n' '$(CURDIR)' > .venv/made.stamp

# The development lock holds all of the runtime lock: what `setup` made also serves `run`.
.venv/run.stamp: .venv/made.stamp requirements/setup.txt requirements/run.txt
	@if [ .venv/dev.stamp -nt requirements/run.txt ] && [ .venv/dev.stamp -nt .venv/made.stamp ]; then :; \
	else $(call install,run.txt); fi
	@touch $@

.venv/dev.stamp: .venv/made.stamp $(LOCKS)
	@$(call install,dev.txt)
	@touch $@

# uv is quick and removes what a lock no longer names; pip reads the same files where uv cannot
# work, for instance where only pip knows the way to the packages.
define install
set -e; echo "Instalando las bibliotecas de requirements/$(1) ..."; \
rm -f .venv/run.stamp .venv/dev.stamp; \
[ -w "$${HOME:-/nonexistent}" ] || export UV_NO_CACHE=1; \
$(PY) -m uv pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements/$(1) requirements/setup.txt || \
{ echo "uv no pudo; se intenta con pip ..." >&2; \
$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1); }
endef

# Chromium and Tesseract are programs of the system: asked for each time, installed when missing.
.PHONY: .venv/system.stamp
.venv/system.stamp:
	@set -e; has() { command -v "$$1" >/dev/null 2>&1; }; \
	ready() { { has chromium || has chromium-browser || has google-chrome; } && has tesseract \
	  && tesseract --list-langs 2>/dev/null | grep -qx spa; }; \
	if ! ready; then \
	  if [ "$$(id -u)" = 0 ]; then sudo=; \
	  elif has sudo && sudo -n true 2>/dev/null; then sudo="sudo -n"; \
	  else sudo=no; fi; \
	  if [ "$$sudo" = no ] || ! has apt-get; then \
	    echo "Faltan programas del sistema que las pruebas usan: Chromium y Tesseract con español." >&2; \
	    echo "Pida al administrador: apt-get install $(APT_PACKAGES)" >&2; exit 1; fi; \
	  echo "Instalando $(APT_PACKAGES) ..."; \
	  $$sudo apt-get update -qq </dev/null; \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(APT_PACKAGES) </dev/null >/dev/null; \
	  ready || { echo "Chromium o Tesseract siguen sin funcionar después de instalarlos." >&2; exit 1; }; \
	fi
