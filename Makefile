# Thin verbs over deploy/ and CMake; `make help` lists them.
.DEFAULT_GOAL := help
PRESET ?= release
SOURCES = $(shell git ls-files '*.cpp' '*.h')

.PHONY: help install build test test-unit test-sanitize format lint run quickstart clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## packages to build, run and test (Debian 12; root or sudo)
	deploy/install run build test

build: ## the binary, build/release/stoker (or PRESET=dev, asan, tsan)
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET)

test: ## everything, as continuous integration does
	deploy/test

test-unit: build ## C++ tests without I/O, in seconds
	ctest --preset $(PRESET) -LE '^(pg|integration)$$' -j $$(nproc)

test-sanitize: ## C++ tests under address, undefined and thread sanitizers
	deploy/test --sanitize

format: ## clang-format, in place
	clang-format -i $(SOURCES)

lint: ## clang-format check and clang-tidy of a configured PRESET; minutes
	deploy/install lint
	clang-format --dry-run --Werror $(SOURCES)
	run-clang-tidy -quiet -p build/$(PRESET) '^$(CURDIR)/(core|db|clusters|scheduler|workers|api|dbfs_mount|cli)/'

run: build ## stoker up in the foreground
	build/$(PRESET)/stoker up

quickstart: ## build, start, and run the lemmatizer example
	deploy/quickstart

clean: ## forget all builds and test environments
	rm -rf build
