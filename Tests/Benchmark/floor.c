/* The floor: the kernel work of `swrun run` of one program with the configuration that `swrun spec` writes, and nothing
 * else. No JSON, no checks of what the kernel checks anyway, no state directory; every value is hard-wired. What a
 * runtime needs on top of this is its own cost.
 *
 *     floor ROOTFS [PROGRAM [ARGUMENT...]]
 *
 * Built statically by `make bench`. Needs root in the initial user namespace and Linux 5.12 or later.
 *
 * A failed call prints its source line and errno and ends the program with 125: a benchmark that silently skips work
 * would be a lie. Only the calls marked MAY_FAIL depend on what the host's kernel was built with.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* <sys/mount.h> and <linux/mount.h> cannot be included together with every glibc; this is all that is missing. */
#define MNT_DETACH 2
extern int mount(const char *, const char *, const char *, unsigned long, const void *);
extern int umount2(const char *, int);

#define PATH_LENGTH 256
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define MUST(call) must((long)(call), __LINE__)
#define MAY_FAIL(call) ((void)!(call))

static long must(long result, int line)
{
    if (result < 0) {
        dprintf(2, "floor.c:%d: %s\n", line, strerror(errno));
        _exit(125);
    }
    return result;
}

/* The cgroup: one directory in each v1 hierarchy that is mounted, or one in the v2 hierarchy. */

static const char *const hierarchies[] = {
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids",
    "hugetlb", "perf_event", "net_cls", "net_prio", "rdma", "misc", "systemd", "unified",
};
static char group[LENGTH(hierarchies)][PATH_LENGTH]; /* its path, or "" */
static int cgroup_v2;

/* What every container may touch, whatever its list says: the default rules of the runtimes. */
static const char *const allowed_devices[] = {
    "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm",
    "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm",
};

static int open_in(const char *directory, const char *file, int flags)
{
    char path[PATH_LENGTH + 32];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    return (int)MUST(open(path, flags | O_CLOEXEC));
}

static void put(const char *directory, const char *file, const char *text)
{
    int fd = open_in(directory, file, O_WRONLY);
    MUST(write(fd, text, strlen(text)));
    close(fd);
}

static void copy(const char *from, const char *to, const char *file)
{
    char text[PATH_LENGTH];
    int fd = open_in(from, file, O_RDONLY);
    ssize_t length = MUST(read(fd, text, sizeof text - 1));
    text[length] = 0;
    close(fd);
    put(to, file, text);
}

static void make_group(size_t i, const char *name)
{
    snprintf(group[i], PATH_LENGTH, "/sys/fs/cgroup/%s/%s", cgroup_v2 ? "." : hierarchies[i], name);
    if (mkdir(group[i], 0755) < 0) {
        if (errno != ENOENT)
            MUST(-1);
        group[i][0] = 0; /* not mounted */
        return;
    }
    if (!strcmp(hierarchies[i], "cpuset") && !cgroup_v2) { /* a new cpuset is empty, and nobody can join an empty one */
        copy("/sys/fs/cgroup/cpuset", group[i], "cpuset.cpus");
        copy("/sys/fs/cgroup/cpuset", group[i], "cpuset.mems");
    }
    if (!strcmp(hierarchies[i], "devices")) {
        put(group[i], "devices.deny", "a");
        int fd = open_in(group[i], "devices.allow", O_WRONLY);
        for (size_t rule = 0; rule < LENGTH(allowed_devices); rule++)
            MUST(write(fd, allowed_devices[rule], strlen(allowed_devices[rule])));
        close(fd);
    }
}

static void make_groups(void)
{
    struct statfs info;
    char name[64];
    MUST(statfs("/sys/fs/cgroup", &info));
    cgroup_v2 = info.f_type == CGROUP2_SUPER_MAGIC;
    snprintf(name, sizeof name, "swrun-test-floor-%d", getpid());
    for (size_t i = 0; i < (cgroup_v2 ? 1 : LENGTH(hierarchies)); i++)
        make_group(i, name);
}

