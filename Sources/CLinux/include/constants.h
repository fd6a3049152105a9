// Constants that Swift can't import: macros with casts, and names hidden behind feature tests. Typed for their use.
#pragma once
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define SW_CONST(type, name) static const type SW_##name = (type)(name)

SW_CONST(int32_t, O_PATH);
SW_CONST(int32_t, O_TMPFILE);
SW_CONST(int32_t, O_DIRECTORY);
SW_CONST(int32_t, O_NOFOLLOW);
SW_CONST(int32_t, O_CLOEXEC);
SW_CONST(int32_t, O_NONBLOCK);
SW_CONST(int32_t, O_NOCTTY);
SW_CONST(int32_t, AT_FDCWD);
SW_CONST(int32_t, AT_EMPTY_PATH);
SW_CONST(int32_t, AT_SYMLINK_NOFOLLOW);
SW_CONST(int32_t, AT_RECURSIVE);
SW_CONST(int32_t, AT_REMOVEDIR);
SW_CONST(uint64_t, RESOLVE_IN_ROOT);
SW_CONST(uint64_t, RESOLVE_BENEATH);
SW_CONST(uint64_t, RESOLVE_NO_MAGICLINKS);
SW_CONST(uint64_t, RESOLVE_NO_SYMLINKS);
SW_CONST(uint64_t, RESOLVE_NO_XDEV);

SW_CONST(uint64_t, CLONE_NEWNS);
SW_CONST(uint64_t, CLONE_NEWPID);
SW_CONST(uint64_t, CLONE_NEWNET);
SW_CONST(uint64_t, CLONE_NEWIPC);
SW_CONST(uint64_t, CLONE_NEWUTS);
SW_CONST(uint64_t, CLONE_NEWUSER);
SW_CONST(uint64_t, CLONE_NEWCGROUP);
SW_CONST(uint64_t, CLONE_NEWTIME);
SW_CONST(uint64_t, CLONE_PIDFD);
SW_CONST(uint64_t, CLONE_PARENT);
SW_CONST(uint64_t, CLONE_INTO_CGROUP);

SW_CONST(uint32_t, FSOPEN_CLOEXEC);
SW_CONST(uint32_t, FSMOUNT_CLOEXEC);
SW_CONST(uint32_t, OPEN_TREE_CLONE);
SW_CONST(uint32_t, OPEN_TREE_CLOEXEC);
SW_CONST(uint32_t, MOVE_MOUNT_F_EMPTY_PATH);
SW_CONST(uint32_t, MOVE_MOUNT_T_EMPTY_PATH);

static const uint32_t SW_FSCONFIG_SET_FLAG = FSCONFIG_SET_FLAG;
static const uint32_t SW_FSCONFIG_SET_STRING = FSCONFIG_SET_STRING;
static const uint32_t SW_FSCONFIG_CMD_CREATE = FSCONFIG_CMD_CREATE;
static const uint32_t SW_FSCONFIG_CMD_RECONFIGURE = FSCONFIG_CMD_RECONFIGURE;

SW_CONST(uint64_t, MOUNT_ATTR_RDONLY);
SW_CONST(uint64_t, MOUNT_ATTR_NOSUID);
SW_CONST(uint64_t, MOUNT_ATTR_NODEV);
SW_CONST(uint64_t, MOUNT_ATTR_NOEXEC);
SW_CONST(uint64_t, MOUNT_ATTR_NOSYMFOLLOW);
SW_CONST(uint64_t, MOUNT_ATTR_IDMAP);
SW_CONST(uint64_t, MS_PRIVATE);
SW_CONST(uint64_t, MS_SHARED);
SW_CONST(uint64_t, MS_SLAVE);
SW_CONST(uint64_t, MS_UNBINDABLE);
SW_CONST(uint64_t, MS_REC);
SW_CONST(uint64_t, MS_MOVE);
static const int32_t SW_MNT_DETACH = 2;

SW_CONST(int64_t, PROC_SUPER_MAGIC);
SW_CONST(int64_t, SYSFS_MAGIC);
SW_CONST(int64_t, TMPFS_MAGIC);
SW_CONST(int64_t, DEVPTS_SUPER_MAGIC);
SW_CONST(int64_t, CGROUP_SUPER_MAGIC);
SW_CONST(int64_t, CGROUP2_SUPER_MAGIC);
SW_CONST(int64_t, OVERLAYFS_SUPER_MAGIC);
static const int64_t SW_PIDFS_MAGIC = 0x50494446;  // absent from older headers

static const uint32_t SW_CLOSE_RANGE_CLOEXEC = 4;  // glibc 2.36 has it only under other names
static const uint32_t SW_MFD_CLOEXEC = 1;
static const uint32_t SW_MFD_ALLOW_SEALING = 2;
static const uint32_t SW_MFD_EXEC = 0x10;
static const uint32_t SW_P_PID = 1;
static const uint32_t SW_P_PIDFD = 3;

// Some names are missing from Debian 12's headers.
#ifndef PR_SET_NAME
#error "prctl names are expected"
#endif
SW_CONST(int32_t, PR_SET_PDEATHSIG);
SW_CONST(int32_t, PR_SET_DUMPABLE);
SW_CONST(int32_t, PR_SET_KEEPCAPS);
SW_CONST(int32_t, PR_CAPBSET_DROP);
SW_CONST(int32_t, PR_SET_NO_NEW_PRIVS);
SW_CONST(int32_t, PR_CAP_AMBIENT);
SW_CONST(int32_t, PR_CAP_AMBIENT_RAISE);
SW_CONST(int32_t, PR_CAP_AMBIENT_CLEAR_ALL);
SW_CONST(int32_t, PR_SET_CHILD_SUBREAPER);
SW_CONST(int32_t, PR_SET_NAME);
