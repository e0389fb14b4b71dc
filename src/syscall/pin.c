// SPDX-License-Identifier: BSD-2-Clause
#include "pin.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <espalier/host.h>

#include "attr.h"
#include "handle.h"
#include "user.h"

#define ROOT "/sys/fs/bpf"

/* A pinned object, or a directory that was made (no object). */
struct pin {
	struct pin *next;
	struct object *obj;
	char path[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pin *pins;

static void drop_last(char *path, size_t *len)
{
	while (*len && path[--*len] != '/')
		;
	path[*len] = '\0';
}

/* Append the components of @path to the normal path in @out. */
static int append(char out[PIN_PATH_MAX], const char *path)
{
	size_t len = strlen(out);

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			drop_last(out, &len);
		} else if (n && !(n == 1 && path[0] == '.')) {
			if (len + n + 2 > PIN_PATH_MAX)
				return -ENAMETOOLONG;
			out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
			out[len] = '\0';
		}
		path += n;
		path += *path == '/';
	}
	return 0;
}

int pin_path(const char *path, char out[PIN_PATH_MAX])
{
	int err = 0;

	if (!*path)
		return -ENOENT;
	out[0] = '\0';
	if (path[0] != '/') {
		char cwd[PIN_PATH_MAX];

		if (!getcwd(cwd, sizeof(cwd)))
			return -errno;
		err = append(out, cwd);
	}
	if (!err)
		err = append(out, path);
	if (err)
		return err;
	if (strncmp(out, ROOT, strlen(ROOT)) || (out[strlen(ROOT)] && out[strlen(ROOT)] != '/'))
		return -EPERM;
	return 0;
}

static struct pin **find(const char *path)
{
	struct pin **at = &pins;

	while (*at && strcmp((*at)->path, path))
		at = &(*at)->next;
	return at;
}

static bool has_children(const char *path)
{
	size_t len = strlen(path);

	for (struct pin *p = pins; p; p = p->next) {
		if (!strncmp(p->path, path, len) && p->path[len] == '/')
			return true;
	}
	return false;
}

/* Takes over the caller's user reference to @obj on success. */
static int add(const char *path, struct object *obj)
{
	struct pin *pin = malloc(sizeof(*pin) + strlen(path) + 1);
	int err = 0;

	if (!pin)
		return -ENOMEM;
	strcpy(pin->path, path);
	pin->obj = obj;
	pthread_mutex_lock(&lock);
	if (!strcmp(path, ROOT) || *find(path) || has_children(path)) {
		err = -EEXIST;
	} else {
		pin->next = pins;
		pins = pin;
	}
	pthread_mutex_unlock(&lock);
	if (err)
		free(pin);
	return err;
}

long cmd_obj_pin(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	char path[PIN_PATH_MAX];
	struct object *obj;
	int err;

	(void)user;
	(void)size;
	if (a->file_flags || attr->obj.path_fd)
		return -EINVAL; /* BPF_F_PATH_FD: nobody has a descriptor of a directory here */
	if (!a->pathname)
		return -EFAULT;
	err = fd_object((int)a->bpf_fd, OBJECT_KINDS, &obj, NULL);
	if (err)
		return err;
	if (obj->kind != OBJECT_MAP && obj->kind != OBJECT_PROG) {
		object_put(obj);
		return -EINVAL;
	}
	user_get(obj);
	err = pin_path(attr_ptr(a->pathname), path);
	if (!err)
		err = add(path, obj);
	if (err)
		user_put(obj);
	object_put(obj);
	return err;
}

static int new_fd(struct object *obj, u32 file_flags)
{
	int mode = fd_mode_from_flags(file_flags);

	if (mode < 0)
		return mode;
	if (obj->kind == OBJECT_MAP)
		return map_new_fd(map_of(obj), (u32)mode);
	return mode == (FD_READ | FD_WRITE) ? prog_new_fd(prog_of(obj)) : -EINVAL;
}

long cmd_obj_get(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	char path[PIN_PATH_MAX];
	struct object *obj = NULL;
	struct pin *pin;
	int err;

	(void)user;
	(void)size;
	if (a->bpf_fd || a->file_flags & ~(BPF_F_RDONLY | BPF_F_WRONLY) || attr->obj.path_fd)
		return -EINVAL;
	if (!a->pathname)
		return -EFAULT;
	err = pin_path(attr_ptr(a->pathname), path);
	if (err == -EPERM) /* a file outside is no pin, if there is one */
		return access(attr_ptr(a->pathname), F_OK) ? -ENOENT : -EACCES;
	if (err)
		return err;
	pthread_mutex_lock(&lock);
	pin = *find(path);
	if (pin && pin->obj) {
		obj = pin->obj;
		object_get(obj);
	} else {
		err = pin || has_children(path) || !strcmp(path, ROOT) ? -EACCES : -ENOENT;
	}
	pthread_mutex_unlock(&lock);
	if (!obj)
		return err;
	err = new_fd(obj, a->file_flags);
	object_put(obj);
	return err;
}

int espalier_is_bpffs(const char *path)
{
	char normal[PIN_PATH_MAX];

	return path && !pin_path(path, normal);
}

int espalier_mkdir(const char *path)
{
	char normal[PIN_PATH_MAX];
	int err = pin_path(path, normal);

	return err == -EPERM ? -ENOSYS : err ? err : add(normal, NULL);
}

static int take_out(const char *path, bool directory)
{
	char normal[PIN_PATH_MAX];
	struct pin **at, *pin;
	int err = pin_path(path, normal);

	if (err)
		return err == -EPERM ? -ENOSYS : err;
	pthread_mutex_lock(&lock);
	at = find(normal);
	pin = *at;
	if (!pin)
		err = has_children(normal) ? (directory ? -ENOTEMPTY : -EISDIR) : -ENOENT;
	else if (!pin->obj != directory)
		err = directory ? -ENOTDIR : -EISDIR;
	else if (directory && has_children(normal))
		err = -ENOTEMPTY;
	else
		*at = pin->next;
	pthread_mutex_unlock(&lock);
	if (err)
		return err;
	if (pin->obj)
		user_put(pin->obj);
	free(pin);
	return 0;
}

int espalier_unlink(const char *path)
{
	return take_out(path, false);
}

int espalier_rmdir(const char *path)
{
	return take_out(path, true);
}
