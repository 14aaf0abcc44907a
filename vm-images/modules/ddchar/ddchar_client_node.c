// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files in /dev: under the names that programs expect, unless the client has such ones of its
 * own.
 */
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/namei.h>

#include "ddchar_client.h"

#define FILES_MAX 32 /* in one client */
#define NUMBERS 64 /* that are tried for one name */

static dev_t numbers;
static struct cdev cdev;
static struct class *class;
static DEFINE_MUTEX(lock); /* clients[] */
static struct ddchar_client *clients[FILES_MAX]; /* by minor number */

static bool exists(const char *name)
{
	char path[DDCHAR_NODE_SIZE + sizeof("/dev/")];
	struct path at;

	snprintf(path, sizeof(path), "/dev/%s", name);
	if (kern_path(path, 0, &at))
		return false;
	path_put(&at);
	return true;
}

/* The first of its names that is free. lock held. */
static bool free_name(const struct ddchar_type *type, char *name)
{
	int n;

	if (!type->numbered) {
		snprintf(name, DDCHAR_NODE_SIZE, "%s", type->node);
		if (!exists(name))
			return true;
	}
	for (n = 0; n < NUMBERS; n++) {
		snprintf(name, DDCHAR_NODE_SIZE, "%s%d", type->node, n);
		if (!exists(name))
			return true;
	}
	return false;
}

int ddchar_node_add(struct ddchar_client *c)
{
	char *name = c->name;
	struct device *dev;
	int minor, ret = 0;

	mutex_lock(&lock);
	for (minor = 0; minor < FILES_MAX && clients[minor]; minor++)
		;
	if (minor == FILES_MAX || !free_name(c->type, name)) {
		ret = -ENOSPC;
		goto out;
	}
	dev = device_create(class, &c->link->dev, numbers + minor, NULL, "%s", name);
	if (IS_ERR(dev)) {
		ret = PTR_ERR(dev);
		goto out;
	}
	clients[minor] = c;
	smp_store_release(&c->minor, minor);
	dev_info(&c->link->dev, "%s is /dev/%s\n", c->type->name, name);
out:
	mutex_unlock(&lock);
	return ret;
}

void ddchar_node_remove(struct ddchar_client *c)
{
	if (c->minor < 0)
		return;
	mutex_lock(&lock);
	clients[c->minor] = NULL;
	mutex_unlock(&lock);
	device_destroy(class, numbers + c->minor);
	c->minor = -1;
}

struct ddchar_client *ddchar_node_get(unsigned int minor)
{
	struct ddchar_client *c;

	mutex_lock(&lock);
	c = minor < FILES_MAX ? clients[minor] : NULL;
	if (c)
		kref_get(&c->refs);
	mutex_unlock(&lock);
	return c;
}

int ddchar_node_init(void)
{
	int ret = alloc_chrdev_region(&numbers, 0, FILES_MAX, "ddchar");

	if (ret)
		return ret;
	class = class_create(THIS_MODULE, "ddchar");
	if (IS_ERR(class)) {
		ret = PTR_ERR(class);
		goto err_region;
	}
	cdev_init(&cdev, &ddchar_fops);
	cdev.owner = THIS_MODULE;
	ret = cdev_add(&cdev, numbers, FILES_MAX);
	if (ret)
		goto err_class;
	return 0;

err_class:
	class_destroy(class);
err_region:
	unregister_chrdev_region(numbers, FILES_MAX);
	return ret;
}

void ddchar_node_exit(void)
{
	cdev_del(&cdev);
	class_destroy(class);
	unregister_chrdev_region(numbers, FILES_MAX);
}
