# SPDX-License-Identifier: GPL-2.0-or-later
#
# Workload plugins: each workloads/NAME.c becomes build/workloads/NAME.so, nothing else has to be
# told; so does each folder workloads/NAME/, of one that is too long for a file. A plugin needs
# nothing of the program; jansson is there for tools that print JSON, fftw for spectra.

WORKLOAD_NAMES := $(filter-out include peer,$(patsubst workloads/%,%,\
	$(basename $(wildcard workloads/*.c)) $(patsubst %/,%,$(wildcard workloads/*/))))
WORKLOADS := $(WORKLOAD_NAMES:%=$(B)/workloads/%.so)
WORKLOAD_CPPFLAGS = -D_GNU_SOURCE -Iworkloads/include -Iworkloads \
	$(shell pkg-config --cflags jansson)
WORKLOAD_LIBS = $(shell pkg-config --libs jansson) -lfftw3 -lm
workload_objects = $(patsubst %.c,$(B)/%.o,$(wildcard workloads/$(1).c workloads/$(1)/*.c))

.PHONY: workloads
workloads: $(WORKLOADS) ## build the workload plugins

$(B)/workloads/%.o: workloads/%.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(WORKLOAD_CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(foreach w,$(WORKLOAD_NAMES),$(eval $(B)/workloads/$(w).so: $(call workload_objects,$(w))))

# A name that a plugin defines is its own, whatever others or the program may define.
$(WORKLOADS):
	@echo "  LD SO   $@"
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-z,defs -Wl,--as-needed -Wl,-Bsymbolic -o $@ $(filter %.o,$^) \
		$(WORKLOAD_LIBS)

-include $(patsubst %.o,%.d,$(foreach w,$(WORKLOAD_NAMES),$(call workload_objects,$(w))))

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
