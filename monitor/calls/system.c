/*
 * Calls that administer the system or describe it, made once by the leader:
 * what those of their arguments point to that depend on the others.
 */
#include <errno.h>
#include <linux/dqblk_xfs.h>
#include <linux/quota.h>
#include <linux/reboot.h>
#include <string.h>

#include "monitor/call.h"
#include "schema/syscall_numbers.h"

/* bytes: what the kernel takes of one of these, at most */
#define PAGE_BYTES         4096
#define RESTART_NAME_BYTES 256
/* struct file_handle: handle_bytes, handle_type, then the handle (name_to_handle_at(2)) */
#define HANDLE_HEAD_BYTES 8
/* struct xattr_args: where the value is, then its length and flags (include/uapi/linux/xattr.h) */
#define XATTR_ARGS_BYTES 16

/* fsconfig(2); <linux/mount.h> and <sys/mount.h> exclude each other in some releases of libc */
enum { CONFIG_STRING = 1, CONFIG_BINARY = 2, CONFIG_PATH = 3, CONFIG_PATH_EMPTY = 4 };
/* name_to_handle_at(2), Linux 6.12; the value that AT_HANDLE_MNT_ID_UNIQUE has there */
#define UNIQUE_MOUNT_ID 1
/* lsm_get_self_attr(2) */
#define LSM_SINGLE 1

static void gather_mount(struct gather *g)
{
	if (g->args[4])
		gather_add_string(g, 4, g->args[4], PAGE_BYTES);
}

static void gather_fsconfig(struct gather *g)
{
	switch ((int)g->args[1]) {
	case CONFIG_STRING:
	case CONFIG_PATH:
	case CONFIG_PATH_EMPTY: gather_add_string(g, 3, g->args[3], PAGE_BYTES); return;
	case CONFIG_BINARY:
		if ((int32_t)g->args[4] > 0)
			gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, g->args[3],
				   (size_t)(int32_t)g->args[4]);
		return;
	}
}

static void gather_reboot(struct gather *g)
{
	if ((uint32_t)g->args[2] == LINUX_REBOOT_CMD_RESTART2)
		gather_add_string(g, 3, g->args[3], RESTART_NAME_BYTES);
}

/* What quotactl's commands read and write (quotactl(2)). */
static const struct quota {
	uint32_t command;
	uint16_t input, output;
} quotas[] = {
	{ Q_GETFMT, 0, sizeof(uint32_t) },
	{ Q_GETINFO, 0, sizeof(struct if_dqinfo) },
	{ Q_SETINFO, sizeof(struct if_dqinfo), 0 },
	{ Q_GETQUOTA, 0, sizeof(struct if_dqblk) },
	{ Q_SETQUOTA, sizeof(struct if_dqblk), 0 },
	{ Q_GETNEXTQUOTA, 0, sizeof(struct if_nextdqblk) },
	{ Q_XQUOTAON, sizeof(uint32_t), 0 },
	{ Q_XQUOTAOFF, sizeof(uint32_t), 0 },
	{ Q_XQUOTARM, sizeof(uint32_t), 0 },
	{ Q_XGETQUOTA, 0, sizeof(struct fs_disk_quota) },
	{ Q_XSETQLIM, sizeof(struct fs_disk_quota), 0 },
	{ Q_XGETNEXTQUOTA, 0, sizeof(struct fs_disk_quota) },
	{ Q_XGETQSTAT, 0, sizeof(struct fs_quota_stat) },
	/* which version is wanted stands first */
	{ Q_XGETQSTATV, 1, sizeof(struct fs_quota_statv) },
};

static uint32_t quota_command(const struct gather *g)
{
	return (uint32_t)(g->nr == __NR_quotactl ? g->args[0] : g->args[1]) >> SUBCMDSHIFT;
}

static const struct quota *quota_find(uint32_t command)
{
	for (size_t i = 0; i < sizeof(quotas) / sizeof(quotas[0]); i++)
		if (quotas[i].command == command)
			return &quotas[i];
	return NULL;
}

