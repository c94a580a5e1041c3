# The commands of this project; each is a call of what does the work. `make help` lists them.
# Options (WEB_STACK, APP, STACK) reach that as environment variables: no recipe names one, so
# no shell reads what is in them.

SANDBOX := .sandbox/venv/bin/python
DEV := .sandbox/venv-dev/bin/python
PYTEST := $(CURDIR)/$(DEV) -m pytest
SHOWN := $(PYTEST) --cases-report $(CURDIR)/docs/reliability.json
TARGETS := $(addprefix tests/unit/,machine targets platforms alibaba heroku beanstalk appengine)
# Suites that share nothing run side by side, each with its output in one piece; the longest comes first.
SIDE_BY_SIDE := $(MAKE) --output-sync=target --no-print-directory --jobs
SOURCES := git ls-files --cached --others --exclude-standard -z --
# Hashes and the licence are no prose.
NOT_PROSE := ':!*.sum' ':!requirements' ':!*/go.txt' ':!LICENSE'

.PHONY: help demo drift test test-unit test-app test-modules test-targets test-engine test-plugins test-machine test-faults faults-themselves faults-in-engine faults-elsewhere rehearse bench setup lint docs-check mutants clean requirements

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1 \t/p' Makefile | expand -t 14

demo: ## boot a machine here, deploy the app of Pulumi.local.yaml (the sample) to it, check it; WEB_STACK=…, APP=…
	@sandbox/setup.sh system sandbox
	@$(SANDBOX) -m sandbox demo

rehearse: ## deploy STACK=ecs|heroku|beanstalk|appengine to an emulated cloud, by the real engine; APP=…, for ecs WEB_STACK=…
	@sandbox/setup.sh system sandbox
	@$(SANDBOX) -m sandbox rehearse

# The demo's stack lives in the sandbox's copy of the project; the others are the user's own. Nothing expands STACK.
drift: ## compare STACK=vm|ecs|… with what was deployed; FORMAT=json; exit code 2: drift
ifeq ($(value STACK),local)
	@sandbox/setup.sh sandbox
	@$(SANDBOX) -m sandbox drift
else
	@$(if $(wildcard .venv/bin/python),.venv/bin/python -m components.drift,sandbox/setup.sh missing)
endif

test: ## all set-up and all tests: unit, plugins, sandbox, engine, machine
	@sandbox/setup.sh tests dev
	@$(DEV) -m sandbox.engine
	@$(SIDE_BY_SIDE)=2 test-modules test-app test-targets
	@$(SIDE_BY_SIDE)=3 test-engine test-plugins test-machine

test-unit: ## the tests that take seconds and need neither root nor an engine
	@sandbox/setup.sh dev
	@$(SIDE_BY_SIDE)=2 test-modules test-app test-targets

test-app: ## part of test-unit: the sample app's own tests
	cd assets/app && PYTHONPATH=$(CURDIR)/tests $(PYTEST) -q -p no_skips tests

test-modules: ## part of test-unit: what all targets share
	$(PYTEST) -q tests/unit $(TARGETS:%=--ignore=%)

test-targets: ## part of test-unit: the targets, and what is sent to a machine
	$(PYTEST) -q $(TARGETS)

test-engine: ## part of test: the engine's own commands, on a machine and against the emulated clouds
	$(PYTEST) tests/engine

test-plugins: ## part of test: the stand-in plugins by themselves, and the sandbox
	$(PYTEST) tests/plugins tests/sandbox

test-machine: ## part of test: what a machine looks like, and a sample of its faults
	$(PYTEST) tests/machine
	$(PYTEST) -m sample tests/faults

test-faults: ## every fault that docs/reliability.md names, and load while releases come; writes that page
	@sandbox/setup.sh tests load dev
	@$(DEV) -m sandbox.engine
	@rm -f docs/reliability.json
	@$(SIDE_BY_SIDE)=2 faults-themselves faults-in-engine faults-elsewhere; code=$$?; $(DEV) -m docs.generate; exit $$code

faults-themselves: ## part of test-faults: the faults
	$(SHOWN) tests/faults

faults-in-engine: ## part of test-faults: what the tests of the engine's commands show
	$(SHOWN) tests/engine

faults-elsewhere: ## part of test-faults: what other tests show
	$(SHOWN) tests --ignore=tests/faults --ignore=tests/engine

bench: ## run the benchmarks, write bench/results.json, print the table
	@sandbox/setup.sh system load dev
	@$(DEV) -m bench

setup: ## make .venv for developing; STACK=heroku: for that target alone
	@sandbox/setup.sh project

# The parts of assets/scripts are checked as they are sent, joined: tests/unit/test_scripts.py.
lint: ## ruff, mypy, shellcheck, codespell
	@sandbox/setup.sh dev
	$(DEV) -m ruff check
	$(DEV) -m ruff format --check
	$(DEV) -m mypy
	$(SOURCES) '*.sh' ':!assets/scripts' .ci/run | xargs -0 .sandbox/venv-dev/bin/shellcheck --severity=style
	$(SOURCES) $(NOT_PROSE) | xargs -0 .sandbox/venv-dev/bin/codespell

docs-check: ## the generated pages are what code and facts say, each figure has its source; old facts are named
	@sandbox/setup.sh dev
	@$(DEV) -m docs.generate --check

mutants: ## take named mechanisms out one at a time: each must turn its test red
	@sandbox/setup.sh tests dev
	@$(DEV) -m tests.mutants

requirements: ## compile requirements/*.txt from pyproject.toml
	@sandbox/setup.sh dev
	@$(DEV) -m sandbox.requirements

clean: ## take the sandbox down and remove what it made here
	@sandbox/teardown.sh
