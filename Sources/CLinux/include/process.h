// Processes, namespaces, identity.
#pragma once
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// From <sched.h>, whose struct clone_args clashes with <linux/sched.h>.
extern int setns(int, int);
extern int unshare(int);

// The child of a clone without CLONE_VM gets its own copy of everything, so Swift may go on in it.
static inline int sw_clone3(uint64_t flags, int *pidfd, int exit_signal, int cgroup) {
    struct clone_args args = {
        .flags = flags, .pidfd = (uint64_t)(uintptr_t)pidfd, .exit_signal = exit_signal, .cgroup = cgroup};
    return SW_RET(syscall(SYS_clone3, &args, sizeof args));
}
static inline int sw_setns(int fd, int type) { return SW_RET(setns(fd, type)); }
// The CLONE_NEW… flag of the namespace that a descriptor holds; ENOTTY where it holds none.
static inline int sw_namespace_type(int fd) { return SW_RET(ioctl(fd, NS_GET_NSTYPE)); }
static inline int sw_unshare(int flags) { return SW_RET(unshare(flags)); }
static inline int sw_pidfd_open(int pid, unsigned int flags) { return SW_RET(syscall(SYS_pidfd_open, pid, flags)); }
static inline int sw_pidfd_send_signal(int pidfd, int number) {
    return SW_RET(syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0));
}
static inline int sw_kill(int pid, int number) { return SW_RET(kill(pid, number)); }
// Answers 0 with *status as wait(2) encodes it, or -errno. With WNOHANG and nobody to report, *status is -1.
static inline int sw_waitid(int type, int id, int options, int *code, int *status, int *pid) {
    siginfo_t info = {.si_pid = 0};
    int result = SW_RET(waitid((idtype_t)type, id, &info, options));
    *code = info.si_code;
    *status = info.si_status;
    *pid = info.si_pid;
    return result;
}
static inline int sw_execve(const char *path, char *const argv[], char *const envp[]) {
    return SW_RET(execve(path, argv, envp));
}
static inline int sw_execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags) {
    return SW_RET(syscall(SYS_execveat, dir, path, argv, envp, flags));
}
static inline char **sw_environment(void) { return environ; }
static inline int sw_prctl(int operation, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return SW_RET(prctl(operation, a, b, c, d));
}
static inline int sw_getpid(void) { return (int)syscall(SYS_getpid); }
static inline int sw_setsid(void) { return SW_RET(setsid()); }
static inline int sw_setpgid(int pid, int group) { return SW_RET(setpgid(pid, group)); }
// The raw calls: glibc's would signal other threads, of which there are none.
static inline int sw_setresuid(unsigned int uid) { return SW_RET(syscall(SYS_setresuid, uid, uid, uid)); }
static inline int sw_setresgid(unsigned int gid) { return SW_RET(syscall(SYS_setresgid, gid, gid, gid)); }
static inline int sw_setgroups(size_t count, const unsigned int *groups) {
    return SW_RET(syscall(SYS_setgroups, count, groups));
}
static inline int sw_getgroups(int size, unsigned int *groups) { return SW_RET(getgroups(size, groups)); }
static inline int sw_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)effective, .permitted = (uint32_t)permitted, .inheritable = (uint32_t)inheritable},
        {.effective = effective >> 32, .permitted = permitted >> 32, .inheritable = inheritable >> 32}};
    return SW_RET(syscall(SYS_capset, &header, data));
}
static inline int sw_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2] = {{0}, {0}};
    int result = SW_RET(syscall(SYS_capget, &header, data));
    *effective = data[0].effective | (uint64_t)data[1].effective << 32;
    *permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    *inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return result;
}
enum { SW_RLIMIT_MEMLOCK = RLIMIT_MEMLOCK };
static inline int sw_setrlimit(int pid, int resource, uint64_t soft, uint64_t hard) {
    uint64_t limit[2] = {soft, hard};
    return SW_RET(syscall(SYS_prlimit64, pid, resource, limit, NULL));
}
static inline int sw_getrlimit(int pid, int resource, uint64_t *soft, uint64_t *hard) {
    uint64_t limit[2] = {0, 0};
    int result = SW_RET(syscall(SYS_prlimit64, pid, resource, NULL, limit));
    *soft = limit[0];
    *hard = limit[1];
    return result;
}
static inline int sw_sethostname(const char *name, size_t length) { return SW_RET(sethostname(name, length)); }
static inline int sw_setdomainname(const char *name, size_t length) { return SW_RET(setdomainname(name, length)); }
static inline int sw_join_session_keyring(const char *name) {
    return SW_RET(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name));
}
static inline int sw_keyring_permissions(int key, unsigned int permissions) {
    return SW_RET(syscall(SYS_keyctl, KEYCTL_SETPERM, key, permissions));
}
static inline unsigned int sw_keyring_describe(int key, char *buffer, size_t size) {
    return (unsigned int)SW_RET(syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, buffer, size));
}
static inline int sw_poll(struct pollfd *fds, unsigned long count, int timeout_ms) {
    return SW_RET(poll(fds, count, timeout_ms));
}
// Blocks (or with SIG_SETMASK sets) the signals of a 64-bit mask, bit n-1 for signal n.
static inline int sw_sigprocmask(int how, uint64_t mask, uint64_t *old) {
    return SW_RET(syscall(SYS_rt_sigprocmask, how, &mask, old, sizeof mask));
}
static inline int sw_signalfd(uint64_t mask) {
    return SW_RET(syscall(SYS_signalfd4, -1, &mask, sizeof mask, SFD_CLOEXEC | SFD_NONBLOCK));
}
static inline int sw_signal_disposition(int number, int ignore) {
    return signal(number, ignore ? SIG_IGN : SIG_DFL) == SIG_ERR ? -errno : 0;
}
static inline uint64_t sw_clock_ns(int clock) {
    struct timespec now = {0, 0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
static inline int sw_uname(struct utsname *out) { return SW_RET(uname(out)); }
