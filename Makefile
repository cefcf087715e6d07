# Everything a newcomer needs. `make demo` and `make test` do all their own set-up, in .venv;
# only Python 3.11 or later must be there (make PYTHON=… names one).

BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help demo test test-all release deb lint mutants bench soak docs site goldens clean

help:
	@echo "make demo    watch a whole incident, and get its report"
	@echo "make test    run the tests"
	@echo "make lint    ruff and mypy; make test-all: the tests on every Python there is"
	@echo "make mutants which changes to the tables and rules no test notices; MODULE=rules.ending"
	@echo "make goldens writes what the stories expect, as it is now"
	@echo "make site    the documentation as a site, in build/site"
	@echo "make bench   the benchmarks; make soak: hours of abuse"
	@echo "make clean   remove what these make"

demo: .venv/installed
	@$(BIN)/ircbot demo

test: .venv/installed-test
	@packaging/missing-packages
	@$(BIN)/python $(PYTHON_FLAGS) -m pytest -n auto --dist worksteal

# On every Python from 3.11 to 3.14 that is here; says which are not.
test-all: .venv/installed-dev
	@packaging/test-all

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Hours for all of it; MODULE=stages or MODULE=rules.ending is minutes. Goes on where it was stopped.
mutants: .venv/installed-dev
	@nice $(BIN)/mutmut run --max-children 1 $(if $(MODULE),"ircbot.incident.$(MODULE).*")
	@$(BIN)/mutmut results

bench: .venv/installed-test
	@$(BIN)/python -m benchmarks

soak: .venv/installed-test
	@$(BIN)/python -m benchmarks.soak $(SOAK)

# What the stories expect, as it is now: read the difference before you commit it.
goldens: .venv/installed-test
	@STORIES=rewrite $(BIN)/python $(PYTHON_FLAGS) -m pytest -q tests/test_stories.py -k "story_says or beside_the_story"
	@git diff --stat -- tests/stories

# What is made from the program's own tables: the keys, the chat commands.
docs: .venv/installed
	@$(BIN)/python docs/generate config >config.example.toml
	@$(BIN)/python docs/generate access >docs/access.md
	@$(BIN)/python docs/generate commands >docs/commands.md
	@$(BIN)/python docs/generate process-schema >docs/process.schema.json

# The documentation as a site that a browser opens from build/site; every link is checked.
site: .venv/installed-dev
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "build/site/index.html"

# A Debian package of what is committed, in dist/.
deb: .venv/installed
	@packaging/make-deb

# make release VERSION=1.2.0: everything up to the tag, and nothing that leaves the machine.
# With DRY=1 not even the tag: what would be released is built and tried.
release: .venv/installed-dev
	@DRY=$(DRY) packaging/release "$(VERSION)"

clean:
	rm -rf .venv .tox build dist mutants ircbot.egg-info demo-report

# One stamp for each extra; made again when what is to be installed changes.
.venv/installed: setup.cfg pyproject.toml .venv/made
	@packaging/install '[web]'
	@touch $@

.venv/installed-test: setup.cfg pyproject.toml .venv/made
	@packaging/install '[test]'
	@touch $@ .venv/installed

.venv/installed-dev: setup.cfg pyproject.toml .venv/made
	@packaging/install '[dev]'
	@touch $@ .venv/installed-test .venv/installed

.venv/made:
	@packaging/make-venv
	@touch $@