static void gather_quota(struct gather *g)
{
	const struct quota *quota = quota_find(quota_command(g));

	if (quota_command(g) == Q_QUOTAON)
		gather_add_string(g, 3, g->args[3], PAGE_BYTES);
	else if (quota && quota->input)
		gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, g->args[3], quota->input);
}

static void output_quota(struct gather *g, int64_t result)
{
	const struct quota *quota = quota_find(quota_command(g));

	(void)result;
	if (quota && quota->output)
		gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, g->args[3], quota->output);
}

/* sysfs(2): 1 asks for the index of a name, 2 for the name of an index. */
static void gather_sysfs(struct gather *g)
{
	if ((int)g->args[0] == 1)
		gather_add_string(g, 1, g->args[1], PAGE_BYTES);
	else if ((int)g->args[0] == 2)
		g->to->value_args |= 1u << 1;
}

static void output_sysfs(struct gather *g, int64_t result)
{
	char name[RESTART_NAME_BYTES] = "";
	size_t length = 0;

	(void)result;
	if ((int)g->args[0] != 2)
		return;
	while (length < sizeof(name) &&
	       gather_read(g, g->args[2] + length, name + length, 1) == 0 && name[length++])
		;
	memcpy(capture_add(g->to, 2, PART_CONTENT, FORMAT_TEXT, g->args[2], length), name, length);
}

/* A structure whose first word says how long it is. */
static void gather_sized(struct gather *g)
{
	uint32_t size = 0;

	if (gather_read(g, g->args[0], &size, sizeof(size)) < 0 || size < sizeof(size))
		size = sizeof(size);
	gather_add(g, 0, PART_CONTENT, FORMAT_BYTES, g->args[0],
		   size < PAGE_BYTES ? size : PAGE_BYTES);
}

/* statmount says in the first word how much of the buffer it filled. */
static void output_statmount(struct gather *g, int64_t result)
{
	uint32_t size = 0;

	(void)result;
	if (gather_read(g, g->args[1], &size, sizeof(size)) == 0)
		gather_add(g, 1, PART_CONTENT, FORMAT_BYTES, g->args[1],
			   size < g->args[2] ? size : g->args[2]);
}

static void output_handle(struct gather *g, int64_t result)
{
	uint32_t bytes = 0;

	(void)result;
	if (gather_read(g, g->args[2], &bytes, sizeof(bytes)) == 0)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2],
			   HANDLE_HEAD_BYTES + (size_t)bytes);
	gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, g->args[3],
		   g->args[4] & UNIQUE_MOUNT_ID ? sizeof(uint64_t) : sizeof(uint32_t));
}

/* Too small a handle: the mount's id was written all the same, and the wanted size with the row. */
static void failed_handle(struct gather *g, int64_t result)
{
	if (result == -EOVERFLOW)
		gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, g->args[3],
			   g->args[4] & UNIQUE_MOUNT_ID ? sizeof(uint64_t) : sizeof(uint32_t));
}

/* The value's place is each variant's own: its part says where. */
static void gather_xattr_args(struct gather *g, bool input)
{
	uint64_t value = 0;
	uint32_t length = 0;

	if (g->args[5] < XATTR_ARGS_BYTES || g->args[5] > PAGE_BYTES)
		return;
	gather_add(g, 4, PART_CONTENT, FORMAT_BYTES, g->args[4] + sizeof(value),
		   g->args[5] - sizeof(value));
	if (gather_read(g, g->args[4], &value, sizeof(value)) == 0 && value &&
	    gather_read(g, g->args[4] + sizeof(value), &length, sizeof(length)) == 0)
		gather_add(g, 4, PART_CONTROL, FORMAT_BYTES, value, input ? length : 0);
}

static void gather_setxattrat(struct gather *g)
{
	gather_xattr_args(g, true);
}

static void gather_getxattrat(struct gather *g)
{
	gather_xattr_args(g, false);
}

