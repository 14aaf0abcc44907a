# SPDX-License-Identifier: GPL-2.0-or-later
#
# What runs in guests: the packages it is made from, the agent, our kernel modules, the images.
# Nothing here installs anything or needs root; downloads are kept in $(CACHE).

CACHE ?= $(B)/cache

IMAGE_NAMES := ddos ddos-shell ddos-bridge ddos-bridge-shell client client-shell client-disk \
	client-disk-shell client-nfs client-nfs-shell remote-nfs remote-nfs-shell
IMAGE_LISTS := $(wildcard vm-images/*.list)
IMAGES := $(IMAGE_NAMES:%=$(B)/images/%.cpio)

BUILDER := $(B)/image-builder
BUILDER_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard vm-images/builder/*.c)) \
	$(addprefix $(B)/harness/core/,argv.o log.o util.o)
BUILDER_LIBS = $(shell pkg-config --libs libarchive libelf libkmod libcrypto libcyaml jansson \
	2>/dev/null)
PACKAGES := $(CACHE)/root/.unpacked

AGENT := $(B)/agent
AGENT_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard vm-images/agent/*.c))

MODULE_DIR := $(B)/modules
MODULE_SRC := $(shell find vm-images/modules -type f)
MODULES := $(MODULE_DIR)/.built

.PHONY: images
images: $(B)/images/vmlinux $(IMAGES) $(B)/images/manifest.json ## build the guests' images

.PHONY: modules
modules: $(MODULES) ## build our kernel modules

$(BUILDER): $(BUILDER_OBJ)
	@echo "  LD      $@"
	$(Q)$(CC) -o $@ $^ $(BUILDER_LIBS)

$(PACKAGES): $(IMAGE_LISTS) | $(BUILDER)
	$(Q)$(BUILDER) fetch --cache=$(CACHE) $(IMAGE_NAMES:%=vm-images/%.list)

$(B)/images/vmlinux: $(PACKAGES) | $(BUILDER)
	@mkdir -p $(@D)
	@echo "  VMLINUX $@"
	$(Q)$(BUILDER) vmlinux --cache=$(CACHE) --output=$@

# Static: it is all there is in a driver VM.
$(AGENT): $(AGENT_OBJ)
	@echo "  LD      $@"
	$(Q)$(CC) -static -s -o $@ $^

# kbuild leaves its products beside the sources, so it gets a folder of links to them. Debugging
# information stays out of the images, where it would only cost memory.
$(MODULES): $(MODULE_SRC) $(PACKAGES)
	@mkdir -p $(MODULE_DIR)
	@echo "  KBUILD  $(MODULE_DIR)"
	$(Q)cp -rsf $(CURDIR)/vm-images/modules/. $(MODULE_DIR)/
	$(Q)find $(MODULE_DIR) -xtype l -delete
	$(Q)$(MAKE) $(if $(filter 1,$(V)),,-s) --no-print-directory -C $(CACHE)/kernel-headers \
		M=$(abspath $(MODULE_DIR)) CONFIG_DEBUG_INFO_BTF_MODULES= modules
	$(Q)rm -rf $(MODULE_DIR)/stripped && mkdir $(MODULE_DIR)/stripped
	$(Q)set -e; for m in $$(find $(MODULE_DIR) -name '*.ko' -not -path '*/stripped/*'); do \
		strip --strip-debug -o $(MODULE_DIR)/stripped/$${m##*/} $$m; done
	@touch $@

$(IMAGES): $(B)/images/%.cpio: $(IMAGE_LISTS) $(PACKAGES) $(BUILDER) $(AGENT) $(MODULES) \
		$(shell find vm-images/rootfs -type f)
	@mkdir -p $(@D)
	@echo "  IMAGE   $@"
	$(Q)$(BUILDER) image --cache=$(CACHE) --agent=$(AGENT) \
		--modules=$(MODULE_DIR)/stripped --output=$@ vm-images/$*.list

$(B)/images/manifest.json: $(B)/images/vmlinux $(IMAGES)
	@echo "  MANIFEST $@"
	$(Q)$(BUILDER) manifest --cache=$(CACHE) --output=$(@D)

# Not one of the images: it takes 140 MB of kernel source to say how long the drivers are.
LINES := $(B)/images/lines.json

.PHONY: lines
lines: $(LINES) ## count the lines of drivers and of our own code

$(LINES): vm-images/drivers.list harness/drivers.yaml $(wildcard harness/classes/*.c) \
		$(MODULE_SRC) $(PACKAGES) $(BUILDER)
	@mkdir -p $(@D)
	@echo "  LINES   $@"
	$(Q)$(BUILDER) lines --cache=$(CACHE) --tree=. --output=$@ vm-images/drivers.list

-include $(BUILDER_OBJ:.o=.d) $(AGENT_OBJ:.o=.d)
