# Everything a newcomer needs: `make demo` shows the product, `make test` proves it.
# Each target that needs packages runs tools/setup.sh first, which installs what is missing and says so.

JOBS ?= $(shell nproc)
SEEDS ?= 10000

.PHONY: help setup build run demo test torture simulate mutants bench overload micro guard fuzz fmt lint asan tsan clean

help: ## this list
	@grep -hE '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 12

setup: ## install what the build needs (apt)
	@tools/setup.sh build

build: setup ## build/release/deltapost
	@cmake --preset release $(if $(wildcard build/release/build.ninja),>/dev/null,)
	@cmake --build --preset release -j $(JOBS)

run: build ## the server, on ./deltapost.db and port 8080
	build/release/deltapost serve

demo: build ## the main job, shown: changes in, signed webhooks out
	@build/release/deltapost demo

test: ## build and run all tests
	@tools/setup.sh test
	@cmake --preset dev $(if $(wildcard build/dev/build.ninja),>/dev/null,)
	@cmake --build --preset dev -j $(JOBS)
	@ctest --preset dev

simulate: ## the whole core under faults of every kind: SEEDS (10,000) stories, each of which can be played again
	@tools/setup.sh test
	@cmake --preset dev $(if $(wildcard build/dev/build.ninja),>/dev/null,)
	@cmake --build --preset dev -j $(JOBS) --target simulate
	@build/dev/tests/simulation/simulate $(SEEDS)

torture: ## kill a server under load, 100 times, and its receivers, and see that nothing is lost (SECONDS=40: a short one, SEED=n: the same blows again)
	@tools/setup.sh test
	@cmake --preset dev $(if $(wildcard build/dev/build.ninja),>/dev/null,)
	@cmake --build --preset dev -j $(JOBS) --target deltapost --target torture
	@build/dev/tests/torture/torture --program build/dev/deltapost \
	  $(if $(SECONDS),--seconds $(SECONDS) --stop-seconds 3) $(if $(SEED),--seed $(SEED))

mutants: ## plant the flaws of bad receivers and bad senders, one after another, and see that the tests notice
	@tools/setup.sh test
	@JOBS=$(JOBS) tests/mutants/run.sh

asan tsan: ## all tests under AddressSanitizer and UBSan, or ThreadSanitizer
	@tools/setup.sh test
	@cmake --preset $@ >/dev/null
	@cmake --build --preset $@ -j $(JOBS)
	@ctest --preset $@
	@echo "$@: all tests passed, no report"

bench: build ## throughput, latency and cost on this machine, beside what it can do at best (under 5 minutes)
	@build/release/deltapost bench --json --svg build/bench.svg > build/bench.json
	@echo "wrote build/bench.json and build/bench.svg"
	@$(MAKE) --no-print-directory guard

overload: build ## four times what the server can take, for SECONDS (60), through the API, as webhooks, with a slow receiver
	@build/release/deltapost bench --case overload --case overload-received --case overload-slow --case overload-flood --seconds $(or $(SECONDS),60)

micro: ## nanoseconds of single parts (Google Benchmark)
	@tools/setup.sh bench
	@cmake --preset bench >/dev/null
	@cmake --build --preset bench -j $(JOBS) --target bench_micro
	@build/bench/bench/bench_micro --benchmark_min_time=0.05

guard: ## instructions of the hot operations (callgrind); fails when one has grown by more than 5 %
	@tools/setup.sh bench
	@cmake --preset bench >/dev/null
	@cmake --build --preset bench -j $(JOBS) --target bench_guard
	@bench/guard/run.sh

fuzz: ## every input that strangers send, fuzzed for SECONDS (60) each; exits 1 when a property does not hold
	@tools/setup.sh fuzz
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz -j $(JOBS)
	@JOBS=$(JOBS) tests/fuzz/run.sh $(or $(SECONDS),60)

fmt: ## format the sources
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

lint: ## formatting, staircase, documents, openapi.yaml
	@tools/lint.sh

clean: ## remove build/
	rm -rf build
