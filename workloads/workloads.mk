# SPDX-License-Identifier: GPL-2.0-or-later
#
# Workload plugins: each workloads/NAME.c becomes build/workloads/NAME.so, nothing else has to be
# told. A plugin needs nothing of the program; jansson is there for tools that print JSON,
# fftw for spectra.

WORKLOADS := $(patsubst workloads/%.c,$(B)/workloads/%.so,$(wildcard workloads/*.c))
WORKLOAD_CPPFLAGS = -D_GNU_SOURCE -Iworkloads/include $(shell pkg-config --cflags jansson)
WORKLOAD_LIBS = $(shell pkg-config --libs jansson) -lfftw3 -lm

.PHONY: workloads
workloads: $(WORKLOADS) ## build the workload plugins

$(B)/workloads/%.so: workloads/%.c
	@mkdir -p $(@D)
	@echo "  CC SO   $<"
	$(Q)$(CC) $(WORKLOAD_CPPFLAGS) $(CFLAGS) -fPIC -shared -Wl,-z,defs -Wl,--as-needed \
		-MMD -MP -MF $(@:.so=.d) -o $@ $< $(WORKLOAD_LIBS)

-include $(WORKLOADS:.so=.d)

# Programs of our own that a workload runs at the peer: workloads/peer/NAME.c becomes
# build/workloads/NAME.
PEER_TOOLS := $(patsubst workloads/peer/%.c,$(B)/workloads/%,$(wildcard workloads/peer/*.c))
workloads: $(PEER_TOOLS)

$(PEER_TOOLS): $(B)/workloads/%: workloads/peer/%.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) -MMD -MP -MF $@.d -o $@ $<

-include $(PEER_TOOLS:=.d)

# Plugins that break the interface's rules, for test_workload.
TEST_PLUGINS := $(patsubst %.c,$(B)/%.so,$(wildcard tests/plugins/*.c))

$(B)/tests/plugins/%.so: tests/plugins/%.c workloads/include/drivervm_workload.h
	@mkdir -p $(@D)
	@echo "  CC SO   $<"
	$(Q)$(CC) $(WORKLOAD_CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<

$(B)/tests/unit/test_workload: | $(WORKLOADS) $(TEST_PLUGINS)
