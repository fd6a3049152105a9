# swrun: everything a person or a machine does with this repository, one target each. `make help` lists them.

SWIFT ?= swift
# The C compiler that comes with the Swift toolchain is enough.
CC := $(shell command -v clang || command -v gcc || echo cc)
PREFIX ?= /usr/local
# Where zsh looks by itself: Debian's packages use $(PREFIX)/share/zsh/vendor-completions.
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions

# What `install` puts somewhere and `uninstall` takes away.
PROGRAMS = swrun swrun-rootfs
MANUALS = $(PROGRAMS:%=$(PREFIX)/share/man/man1/%.1)
BASH_COMPLETION = $(PREFIX)/share/bash-completion/completions/swrun
ZSH_COMPLETION = $(ZSH_COMPLETIONS)/_swrun
FISH_COMPLETION = $(PREFIX)/share/fish/vendor_completions.d/swrun.fish
COMPLETIONS = $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION)
DOCUMENTS = $(PREFIX)/share/doc/swrun
MANAGERS_EXAMPLES = $(patsubst packaging/managers/%,$(DOCUMENTS)/examples/%,$(wildcard packaging/managers/*))
INSTALLED = $(PROGRAMS:%=$(PREFIX)/bin/%) $(MANUALS) $(COMPLETIONS) $(MANAGERS_EXAMPLES)

# What `swrun --version` names.
export SWRUN_COMMIT ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null)
# The runtime under test; another OCI runtime can be put in its place to test the tests.
export SWRUN ?= $(CURDIR)/.build/release/swrun

.DEFAULT_GOAL := build
.PHONY: help conformance build build-rootfs tutorial bench-rootfs demo test test-vm test-managers test-managers-vm bench-managers unit integration bench order calls conformance-report conformance-vm lint format examples install install-files uninstall deb test-deb clean packages

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the static release binary, .build/release/swrun
	$(SWIFT) build -c release --product swrun

build-rootfs: ## the companion program, .build/release/swrun-rootfs
	$(SWIFT) build -c release --product swrun-rootfs

tutorial: build build-rootfs ## executes docs/tutorial.md and docs/tutorial.zh.md, every command (as root, some minutes)
	Tests/tutorial

bench-rootfs: build-rootfs ## a hundred bundles; packing, unpacking and verifying beside umoci and buildah
	Tests/bench-rootfs

demo: ## the main job: hello world compiled inside a container of a real Debian root filesystem
	examples/demo.sh

test: ## installs what is missing, builds, runs all tests; the last line counts them
	Tests/run-tests

test-vm: ## integration tests in a virtual machine with pure cgroup v2, systemd, AppArmor, then SELinux, then cgroup v1, and CRIU (as root)
	Tests/VM/run-tests $(TESTS)

test-managers: build ## Podman, Buildah, containerd and Docker with swrun, beside runc (as root)
	Tests/Managers/test-managers $(MANAGERS)

test-managers-vm: build ## the managers where systemd makes the cgroups, in the virtual machine (as root)
	Tests/VM/run-managers $(MANAGERS)

bench-managers: build ## podman run, ctr run and their exec with swrun, crun and runc (as root)
	Tests/Managers/bench-managers

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

calls: .build/bench/calls ## the instructions that one `run` executes, as a tree of calls (as root, x86-64, some minutes)
	Tests/Benchmark/print-calls $(LEAST)

conformance: $(if $(RUNTIME),,build) ## judges swrun, or RUNTIME=/usr/bin/crun, by the specification; reports in conformance/reports
	$(MAKE) -C conformance conformance RUNTIME=$(or $(abspath $(wildcard $(RUNTIME))),$(RUNTIME),$(SWRUN))

conformance-report: build ## a line of verdicts for crun, runc and swrun each
	$(MAKE) -C conformance report

conformance-vm: ## the same with cgroup v2 alone, and the self-test, in the virtual machine (as root)
	Tests/VM/run-conformance

lint: ## formatting and shell scripts; silent when all is well
	@$(SWIFT) format lint --strict --recursive Package.swift Sources Tests conformance/Package.swift \
		conformance/Sources conformance/Tests
	@shellcheck -x .ci/run Tests/VM/* Tests/Benchmark/make-order Tests/run-tests Tests/tutorial Tests/bench-rootfs Tests/leak-check examples/*.sh \
		Tests/Managers/test-managers Tests/Managers/bench-managers Tests/Managers/*.sh packaging/debian/build packaging/debian/postrm \
		Tests/Package/*

format: ## rewrites the Swift sources in the project's format
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests conformance/Package.swift \
		conformance/Sources conformance/Tests

packages: ## installs the Debian packages that building and testing need
	Tests/install-packages

install: build build-rootfs install-files ## puts swrun, swrun-rootfs, manual pages, completions and examples below $(DESTDIR)$(PREFIX)

# Without building: for those who install as another user than the one who builds.
install-files:
	install -d $(sort $(dir $(INSTALLED:%=$(DESTDIR)%)))
	install -m 0755 $(PROGRAMS:%=.build/release/%) $(DESTDIR)$(PREFIX)/bin
	for program in $(PROGRAMS); do \
		.build/release/$$program docs man >$(DESTDIR)$(PREFIX)/share/man/man1/$$program.1 || exit; \
	done
	.build/release/swrun completion bash >$(DESTDIR)$(BASH_COMPLETION)
	.build/release/swrun completion zsh >$(DESTDIR)$(ZSH_COMPLETION)
	.build/release/swrun completion fish >$(DESTDIR)$(FISH_COMPLETION)
	for file in $(notdir $(MANAGERS_EXAMPLES)); do \
		sed 's|@bindir@|$(PREFIX)/bin|g' packaging/managers/$$file >$(DESTDIR)$(DOCUMENTS)/examples/$$file || exit; \
	done
	chmod 0644 $(filter-out $(DESTDIR)$(PREFIX)/bin/%,$(INSTALLED:%=$(DESTDIR)%))

# The directories go, too, where they are swrun's own, or empty and a shell's.
uninstall: ## removes what `make install` with the same PREFIX and DESTDIR put there
	rm -f $(INSTALLED:%=$(DESTDIR)%)
	for directory in $(DOCUMENTS)/examples $(DOCUMENTS) $(foreach file,$(COMPLETIONS),$(dir $(file)) $(dir $(patsubst %/,%,$(dir $(file))))); do \
		[ ! -d $(DESTDIR)$$directory ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$$directory; \
	done

deb: build build-rootfs ## a Debian package, .build/deb/swrun_*.deb
	packaging/debian/build

test-deb: build build-rootfs ## installs the Debian package into a fresh Debian and runs Podman with it there (as root)
	Tests/Package/run-tests

clean: ## removes everything that was built
	rm -rf .build
