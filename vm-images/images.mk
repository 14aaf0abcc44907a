# SPDX-License-Identifier: GPL-2.0-or-later
#
# What runs in guests: the packages it is made from, the agent, our kernel modules, the images.
# Nothing here installs anything or needs root; downloads are kept in $(CACHE).

CACHE ?= $(B)/cache

IMAGE_NAMES := ddos ddos-shell ddos-pci ddos-bridge ddos-bridge-shell client client-shell client-disk \
	client-disk-shell client-files client-files-shell client-nfs client-nfs-shell remote-nfs \
	remote-nfs-shell
IMAGE_LISTS := $(wildcard vm-images/*.list)
KERNEL := vm-images/kernels/amd64.list
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

$(PACKAGES): $(IMAGE_LISTS) $(KERNEL) | $(BUILDER)
	$(Q)$(BUILDER) fetch --cache=$(CACHE) $(KERNEL) $(IMAGE_NAMES:%=vm-images/%.list)

$(B)/images/vmlinux: $(PACKAGES) | $(BUILDER)
	@mkdir -p $(@D)
	@echo "  VMLINUX $@"
	$(Q)$(BUILDER) vmlinux --cache=$(CACHE) --output=$@

# Static: it is all there is in a driver VM.
$(AGENT): $(AGENT_OBJ)
	@echo "  LD      $@"
	$(Q)$(CC) -static -s -o $@ $^

# kbuild leaves its products beside the sources, so it gets a folder of links to them. Debugging
# information stays out of the images, where it would only cost memory. $(1): the folder, $(2): the
# cache of the kernel's packages, $(3): what else kbuild is told.
define build_modules
	@mkdir -p $(1)
	@echo "  KBUILD  $(1)"
	$(Q)cp -rsf $(CURDIR)/vm-images/modules/. $(1)/
	$(Q)find $(1) -xtype l -delete
	+$(Q)$(MAKE) $(if $(filter 1,$(V)),,-s) --no-print-directory -C $(2)/kernel-headers \
		M=$(abspath $(1)) CONFIG_DEBUG_INFO_BTF_MODULES= $(3) modules
	$(Q)rm -rf $(1)/stripped && mkdir $(1)/stripped
	$(Q)set -e; for m in $$(find $(1) -name '*.ko' -not -path '*/stripped/*'); do \
		strip --strip-debug -o $(1)/stripped/$${m##*/} $$m; done
	@touch $(1)/.built
endef

$(MODULES): $(MODULE_SRC) $(PACKAGES)
	$(call build_modules,$(MODULE_DIR),$(CACHE))

$(IMAGES): $(B)/images/%.cpio: $(IMAGE_LISTS) $(PACKAGES) $(BUILDER) $(AGENT) $(MODULES) \
		$(shell find vm-images/rootfs -type f)
	@mkdir -p $(@D)
	@echo "  IMAGE   $@"
	$(Q)$(BUILDER) image --cache=$(CACHE) --agent=$(AGENT) \
		--modules=$(MODULE_DIR)/stripped --output=$@ vm-images/$*.list

$(B)/images/manifest.json: $(B)/images/vmlinux $(IMAGES)
	@echo "  MANIFEST $@"
	$(Q)$(BUILDER) manifest --cache=$(CACHE) --output=$(@D)

