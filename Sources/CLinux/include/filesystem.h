// Files, directories and descriptors.
#pragma once
#include <sys/xattr.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static inline int sw_openat(int dir, const char *path, int flags, unsigned int mode) {
    return SW_RET(openat(dir, path, flags, mode));
}
// A path that consists of three parts.
static inline int sw_openat_joined(int dir, const char *first, const char *second, const char *third, int flags) {
    char path[4096];
    size_t one = strlen(first), two = strlen(second), three = strlen(third);
    if (one >= sizeof path || two >= sizeof path || three >= sizeof path || one + two + three >= sizeof path)
        return -ENAMETOOLONG;
    memcpy(path, first, one);
    memcpy(path + one, second, two);
    memcpy(path + one + two, third, three + 1);
    return SW_RET(openat(dir, path, flags));
}
static inline int sw_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return SW_RET(syscall(SYS_openat2, dir, path, &how, sizeof how));
}
static inline int sw_close(int fd) { return SW_RET(close(fd)); }
static inline int sw_close_range(unsigned int first, unsigned int last, unsigned int flags) {
    return SW_RET(syscall(SYS_close_range, first, last, flags));
}
static inline int64_t sw_read(int fd, void *buffer, size_t count) { return SW_RET64(read(fd, buffer, count)); }
static inline int64_t sw_write(int fd, const void *buffer, size_t count) { return SW_RET64(write(fd, buffer, count)); }
static inline int64_t sw_pread(int fd, void *buffer, size_t count, int64_t offset) {
    return SW_RET64(pread(fd, buffer, count, offset));
}
static inline int64_t sw_pwrite(int fd, const void *buffer, size_t count, int64_t offset) {
    return SW_RET64(pwrite(fd, buffer, count, offset));
}
static inline int sw_dup3(int from, int to, int flags) { return SW_RET(dup3(from, to, flags)); }
static inline int sw_fcntl_dupfd_cloexec(int fd, int least) { return SW_RET(fcntl(fd, F_DUPFD_CLOEXEC, least)); }
static inline int sw_fcntl_getfd(int fd) { return SW_RET(fcntl(fd, F_GETFD)); }
static inline int sw_fcntl_setfd(int fd, int flags) { return SW_RET(fcntl(fd, F_SETFD, flags)); }
static inline int sw_fcntl_getfl(int fd) { return SW_RET(fcntl(fd, F_GETFL)); }
static inline int sw_fcntl_setfl(int fd, int flags) { return SW_RET(fcntl(fd, F_SETFL, flags)); }
static inline int sw_fcntl_add_seals(int fd, int seals) { return SW_RET(fcntl(fd, F_ADD_SEALS, seals)); }
static inline int sw_fcntl_get_seals(int fd) { return SW_RET(fcntl(fd, F_GET_SEALS)); }
static inline int sw_pipe2(int ends[2], int flags) { return SW_RET(pipe2(ends, flags)); }
static inline int sw_ftruncate(int fd, int64_t length) { return SW_RET(ftruncate(fd, length)); }
static inline int sw_flock(int fd, int operation) { return SW_RET(flock(fd, operation)); }
static inline int sw_mkdirat(int dir, const char *path, unsigned int mode) { return SW_RET(mkdirat(dir, path, mode)); }
static inline int sw_mknodat(int dir, const char *path, unsigned int mode, unsigned int major_, unsigned int minor_) {
    return SW_RET(mknodat(dir, path, mode, makedev(major_, minor_)));
}
static inline int sw_symlinkat(const char *text, int dir, const char *path) { return SW_RET(symlinkat(text, dir, path)); }
static inline int64_t sw_readlinkat(int dir, const char *path, char *buffer, size_t size) {
    return SW_RET64(readlinkat(dir, path, buffer, size));
}
static inline int sw_unlinkat(int dir, const char *path, int flags) { return SW_RET(unlinkat(dir, path, flags)); }
// The two names change places.
static inline int sw_exchange(int dir, const char *a, const char *b) {
    return SW_RET(renameat2(dir, a, dir, b, RENAME_EXCHANGE));
}
static inline int sw_renameat(int from, const char *a, int to, const char *b) { return SW_RET(renameat(from, a, to, b)); }
static inline int sw_fchmod(int fd, unsigned int mode) { return SW_RET(fchmod(fd, mode)); }
static inline int sw_fchmodat(int dir, const char *path, unsigned int mode) { return SW_RET(fchmodat(dir, path, mode, 0)); }
static inline int sw_fchownat(int dir, const char *path, unsigned int uid, unsigned int gid, int flags) {
    return SW_RET(fchownat(dir, path, uid, gid, flags));
}
static inline int sw_utimensat(int dir, const char *path, const struct timespec times[2], int flags) {
    return SW_RET(utimensat(dir, path, times, flags));
}
static inline int sw_chdir(const char *path) { return SW_RET(chdir(path)); }
static inline int sw_fchdir(int fd) { return SW_RET(fchdir(fd)); }
static inline int sw_chroot(const char *path) { return SW_RET(chroot(path)); }
// The raw call: outside the root it answers "(unreachable)/…", which glibc turns into ENOENT.
static inline int sw_getcwd(char *buffer, size_t size) { return SW_RET(syscall(SYS_getcwd, buffer, size)); }
static inline int sw_fstat(int fd, struct stat *out) { return SW_RET(fstat(fd, out)); }
static inline int sw_fstatat(int dir, const char *path, struct stat *out, int flags) {
    return SW_RET(fstatat(dir, path, out, flags));
}
static inline int sw_statx(int dir, const char *path, int flags, unsigned int mask, struct statx *out) {
    return SW_RET(statx(dir, path, flags, mask, out));
}
static inline int sw_statfs(const char *path, struct statfs *out) { return SW_RET(statfs(path, out)); }
static inline int sw_fstatfs(int fd, struct statfs *out) { return SW_RET(fstatfs(fd, out)); }
static inline int64_t sw_getdents64(int fd, void *buffer, size_t size) {
    return SW_RET64(syscall(SYS_getdents64, fd, buffer, size));
}
static inline int sw_memfd_create(const char *name, unsigned int flags) { return SW_RET(memfd_create(name, flags)); }
static inline int64_t sw_sendfile(int out, int in, size_t count) { return SW_RET64(sendfile(out, in, NULL, count)); }
static inline unsigned int sw_major(uint64_t dev) { return major(dev); }
static inline unsigned int sw_minor(uint64_t dev) { return minor(dev); }
// NULL on failure, so that Swift sees an optional instead of comparing with MAP_FAILED. With fd -1 there is no file.
static inline void *sw_mmap_shared(int fd, size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
    return p == MAP_FAILED ? NULL : p;
}
static inline int sw_munmap(void *address, size_t size) { return SW_RET(munmap(address, size)); }
static inline int sw_fsetxattr(int fd, const char *name, const char *value, size_t size) {
    return SW_RET(fsetxattr(fd, name, value, size, 0));
}
