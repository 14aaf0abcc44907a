// SPDX-License-Identifier: GPL-2.0-or-later
/* A link: sealed memory with its descriptor, and the ivshmem server that hands it out. */
#include "link/link.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "link/ivshmem_server.h"

/* Of a PCI slot; and the first slot of those that are shared by links. */
#define PCI_FUNCTIONS 8
#define PACKED_SLOT 16
/* Until the death of a QEMU has come round. */
#define DETACH_US (5 * USEC_PER_SEC)

struct link {
	char name[DDLINK_NAME_MAX];
	struct ddlink_desc desc; /* as it is to stand in the memory, whatever guests write there */
	int shm_fd;
	unsigned char *memory; /* NULL until link_memory() */
	struct ivshmem_server *server;
};

static struct ddlink_desc describe(const char *name, enum ddlink_class class)
{
	struct ddlink_desc desc = {
		.magic = htole32(DDLINK_MAGIC),
		.version = htole32(DDLINK_VERSION),
		.region_size = htole32(DDLINK_REGION_SIZE),
		.class = htole32(class),
		.ring_size = htole32(DDLINK_RING_SIZE),
		.heartbeat_ms = htole32(DDLINK_HEARTBEAT_MS),
	};

	/* The rings fill the upper half, aligned; the data area what the control pages leave. */
	desc.ring_offset[DDLINK_RING_TO_SERVER] =
		htole32(DDLINK_REGION_SIZE - 2 * DDLINK_RING_SIZE);
	desc.ring_offset[DDLINK_RING_TO_CLIENT] = htole32(DDLINK_REGION_SIZE - DDLINK_RING_SIZE);
	desc.data_offset = htole32(DDLINK_CONTROL_SIZE);
	desc.data_size = htole32(DDLINK_REGION_SIZE - 2 * DDLINK_RING_SIZE - DDLINK_CONTROL_SIZE);
	memcpy(desc.name, name, strlen(name));
	return desc;
}

/*
 * Memory of fixed size: without the seals a QEMU that somebody broke out into could shrink the
 * file, and the next access of the other side's QEMU would be a SIGBUS.
 */
static int make_memory(const char *name)
{
	char *label = xasprintf("drivervm-link-%s", name);
	int fd, err;

	fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	free(label);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, DDLINK_REGION_SIZE) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/*
 * A side may have written over it, and then nobody else could ever join: so it is written again
 * whenever somebody is about to.
 */
static int write_descriptor(const struct link *l)
{
	return pwrite(l->shm_fd, &l->desc, sizeof(l->desc), 0) == sizeof(l->desc) ? 0 : -EIO;
}

int link_new(struct link **out, struct loop *loop, const char *name, enum ddlink_class class)
{
	size_t len = strlen(name);
	struct link *l;
	int err;

	if (len == 0 || len >= DDLINK_NAME_MAX)
		return -EINVAL;
	l = xcalloc(1, sizeof(*l));
	memcpy(l->name, name, len);
	l->shm_fd = make_memory(name);
	if (l->shm_fd < 0) {
		err = l->shm_fd;
		goto fail;
	}
	l->desc = describe(name, class);
	err = write_descriptor(l);
	if (!err)
		err = ivshmem_server_new(&l->server, loop->event, l->shm_fd, 2, DDLINK_VECTORS);
	if (err < 0)
		goto fail;
	*out = l;
	return 0;
fail:
	link_free(l);
	return err;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	ivshmem_server_free(l->server);
	if (l->memory)
		munmap(l->memory, DDLINK_REGION_SIZE);
	fd_close(&l->shm_fd);
	free(l);
}

const char *link_name(const struct link *l)
{
	return l->name;
}

int link_attach(struct link *l, unsigned int role)
{
	int err = write_descriptor(l);

	return err ? err : ivshmem_server_attach(l->server, role);
}

struct side {
	const struct link *link;
	unsigned int role;
};

static bool side_is_free(void *arg)
{
	const struct side *side = arg;

	return !link_attached(side->link, side->role);
}

