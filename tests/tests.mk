# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests. unit: libcheck, no VM, under AddressSanitizer and UBSan (those named *_tsan.c under
# ThreadSanitizer). cli: bats on the built program. system: booted guests.

UNIT_SRC := $(filter-out %_tsan.c,$(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
TSAN_BIN := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*_tsan.c))
SYSTEM_BIN := $(patsubst %.c,$(B)/%,$(wildcard tests/system/test_*.c))
SAN_OBJ = $(HARNESS_SRC:%.c=$(B)/san/%.o)
CHECK_LIBS = $(shell pkg-config --libs check 2>/dev/null) -lpthread

$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC SAN  $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SAN) -MMD -MP -c -o $@ $<

$(B)/san/libharness.a: $(SAN_OBJ)
	@echo "  AR      $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(UNIT_BIN): $(B)/tests/unit/%: tests/unit/%.c $(B)/san/libharness.a
	@mkdir -p $(@D)
	@echo "  LD SAN  $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SAN) -rdynamic -MMD -MP -o $@ $< \
		-Wl,--whole-archive $(B)/san/libharness.a -Wl,--no-whole-archive \
		$(CHECK_LIBS) $(PKG_LIBS)

$(TSAN_BIN): $(B)/tests/unit/%: tests/unit/%.c
	@mkdir -p $(@D)
	@echo "  LD TSAN $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=thread -MMD -MP -o $@ $< $(CHECK_LIBS)

# The program is no part of a test, but has to be of the same state: they share templates.
$(SYSTEM_BIN): $(B)/tests/system/%: tests/system/%.c $(HARNESS_OBJ) | $(B)/drivervm
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -rdynamic -MMD -MP -o $@ $< $(HARNESS_OBJ) $(CHECK_LIBS) \
		$(PKG_LIBS)

# Each test is a target of its own. make prints what it said whole, once it has ended, and starts
# nothing more once one has failed. Those that boot guests wait for some of their time, so that three
# of them keep two processors busy; with four there is nothing left, and guests wait for each other.
# Those that change or measure the host say "Runs alone:" at their top and have the machine to
# themselves.
TEST_JOBS ?= 3
TEST_MAKE = $(MAKE) --no-print-directory --output-sync=target
TESTS_FAILED := $(B)/tests/failed

ALONE_SRC := $(shell grep -l '^ \* Runs alone:' tests/system/test_*.c)
ALONE_RUN := $(ALONE_SRC:%.c=run/%)
SYSTEM_RUN := $(filter-out $(ALONE_RUN),$(patsubst %.c,run/%,$(wildcard tests/system/test_*.c)))
CLI_RUN := $(patsubst %,run/%,$(wildcard tests/cli/*.bats))
UNIT_RUN := $(patsubst $(B)/%,run/%,$(UNIT_BIN) $(TSAN_BIN))
STYLE_RUN := run/style/clang-format run/style/cppcheck

COMMA := ,

# $(call run_test,COMMAND): COMMAND is the test that the target run/NAME is.
define run_test
	@mkdir -p $(dir $(TESTS_FAILED))
	$(Q)start=$$(date +%s); $(1) || \
		{ status=$$?; echo "  FAILED  $(@:run/%=%)" | tee -a $(TESTS_FAILED); exit $$status; }; \
	echo "  PASSED  $(@:run/%=%), $$(($$(date +%s) - start)) s"
endef

# $(call run_tests,TARGETS): those targets, TEST_JOBS at a time; says last what failed.
define run_tests
	@rm -f $(TESTS_FAILED)
	+$(Q)$(TEST_MAKE) -j$(TEST_JOBS) $(filter-out $(ALONE_RUN),$(1)) && \
	$(if $(filter $(ALONE_RUN),$(1)),$(TEST_MAKE) -j1 $(filter $(ALONE_RUN),$(1)),true) || \
		{ echo "make $@:" $$(cat $(TESTS_FAILED) 2>/dev/null || echo "not built"); exit 1; }
endef

# Those that take long come first, so that no long one is left over at the end.
.PHONY: check
check: deps ## unit, command-line, style and system tests
	$(Q)$(MAKE) --no-print-directory $(JOBS) all $(UNIT_BIN) $(TSAN_BIN) $(SYSTEM_BIN)
	$(call run_tests,$(SYSTEM_RUN) $(CLI_RUN) $(UNIT_RUN) $(STYLE_RUN) $(ALONE_RUN))
	@echo "make check: all tests passed"

.PHONY: check-unit check-cli check-system check-style
check-unit: ## unit tests, under sanitizers
	$(call run_tests,$(UNIT_RUN))

check-cli: ## command-line tests
	$(call run_tests,$(CLI_RUN))

check-system: ## tests that boot guests
	$(call run_tests,$(SYSTEM_RUN) $(ALONE_RUN))

check-style: ## clang-format and cppcheck
	$(call run_tests,$(STYLE_RUN))

.PHONY: $(UNIT_RUN) $(CLI_RUN) $(SYSTEM_RUN) $(ALONE_RUN) $(STYLE_RUN)
$(UNIT_RUN): run/%: $(B)/%
	$(call run_test,DRIVERVM_ROOT=$(CURDIR) $<)

$(CLI_RUN): run/%: % program
	$(call run_test,bats $<)

$(SYSTEM_RUN) $(ALONE_RUN): run/%: $(B)/% all
	$(call run_test,DRIVERVM_ROOT=$(CURDIR) CK_FORK=no $<)

STYLE_SRC = $(shell git ls-files '*.c' '*.h' 2>/dev/null || find . -name '*.[ch]')

run/style/clang-format:
	$(call run_test,clang-format --dry-run --Werror $(STYLE_SRC))

run/style/cppcheck:
	$(call run_test,cppcheck --quiet --std=c11 --enable=warning$(COMMA)portability --inline-suppr \
		--error-exitcode=1 -I. -Iharness -Ivm-images -Iworkloads/include -Iworkloads \
		--suppress=missingIncludeSystem harness faultinject workloads vm-images/agent \
		vm-images/builder)

-include $(SAN_OBJ:.o=.d) $(UNIT_BIN:=.d) $(TSAN_BIN:=.d) $(SYSTEM_BIN:=.d)

# Driver VMs with kernels that `make all` leaves out.
run/tests/system/test_kernels_system: kernels
