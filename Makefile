# The habits of this house. `make` alone lists them; `make run` is a newcomer's first command.

PORT ?= 8000
DEMO_HOME := .kyoso-demo
VENV := .venv
BIN := $(VENV)/bin
# Stamps: a second `make run` installs nothing unless a lock or pyproject.toml has changed.
INSTALLED := $(VENV)/.kyoso-installed
INSTALLED_DEV := $(VENV)/.kyoso-installed-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The demo's own settings, whole: a real database, mail server or token that this shell happens to name
# is never touched by it (an empty value counts as not set).
DEMO_ENV := KYOSO_ENV=development KYOSO_DEMO=1 KYOSO_DATABASE_URL= KYOSO_SECRET= KYOSO_SMTP_URL= KYOSO_MAIL_FROM= \
	KYOSO_GITHUB_URL= KYOSO_GITHUB_TOKEN= KYOSO_GITHUB_APP_ID= KYOSO_GITHUB_APP_KEY= \
	KYOSO_GITHUB_WEBHOOK_SECRETS= KYOSO_AUDITORS= KYOSO_HOSTS= KYOSO_PROXIES= KYOSO_RATE_LIMITS= \
	KYOSO_REQUIRE_SECOND_FACTOR= KYOSO_OIDC_PROVIDERS= \
	KYOSO_FILES= KYOSO_SCANNER= KYOSO_OUTBOUND_PRIVATE= KYOSO_OUTBOUND_PROXY= KYOSO_OUTBOUND_PLACES= KYOSO_BREACHED_PASSWORDS= \
	KYOSO_SECURITY_CONTACT= \
	KYOSO_BASE_URL=http://127.0.0.1:$(PORT)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint bench lock audit sbom port-is-free

help: ## この一覧を表示する / list the habits
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: port-is-free $(INSTALLED) $(DEMO_HOME)/.complete ## デモを用意して画面を開けるようにする（PORT=8000）/ serve the demo
	@exec env $(DEMO_ENV) KYOSO_HOME=$(DEMO_HOME) $(BIN)/python -m gunicorn --bind 127.0.0.1:$(PORT) "app:create_app()"

test: $(INSTALLED_DEV) ## すべてのテストを走らせる（PYTEST_ARGS で絞り込み）/ run the tests
	@$(BIN)/python -m pytest --numprocesses=3 --dist=loadfile $(PYTEST_ARGS)

lint: $(INSTALLED_DEV) ## 書式をそろえ、誤りと型を調べる（CI では調べるだけ）/ format, lint, check types
	@$(BIN)/python -m ruff check --quiet $(if $(CI),,--fix) .
	@$(BIN)/python -m ruff format $(if $(CI),--check --output-format=concise,--quiet) .
	@$(BIN)/python -m mypy

bench: $(INSTALLED_DEV) ## 速さを測る（tests/bench/bench_*.py）/ measure speed
	@$(BIN)/python -m pytest tests/bench -o python_files='bench_*.py' -s $(PYTEST_ARGS)

# Locks are made on the oldest Python we support, so that every pin has files for all of them, and name no host:
# where packages come from is each machine's own pip configuration. Pins stay as they are; UPGRADE=1 renews them all.
COMPILE = CUSTOM_COMPILE_COMMAND='make lock' .venv-lock/bin/pip-compile --quiet --generate-hashes --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --build-deps-for editable \
	$(if $(UPGRADE),--upgrade)

lock: ## 依存ライブラリの固定表を作り直す（UPGRADE=1 で更新）/ renew the locks, on Python 3.11
	@python3.11 -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip --disable-pip-version-check install --quiet 'pip-tools==7.6.2'
	@$(COMPILE) --output-file requirements.lock pyproject.toml
	@$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	@rm -rf .venv-lock
	@! grep -nE '://|--(index-url|extra-index-url|find-links|trusted-host)| @ file' requirements.lock requirements-dev.lock