# Driver VMs with other kernels than everybody's: $(B)/images/KERNEL/ holds a kernel, the images of
# driver VMs, and their manifest, made from packages in a cache of their own. `make all` leaves them out.
KERNELS := $(filter-out amd64,$(patsubst vm-images/kernels/%.list,%,$(wildcard vm-images/kernels/*.list)))
KERNEL_IMAGES := ddos ddos-shell

.PHONY: kernels
kernels: $(KERNELS:%=$(B)/images/%/manifest.json) ## build driver VMs with other kernels, too

# kbuild's own programs run here, and a host need not be able to run those of another architecture: the
# cache of such a kernel, $(1), gets those of the host's packages, which are made for all architectures.
define use_host_kbuild
	$(Q)set -e; for d in $(1)/root/usr/lib/linux-kbuild-*; do \
		here=$(CACHE)/root/usr/lib/$${d##*/}; \
		if [ ! -L $$d ] && [ -d $$here ]; then \
			rm -rf $$d; ln -s ../../../../root/usr/lib/$${d##*/} $$d; fi; done
endef

# $(1): the kernel; $(2): the architecture of its packages, if it is not the host's.
define kernel_rules
$(CACHE)/$(1)/root/.unpacked: vm-images/kernels/$(1).list | $(BUILDER)
	@mkdir -p $(CACHE)/$(1)
	$(Q)$(BUILDER) fetch --cache=$(CACHE)/$(1) $$<

$(B)/images/$(1)/vmlinux: $(CACHE)/$(1)/root/.unpacked | $(BUILDER)
	@mkdir -p $$(@D)
	@echo "  VMLINUX $$@"
	$(Q)$(BUILDER) vmlinux --cache=$(CACHE)/$(1) --output=$$@

$(MODULE_DIR)-$(1)/.built: $(MODULE_SRC) $(CACHE)/$(1)/root/.unpacked $(if $(2),$(PACKAGES))
	$(if $(2),$$(call use_host_kbuild,$(CACHE)/$(1)))
	$$(call build_modules,$(MODULE_DIR)-$(1),$(CACHE)/$(1),$(if $(2),ARCH=$(2)))

$(KERNEL_IMAGES:%=$(B)/images/$(1)/%.cpio): $(B)/images/$(1)/%.cpio: $(IMAGE_LISTS) $(BUILDER) \
		$(CACHE)/$(1)/root/.unpacked $(AGENT)$(2:%=-%) $(MODULE_DIR)-$(1)/.built $(if $(2),$(PACKAGES)) \
		$(shell find vm-images/rootfs -type f)
	@mkdir -p $$(@D)
	@echo "  IMAGE   $$@"
	$(Q)$(BUILDER) image --cache=$(CACHE)/$(1) $(if $(2),--run-from=$(CACHE)) --agent=$(AGENT)$(2:%=-%) \
		--modules=$(MODULE_DIR)-$(1)/stripped --output=$$@ vm-images/$$*.list

$(B)/images/$(1)/manifest.json: $(B)/images/$(1)/vmlinux $(KERNEL_IMAGES:%=$(B)/images/$(1)/%.cpio)
	@echo "  MANIFEST $$@"
	$(Q)$(BUILDER) manifest --cache=$(CACHE)/$(1) --output=$$(@D)
endef

$(foreach k,$(KERNELS),$(eval $(call kernel_rules,$(k),$(shell sed -n 's/^architecture //p' \
	vm-images/kernels/$(k).list))))

$(AGENT)-i386: $(AGENT_OBJ:.o=.i386.o)
	@echo "  LD      $@"
	$(Q)$(CC) -m32 -static -s -o $@ $^

$(B)/%.i386.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $< (i386)"
	$(Q)$(CC) -m32 $(CPPFLAGS) $(CFLAGS) -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -MMD -MP -c -o $@ $<

# Not one of the images: it takes 140 MB of kernel source to say how long the drivers are.
LINES := $(B)/images/lines.json

.PHONY: lines
lines: $(LINES) ## count the lines of drivers and of our own code

$(LINES): vm-images/drivers.list harness/drivers.yaml $(wildcard harness/classes/*.c) \
		$(MODULE_SRC) $(PACKAGES) $(BUILDER)
	@mkdir -p $(@D)
	@echo "  LINES   $@"
	$(Q)$(BUILDER) lines --cache=$(CACHE) --tree=. --output=$@ vm-images/drivers.list

-include $(BUILDER_OBJ:.o=.d) $(AGENT_OBJ:.o=.d) $(AGENT_OBJ:.o=.i386.d)
