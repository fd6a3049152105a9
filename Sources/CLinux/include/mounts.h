// The mount API: detached mounts, attributes, attachment.
#pragma once
#include <linux/mount.h>
#include <sys/syscall.h>

// From <sys/mount.h>, which can't be included beside <linux/mount.h>: both define the same enumerators.
extern int mount(const char *, const char *, const char *, unsigned long, const void *);
extern int umount2(const char *, int);

static inline int sw_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data) {
    return SW_RET(mount(source, target, type, flags, data));
}
static inline int sw_umount2(const char *target, int flags) { return SW_RET(umount2(target, flags)); }
static inline int sw_fsopen(const char *type, unsigned int flags) { return SW_RET(syscall(SYS_fsopen, type, flags)); }
static inline int sw_fspick(int dir, const char *path, unsigned int flags) {
    return SW_RET(syscall(SYS_fspick, dir, path, flags));
}
static inline int sw_fsconfig(int fd, unsigned int command, const char *key, const void *value, int aux) {
    return SW_RET(syscall(SYS_fsconfig, fd, command, key, value, aux));
}
static inline int sw_fsmount(int fd, unsigned int flags, unsigned int attributes) {
    return SW_RET(syscall(SYS_fsmount, fd, flags, attributes));
}
static inline int sw_open_tree(int dir, const char *path, unsigned int flags) {
    return SW_RET(syscall(SYS_open_tree, dir, path, flags));
}
static inline int sw_move_mount(int from, const char *a, int to, const char *b, unsigned int flags) {
    return SW_RET(syscall(SYS_move_mount, from, a, to, b, flags));
}
static inline int sw_mount_setattr(
    int dir, const char *path, unsigned int flags, uint64_t set, uint64_t clear, uint64_t propagation, uint64_t userns) {
    struct mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation, .userns_fd = userns};
    return SW_RET(syscall(SYS_mount_setattr, dir, path, flags, &attr, sizeof attr));
}
// Linux 6.15; its number is the same everywhere.
static inline int sw_open_tree_attr(
    int dir, const char *path, unsigned int flags, uint64_t set, uint64_t propagation) {
    struct mount_attr attr = {.attr_set = set, .propagation = propagation};
    return SW_RET(syscall(467, dir, path, flags, &attr, sizeof attr));
}
static inline int sw_pivot_root(const char *new_root, const char *put_old) {
    return SW_RET(syscall(SYS_pivot_root, new_root, put_old));
}