/* On v1 the child joins by itself: "0" in `tasks` waits for nothing, while a pid in `cgroup.procs` waits for RCU. */
static void join_groups(void)
{
    for (size_t i = 0; i < LENGTH(hierarchies) && !cgroup_v2; i++)
        if (group[i][0])
            put(group[i], strcmp(hierarchies[i], "unified") ? "tasks" : "cgroup.procs", "0");
    MUST(unshare(CLONE_NEWCGROUP));
}

static void remove_groups(void)
{
    for (size_t i = 0; i < LENGTH(hierarchies); i++)
        if (group[i][0])
            MUST(rmdir(group[i]));
}

/* Mounts, by the descriptor-based interface. From here on the child closes nothing by hand: exec does it. */

static int detached(const char *type, const char *const (*options)[2], unsigned attributes)
{
    int context = (int)MUST(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
    for (; options && (*options)[0]; options++)
        MUST(syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, (*options)[0], (*options)[1], 0));
    MUST(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
    int fd = (int)MUST(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes));
    return fd;
}

static void attach(int mount_fd, const char *target)
{
    MUST(syscall(SYS_move_mount, mount_fd, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
}

static int bind_of(int directory, const char *path, unsigned flags)
{
    return (int)syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

static void set_attributes(int mount_fd, uint64_t attributes, unsigned flags)
{
    struct mount_attr set = {.attr_set = attributes};
    MUST(syscall(SYS_mount_setattr, mount_fd, "", AT_EMPTY_PATH | flags, &set, sizeof set));
}

#define NONE ((const char *const (*)[2])NULL)
#define OPTIONS(...) ((const char *const[][2]){__VA_ARGS__, {NULL, NULL}})
#define QUIET (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static const struct { const char *name; int minor; int major; } devices[] = {
    {"dev/null", 3, 1}, {"dev/zero", 5, 1}, {"dev/full", 7, 1},
    {"dev/random", 8, 1}, {"dev/urandom", 9, 1}, {"dev/tty", 0, 5},
};
static const char *const links[][2] = {
    {"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
    {"/proc/self/fd/2", "dev/stderr"}, {"/proc/kcore", "dev/core"}, {"pts/ptmx", "dev/ptmx"},
};
static const char *const masked[] = {
    "proc/acpi", "proc/asound", "proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats",
    "proc/timer_list", "proc/timer_stats", "proc/sched_debug", "proc/scsi", "sys/firmware",
    "sys/devices/virtual/powercap",
};
static const char *const read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};

static void make_dev(void)
{
    attach(detached("tmpfs", OPTIONS({"mode", "755"}, {"size", "65536k"}), MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME),
           "dev");
    for (size_t i = 0; i < LENGTH(devices); i++)
        MUST(mknod(devices[i].name, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)));
    for (size_t i = 0; i < LENGTH(links); i++)
        MUST(symlink(links[i][0], links[i][1]));
    MUST(mkdir("dev/pts", 0755));
    MUST(mkdir("dev/shm", 01777));
    MUST(mkdir("dev/mqueue", 0755));
    attach(detached("devpts", OPTIONS({"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}),
                    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), "dev/pts");
    attach(detached("tmpfs", OPTIONS({"mode", "1777"}, {"size", "65536k"}), QUIET), "dev/shm");
    attach(detached("mqueue", NONE, QUIET), "dev/mqueue");
}

static void make_sys(void)
{
    attach(detached("sysfs", NONE, QUIET | MOUNT_ATTR_RDONLY), "sys");
    if (cgroup_v2) {
        attach(detached("cgroup2", NONE, QUIET | MOUNT_ATTR_RDONLY), "sys/fs/cgroup");
        return;
    }
    int top = detached("tmpfs", OPTIONS({"mode", "755"}), QUIET);
    MUST(syscall(SYS_move_mount, top, "", AT_FDCWD, "sys/fs/cgroup", MOVE_MOUNT_F_EMPTY_PATH));
    for (size_t i = 0; i < LENGTH(hierarchies); i++) {
        if (!group[i][0])
            continue;
        MUST(mkdirat(top, hierarchies[i], 0755));
        int tree = (int)MUST(bind_of(AT_FDCWD, group[i], 0));
        MUST(syscall(SYS_move_mount, tree, "", top, hierarchies[i], MOVE_MOUNT_F_EMPTY_PATH));
    }
    set_attributes(top, QUIET | MOUNT_ATTR_RDONLY, AT_RECURSIVE);
}

/* A masked directory is covered by an empty read-only tmpfs (one for all), a masked file by the container's null. */
static void mask(void)
{
    int empty = -1;
    for (size_t i = 0; i < LENGTH(masked); i++) {
        int target = open(masked[i], O_PATH | O_CLOEXEC);
        struct stat info;
        if (target < 0)
            continue;
        MUST(fstat(target, &info));
        if (S_ISDIR(info.st_mode) && empty < 0)
            empty = detached("tmpfs", NONE, QUIET | MOUNT_ATTR_RDONLY);
        int cover = (int)(S_ISDIR(info.st_mode) ? MUST(bind_of(empty, "", AT_EMPTY_PATH))
                                                : MUST(bind_of(AT_FDCWD, "dev/null", 0)));
        MUST(syscall(SYS_move_mount, cover, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
    }
    for (size_t i = 0; i < LENGTH(read_only); i++) {
        int tree = bind_of(AT_FDCWD, read_only[i], AT_RECURSIVE);
        if (tree < 0)
            continue;
        set_attributes(tree, MOUNT_ATTR_RDONLY, AT_RECURSIVE);
        attach(tree, read_only[i]);
    }
}

static void make_root(const char *rootfs)
{
    MUST(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
    int root = (int)MUST(bind_of(AT_FDCWD, rootfs, AT_RECURSIVE));
    MUST(syscall(SYS_move_mount, root, "", AT_FDCWD, rootfs, MOVE_MOUNT_F_EMPTY_PATH));
    MUST(fchdir(root));
    attach(detached("proc", NONE, QUIET), "proc");
    make_dev();
    make_sys();
    MUST(syscall(SYS_pivot_root, ".", "."));
    MUST(umount2(".", MNT_DETACH));
    set_attributes(root, MOUNT_ATTR_RDONLY, 0);
    mask();
}

/* The process. */

static void loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    MUST(ioctl(fd, SIOCSIFFLAGS, &request));
}

static void limit_privileges(void)
{
    const uint32_t kept = 1u << CAP_AUDIT_WRITE | 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{.effective = kept, .permitted = kept}};
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (capability >= 32 || !(kept & 1u << capability))
            MAY_FAIL(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
    MUST(syscall(SYS_setgroups, 0, NULL));
    MUST(syscall(SYS_setresgid, 0, 0, 0));
    MUST(syscall(SYS_setresuid, 0, 0, 0));
    MUST(syscall(SYS_capset, &header, sets));
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void be_container(const char *rootfs, char **arguments)
{
    static char *environment[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "HOME=/root", NULL};
    const struct rlimit open_files = {1024, 1024};
    MUST(setsid());
    join_groups();
    loopback_up();
    umask(0);
    make_root(rootfs);
    umask(022);
    MUST(sethostname("swrun", 5));
    MUST(setrlimit(RLIMIT_NOFILE, &open_files));
    MUST(chdir("/"));
    limit_privileges();
    MUST(syscall(SYS_close_range, 3u, ~0u, 1u << 2 /* CLOSE_RANGE_CLOEXEC */));
    MUST(execve(arguments[0], arguments, environment));
}

int main(int count, char **arguments)
{
    static char *nothing_to_do[] = {"/bin/true", NULL};
    siginfo_t end;
    int pidfd = -1;
    if (count < 2)
        return 2;
    make_groups();
    struct clone_args birth = {
        .flags = CLONE_PIDFD | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS
                 | (cgroup_v2 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = cgroup_v2 ? (uint64_t)MUST(open(group[0], O_PATH | O_DIRECTORY | O_CLOEXEC)) : 0,
    };
    if (MUST(syscall(SYS_clone3, &birth, sizeof birth)) == 0)
        be_container(arguments[1], count > 2 ? arguments + 2 : nothing_to_do);
    MUST(waitid((idtype_t)P_PIDFD, (id_t)pidfd, &end, WEXITED));
    remove_groups();
    return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}
