# SPDX-License-Identifier: GPL-2.0-or-later
#
# Entry points of drivervm. `make help` lists them.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

ifneq ($(V),1)
Q := @
endif

# What is made for the user is made by as many processes as there are cores; tests run one by one.
JOBS := -j$(shell nproc)

B := build
CC := gcc
PKGS := jansson libcyaml libsystemd libRmath libnl-route-3.0 libelf libarchive libzstd liblzma \
	libkmod libxxhash liblz4

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lZydis -lm -ldl
CFLAGS := -std=gnu17 -O2 -g $(WARN) -fno-strict-aliasing
CPPFLAGS = -D_GNU_SOURCE -I. -Iharness -Ivm-images -Ivm-images/modules/ddlink -Iworkloads/include \
	$(PKG_CFLAGS)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

HARNESS_SRC := $(wildcard harness/*/*.c faultinject/*/*.c)
HARNESS_OBJ := $(HARNESS_SRC:%.c=$(B)/%.o)

include vm-images/images.mk
include workloads/workloads.mk
include tests/tests.mk

.PHONY: all
all: $(B)/drivervm workloads images ## build the program, the workloads and the VM images

.PHONY: program
program: $(B)/drivervm workloads ## build the program and the workloads only

$(B)/drivervm: $(HARNESS_OBJ) $(B)/harness/main.o
	@echo "  LD      $@"
	$(Q)$(CC) -rdynamic -o $@ $^ $(PKG_LIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

.PHONY: deps
deps: ## install the Debian packages that are missing
	$(Q)./harness/deps.sh

.PHONY: quick
quick: deps ## build, make images, run the kick-the-tires pass, say where the report is
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)$(B)/drivervm reproduce --quick

.PHONY: reproduce
reproduce: deps ## the full run of the same, with lines of code
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)$(MAKE) --no-print-directory lines || echo "the report will say: not counted"
	$(Q)$(B)/drivervm reproduce

.PHONY: clean
clean: ## remove everything built (downloads in build/cache stay; see distclean)
	$(Q)find $(B) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} + 2>/dev/null || true

.PHONY: distclean
distclean: ## remove everything built and downloaded
	$(Q)rm -rf $(B)

.PHONY: help
help: ## list the targets
	$(Q)sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | sort | \
		awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

-include $(HARNESS_OBJ:.o=.d) $(B)/harness/main.d
