# SPDX-License-Identifier: BSD-2-Clause
# Thin front of Meson: build/ is where everything lands.
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all deps demo check check-vm conformance difffuzz prove bench install clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --prefix=$(PREFIX) >/dev/null || { cat $(BUILD)/meson-logs/meson-log.txt >&2; exit 1; }

# Every package that anything here needs; apt is asked only if one is missing.
deps:
	@tools/install-packages

# The main job on real input: the example program on a capture, its leaking twin rejected.
demo: deps
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@ninja -C $(BUILD) demo
	@tools/demo $(BUILD)

# All tests: plain, under sanitizers, fuzzers for a bounded time.
check: deps
	@tests/check

# What needs a kernel with ESP: in a QEMU guest with a Debian kernel.
check-vm: deps
	@tools/install-packages vm
	@$(MAKE) --no-print-directory all
	@tests/vm/check $(BUILD)

# The kernel's own BPF selftests: its verdicts and messages, and ours.
conformance: deps
	@tools/install-packages conformance
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet tests/conformance/conformance
	@tests/conformance/check $(BUILD)

# Random programs, asked of the running kernel and of us. Arguments: make difffuzz DIFFFUZZ='--seconds 3600 --seed 7'.
difffuzz: deps
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet tests/difffuzz/difffuzz
	@tests/difffuzz/check $(BUILD) $(DIFFFUZZ)

# The verifier's arithmetic, proved from its own source by z3, and bugs planted in it, found.
prove: deps
	@tools/install-packages prove
	@tests/prove/check

# What the SA table costs, beside DPDK's; programs by executor, beside the kernel's and C; esp_rss in the
# kernel, beside a bare redirect.
# Arguments for the first: make bench BENCH='--json lookup'; then it is the only one.
bench:
	@tools/install-packages bench
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@meson setup --reconfigure $(BUILD) -Ddpdk=enabled >/dev/null
	@ninja -C $(BUILD) --quiet bench/bench-sad bench/bench-exec bench/exec.bpf.o \
		bench/bench-rss bench/exec_sas.bpf.o examples/xfrm_get_state.bpf.o
	@$(BUILD)/bench/bench-sad $(BENCH)
	@[ -n '$(BENCH)' ] || $(BUILD)/bench/bench-exec $(BUILD)/bench/exec.bpf.o \
		$(BUILD)/examples/xfrm_get_state.bpf.o $(BUILD)/bench/exec_sas.bpf.o
	@[ -n '$(BENCH)' ] || $(BUILD)/bench/bench-rss 1 10000 || [ $$? -eq 77 ]

install: all
	@meson configure $(BUILD) --prefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

clean:
	@rm -rf $(BUILD) build-*