static void output_getxattrat(struct gather *g, int64_t result)
{
	const struct capture_buf *value = capture_find(g->entry, 4, PART_CONTROL);
	const struct capture_buf *rest = capture_find(g->entry, 4, PART_CONTENT);
	uint32_t room = 0;

	if (!value || !rest || rest->length < sizeof(room))
		return;
	memcpy(&room, capture_bytes(g->entry, rest), sizeof(room));
	/* With no room the result says how much there would be. */
	if ((uint64_t)result <= room)
		gather_add(g, 4, PART_CONTROL, FORMAT_BYTES, value->addr, (size_t)result);
}

/* Which module is asked stands first in the structure. */
static void gather_lsm(struct gather *g)
{
	if (g->args[1] && (g->args[3] & LSM_SINGLE))
		gather_add(g, 1, PART_CONTENT, FORMAT_BYTES, g->args[1], sizeof(uint64_t));
}

static void output_lsm(struct gather *g, int64_t result)
{
	uint32_t size = 0;

	if (result > 0 && g->args[1] && gather_read(g, g->args[2], &size, sizeof(size)) == 0)
		gather_add(g, 1, PART_CONTENT, FORMAT_BYTES, g->args[1], size);
}

static void output_lsm_list(struct gather *g, int64_t result)
{
	if (result > 0)
		gather_add(g, 0, PART_CONTENT, FORMAT_BYTES, g->args[0],
			   (size_t)result * sizeof(uint64_t));
}

static const struct irregular {
	int64_t nr;
	void (*gather)(struct gather *g);
	void (*output)(struct gather *g, int64_t result);
	void (*failed)(struct gather *g, int64_t result);
} irregulars[] = {
	{ __NR_mount, gather_mount, NULL, NULL },
	{ __NR_fsconfig, gather_fsconfig, NULL, NULL },
	{ __NR_reboot, gather_reboot, NULL, NULL },
	{ __NR_quotactl, gather_quota, output_quota, NULL },
	{ __NR_quotactl_fd, gather_quota, output_quota, NULL },
	{ __NR_sysfs, gather_sysfs, output_sysfs, NULL },
	{ __NR_statmount, gather_sized, output_statmount, NULL },
	{ __NR_listmount, gather_sized, NULL, NULL },
	{ __NR_name_to_handle_at, NULL, output_handle, failed_handle },
	{ __NR_setxattrat, gather_setxattrat, NULL, NULL },
	{ __NR_getxattrat, gather_getxattrat, output_getxattrat, NULL },
	{ __NR_lsm_get_self_attr, gather_lsm, output_lsm, NULL },
	{ __NR_lsm_list_modules, NULL, output_lsm_list, NULL },
};

static const struct irregular *irregular_find(int64_t nr)
{
	for (size_t i = 0; i < sizeof(irregulars) / sizeof(irregulars[0]); i++)
		if (irregulars[i].nr == nr)
			return &irregulars[i];
	return NULL;
}

static void system_gather(struct gather *g)
{
	const struct irregular *call = irregular_find(g->nr);

	if (call && call->gather)
		call->gather(g);
}

static void system_gather_output(struct gather *g, int64_t result)
{
	const struct irregular *call = irregular_find(g->nr);

	if (call && call->output)
		call->output(g, result);
}

static void system_gather_failed(struct gather *g, int64_t result)
{
	const struct irregular *call = irregular_find(g->nr);

	if (call && call->failed)
		call->failed(g, result);
}

/* Text ends at its NUL, and so does the comparison; what begins with a number is no text. */
static void system_decide(struct call *c)
{
	const uint8_t *data;
	size_t length;

	if (c->nr != __NR_mount || c->session->n_variants == 1)
		return;
	data = call_input(c, 4, PART_CONTENT, &length);
	if (data && length && data[0] < ' ')
		call_unsupported(c, "mount data that are no text");
}

const struct call_ops calls_system = {
	.gather = system_gather,
	.gather_output = system_gather_output,
	.gather_failed = system_gather_failed,
	.decide = system_decide,
};
