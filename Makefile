# swrun: everything a person or a machine does with this repository, one target each. `make help` lists them.

SWIFT ?= swift
# The C compiler that comes with the Swift toolchain is enough.
CC := $(shell command -v clang || command -v gcc || echo cc)
PREFIX ?= /usr/local
# The runtime under test; another OCI runtime can be put in its place to test the tests.
# What `swrun --version` names.
export SWRUN_COMMIT ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null)
export SWRUN ?= $(CURDIR)/.build/release/swrun

.DEFAULT_GOAL := build
.PHONY: help conformance build build-rootfs demo test test-vm test-managers unit integration bench order conformance conformance-report lint format examples install clean packages

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the static release binary, .build/release/swrun
	$(SWIFT) build -c release --product swrun

build-rootfs: ## the companion program, .build/release/swrun-rootfs
	$(SWIFT) build -c release --product swrun-rootfs

demo: ## the main job: hello world compiled inside a container of a real Debian root filesystem
	examples/demo.sh

test: ## installs what is missing, builds, runs all tests; the last line counts them
	Tests/run-tests

test-vm: ## integration tests in a virtual machine with pure cgroup v2, systemd, AppArmor and CRIU (as root)
	Tests/VM/run-tests $(TESTS)

test-managers: build ## Podman, Buildah, containerd and Docker with swrun, beside runc (as root)
	Tests/Managers/test-managers $(MANAGERS)

unit: ## unit tests only
	$(SWIFT) test --skip IntegrationTests

integration: build ## integration tests only (as root; starts real containers)
	$(SWIFT) test --filter IntegrationTests

bench: build .build/bench/floor .build/bench/stopwatch ## swrun against crun, runc and the kernel's floor
	$(SWIFT) build -c release --product swrun-bench
	.build/release/swrun-bench $(BENCH_OPTIONS)

.build/bench/%: Tests/Benchmark/%.c
	@mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -Werror -static $< -o $@

order: .build/bench/touched ## renews Sources/swrun/symbol-order.txt from what one `run` executes (as root, x86-64)
	Tests/Benchmark/make-order

conformance: build ## judges swrun by the specification, report in conformance/reports
	$(MAKE) -C conformance conformance RUNTIME=$(SWRUN)

conformance-report: build ## a line of verdicts for crun, runc and swrun each
	$(MAKE) -C conformance report

lint: ## formatting and shell scripts; silent when all is well
	@$(SWIFT) format lint --strict --recursive Package.swift Sources Tests conformance/Package.swift \
		conformance/Sources conformance/Tests
	@shellcheck -x .ci/run Tests/VM/* Tests/Benchmark/make-order Tests/run-tests Tests/leak-check examples/*.sh \
		Tests/Managers/test-managers Tests/Managers/*.sh

format: ## rewrites the Swift sources in the project's format
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests conformance/Package.swift \
		conformance/Sources conformance/Tests

packages: ## installs the Debian packages that building and testing need
	Tests/install-packages

install: build build-rootfs ## puts swrun, swrun-rootfs, the manual page and its completions below $(DESTDIR)$(PREFIX)
	install -D -m 0755 .build/release/swrun $(DESTDIR)$(PREFIX)/bin/swrun
	install -D -m 0755 .build/release/swrun-rootfs $(DESTDIR)$(PREFIX)/bin/swrun-rootfs
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,man/man1 bash-completion/completions zsh/vendor-completions \
		fish/vendor_completions.d)
	.build/release/swrun docs man >$(DESTDIR)$(PREFIX)/share/man/man1/swrun.1
	.build/release/swrun completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/swrun
	.build/release/swrun completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_swrun
	.build/release/swrun completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/swrun.fish

clean: ## removes everything that was built
	rm -rf .build