int link_wait_attach(struct link *l, struct loop *loop, unsigned int role)
{
	struct side side = { .link = l, .role = role };
	int err = loop_wait(loop, side_is_free, &side, DETACH_US);

	return err ? err : link_attach(l, role);
}

static bool nobody_stands_by(void *arg)
{
	const struct side *side = arg;

	return !ivshmem_server_has_standby(side->link->server, side->role);
}

int link_attach_spare(struct link *l, struct loop *loop, unsigned int role)
{
	struct side side = { .link = l, .role = role };
	int err = loop_wait(loop, nobody_stands_by, &side, DETACH_US);

	if (!err)
		err = write_descriptor(l);
	return err ? err : ivshmem_server_attach_standby(l->server, role);
}

int link_promote_spare(struct link *l, struct loop *loop, unsigned int role)
{
	struct side side = { .link = l, .role = role };
	int err = loop_wait(loop, side_is_free, &side, DETACH_US);

	if (!err)
		err = write_descriptor(l);
	return err ? err : ivshmem_server_promote(l->server, role);
}

int link_set_heartbeat(struct link *l, unsigned int ms)
{
	if (ms < DDLINK_BEAT_MIN_MS || ms > DDLINK_HEARTBEAT_MS)
		return -EINVAL;
	l->desc.heartbeat_ms = htole32(ms);
	return write_descriptor(l);
}

bool link_attached(const struct link *l, unsigned int role)
{
	return ivshmem_server_attached(l->server, role);
}

static void add_link(struct argv *args, const char *name, unsigned int role, int fd,
		     const char *place)
{
	argv_add(args, "-chardev");
	argv_add(args, "socket,id=link-%s,fd=%d", name, fd);
	argv_add(args, "-device");
	/* Only a master can be saved as a template. */
	argv_add(args, "ivshmem-doorbell,id=link-%s-dev,chardev=link-%s,vectors=%u,master=on%s",
		 name, name, DDLINK_DEVICE_VECTORS(role), place);
}

void link_qemu_args(struct argv *args, const char *name, unsigned int role, int fd)
{
	add_link(args, name, role, fd, "");
}

void link_qemu_args_packed(struct argv *args, const char *name, unsigned int role, int fd,
			   unsigned int n)
{
	unsigned int slot = PACKED_SLOT + n / PCI_FUNCTIONS, function = n % PCI_FUNCTIONS;
	char *place =
		xasprintf(",addr=%x.%u%s", slot, function, function ? "" : ",multifunction=on");

	add_link(args, name, role, fd, place);
	free(place);
}

void link_revoke(struct link *l)
{
	ivshmem_server_revoke(l->server, DDLINK_SERVER);
	ivshmem_server_revoke(l->server, DDLINK_CLIENT);
}

void link_abandon(struct link *l)
{
	l->desc.abandoned = htole32(1);
	/* It fails only if the memory is not what link_new() made; and nobody could be told. */
	if (!write_descriptor(l))
		link_ring_doorbell(l, DDLINK_CLIENT, DDLINK_VECTOR_CONTROL);
}

int link_ring_doorbell(struct link *l, unsigned int role, unsigned int vector)
{
	return ivshmem_server_ring(l->server, role, vector);
}

volatile unsigned char *link_memory(struct link *l)
{
	void *p;

	if (!l->memory) {
		p = mmap(NULL, DDLINK_REGION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, l->shm_fd,
			 0);
		if (p == MAP_FAILED)
			return NULL;
		l->memory = p;
	}
	return l->memory;
}

/* Mapped for the moment only: mappings that stay would count in our own memory. */
int link_look(const struct link *l, struct link_view *view)
{
	void *p = mmap(NULL, DDLINK_CONTROL_SIZE, PROT_READ, MAP_SHARED, l->shm_fd, 0);
	unsigned int role;

	if (p == MAP_FAILED)
		return -errno;
	link_view_read(view, p);
	munmap(p, DDLINK_CONTROL_SIZE);
	for (role = 0; role < 2; role++)
		if (!link_attached(l, role))
			link_view_gone(view, role);
	return 0;
}