# In an environment of its own, as locks are made: what looks is no dependency of what it looks at. No answer is no good answer.
AUDIT = .venv-audit/bin/pip-audit --strict --progress-spinner off --disable-pip --desc off
audit: ## 依存ライブラリの既知の弱点を調べる（問い合わせ先: pypi.org）/ look for known vulnerabilities
	@test -x .venv-audit/bin/pip-audit || { $(MAKE) --no-print-directory $(BIN)/python && $(BIN)/python -m venv .venv-audit && \
	.venv-audit/bin/python -m pip --disable-pip-version-check install --quiet 'pip-audit==2.10.1'; }
	@failed=0; for lock in requirements.lock requirements-dev.lock; do \
		echo "$$lock"; said=$$($(AUDIT) --requirement $$lock 2>&1) || failed=1; echo "$$said"; \
		case "$$said" in *"No known vulnerabilities"*|*"Fix Versions"*) ;; *) \
			echo '弱点の一覧（pypi.org）に問い合わせられませんでした。何も確かめていません。つながる所でもう一度実行してください。' >&2; \
			echo 'The advisory service (pypi.org) could not be asked. Nothing has been checked: run it again where it can be reached.' >&2; \
			exit 2;; esac; \
	done; exit $$failed

# The same lock gives the same file; it is checked against CycloneDX's schema as it is written.
sbom: $(INSTALLED_DEV) ## 組み込んだ部品の一覧 kyoso.cdx.json を作る（CycloneDX）/ list what is built in
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible \
	--output-format JSON --output-file kyoso.cdx.json $(SBOM_OPTIONS) requirements.lock

port-is-free: $(BIN)/python
	@$(BIN)/python -c 'import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); \
	sys.exit(s.bind(("127.0.0.1", int(sys.argv[1]))))' $(PORT) 2>/dev/null || { \
	echo '番号 $(PORT) のポートは使えません（ほかのプログラムが使っているか、番号が正しくありません）。'; \
	echo '別の番号で起動してください:  make run PORT=8001'; \
	echo 'Port $(PORT) is taken or not usable. Choose another one: make run PORT=8001'; exit 1; } >&2

# A newcomer has some Python; which one is good enough is found out by asking each. PYTHON=... decides by hand.
$(BIN)/python:
	@for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then \
			echo "仮想環境 $(VENV) を作ります（$$($$candidate --version)）/ creating $(VENV)"; \
			$$candidate -m venv --clear $(VENV) && exit 0; \
			rm -rf $(VENV); \
			echo '仮想環境を作れませんでした。Debian・Ubuntu では次を実行してください: sudo apt install python3-venv' >&2; \
			echo 'Could not create a virtual environment. On Debian or Ubuntu: sudo apt install python3-venv' >&2; \
			exit 1; \
		fi; \
	done; \
	echo 'Python 3.11〜3.14 が見つかりません。入れてから、もう一度実行してください（場所の指定: make run PYTHON=/path/to/python3）。' >&2; \
	echo 'No Python 3.11 to 3.14 was found. Install one and try again, or name it: make run PYTHON=/path/to/python3' >&2; \
	exit 1

# The project itself is installed in place; its build backend comes from the lock too, hence no build isolation.
$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	@echo 'ライブラリを入れます（初回は数分かかることがあります）/ installing the libraries'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED_DEV): requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	@echo 'テスト用のライブラリも入れます / installing the libraries, those for tests too'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(INSTALLED) $@

# The demo is made beside its place and moved there when it is whole, so an interrupted one is never taken as finished.
# When a migration is newer than the demo, the demo is migrated like any other database and keeps what was done in it.
$(DEMO_HOME)/.complete: $(wildcard app/migrations/versions/*.py) | $(INSTALLED)
	@if [ -e $@ ]; then \
		$(DEMO_ENV) KYOSO_HOME=$(DEMO_HOME) $(BIN)/kyoso migrate; \
	else \
		echo 'デモを用意します（1 分ほど）/ preparing the demo'; \
		rm -rf $(DEMO_HOME) $(DEMO_HOME).making && mkdir -m 700 $(DEMO_HOME).making && \
		$(DEMO_ENV) KYOSO_HOME=$(DEMO_HOME).making $(BIN)/kyoso demo && \
		touch $(DEMO_HOME).making/.complete && mv $(DEMO_HOME).making $(DEMO_HOME); \
	fi
	@touch $@
