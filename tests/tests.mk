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

$(SYSTEM_BIN): $(B)/tests/system/%: tests/system/%.c $(HARNESS_OBJ)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -rdynamic -MMD -MP -o $@ $< $(HARNESS_OBJ) $(CHECK_LIBS) \
		$(PKG_LIBS)

.PHONY: check
check: deps ## unit, command-line, style and system tests
	$(Q)$(MAKE) --no-print-directory $(JOBS) all $(UNIT_BIN) $(TSAN_BIN) $(SYSTEM_BIN)
	$(Q)$(MAKE) --no-print-directory check-style check-unit check-cli check-system
	@echo "make check: all tests passed"

.PHONY: check-unit
check-unit: $(UNIT_BIN) $(TSAN_BIN) ## unit tests, under sanitizers
	$(Q)set -e; for t in $^; do DRIVERVM_ROOT=$(CURDIR) $$t; done

.PHONY: check-cli
check-cli: program ## command-line tests
	$(Q)bats tests/cli

.PHONY: check-system
check-system: all $(SYSTEM_BIN) ## tests that boot guests
	$(Q)set -e; for t in $(SYSTEM_BIN); do DRIVERVM_ROOT=$(CURDIR) CK_FORK=no $$t; done

STYLE_SRC = $(shell git ls-files '*.c' '*.h' 2>/dev/null || find . -name '*.[ch]')

.PHONY: check-style
check-style: ## clang-format and cppcheck
	@echo "  STYLE"
	$(Q)clang-format --dry-run --Werror $(STYLE_SRC)
	$(Q)cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr \
		--error-exitcode=1 -j2 -I. -Iharness -Ivm-images -Iworkloads/include \
		--suppress=missingIncludeSystem harness faultinject workloads vm-images/agent \
		vm-images/builder

-include $(SAN_OBJ:.o=.d) $(UNIT_BIN:=.d) $(TSAN_BIN:=.d) $(SYSTEM_BIN:=.d)
