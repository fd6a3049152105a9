// Calls that Swift's Glibc module lacks or refuses because they are variadic. Each answers the result or -errno, so
// that no Swift code runs between the call and the reading of errno.
#ifndef CKERNEL_H
#define CKERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/// Any system call by its number.
long ck_syscall(long number, long a, long b, long c, long d, long e, long f);

int ck_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);

/// The calling thread's capability sets as bit masks.
int ck_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);

/// The kernel's struct sched_attr, version 1.
struct ck_sched_attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int ck_sched_getattr(struct ck_sched_attr *attr);

/// The kernel's struct statmount, without the space for later fields; texts are offsets into what follows byte 512.
struct ck_statmount {
    uint32_t size, mnt_opts;
    uint64_t mask;
    uint32_t sb_dev_major, sb_dev_minor;
    uint64_t sb_magic;
    uint32_t sb_flags, fs_type;
    uint64_t mnt_id, mnt_parent_id;
    uint32_t mnt_id_old, mnt_parent_id_old;
    uint64_t mnt_attr, mnt_propagation, mnt_peer_group, mnt_master, propagate_from;
    uint32_t mnt_root, mnt_point;
    uint64_t mnt_ns_id;
    uint32_t fs_subtype, sb_source, opt_num, opt_array, opt_sec_num, opt_sec_array;
    uint64_t supported_mask;
    uint32_t mnt_uidmap_num, mnt_uidmap, mnt_gidmap_num, mnt_gidmap;
};

/// statmount(2), Linux 6.8: what the kernel tells of a mount by its unique id; -EOVERFLOW when `size` is too small.
int ck_statmount(uint64_t id, uint64_t mask, void *buffer, size_t size);

/// listmount(2), Linux 6.8: the unique ids of the mounts below the caller's root that come after `last`.
long ck_listmount(uint64_t last, uint64_t *ids, size_t count);

/// The unique id of the caller's root mount, Linux 6.8; 0 when the kernel doesn't tell it.
uint64_t ck_root_mount(void);

int ck_window_size(int fd, uint16_t *rows, uint16_t *columns);

int ck_pidfd_open(int pid);

uint32_t ck_major(uint64_t device);

uint32_t ck_minor(uint64_t device);

uint64_t ck_makedev(uint32_t major, uint32_t minor);

/// A listening AF_UNIX stream socket at `path`.
int ck_listen(const char *path);

/// One recvmsg: bytes read, with up to `capacity` descriptors stored into `fds` and their number into `count`.
long ck_receive(int socket, void *buffer, size_t length, int *fds, int capacity, int *count);

int ck_wait(int pidfd_or_pid, int is_pidfd, int flags, int *code, int *status);

/// A pipe whose ends aren't inherited.
int ck_pipe(int ends[2]);

/// The real, effective and saved user (or, with `groups`, group) ids.
void ck_ids(int groups, uint32_t ids[3]);

/// fork, which Swift refuses to import; only the single-threaded probe may call it.
int ck_fork(void);

/// The process's environment.
char **ck_environment(void);

#endif
