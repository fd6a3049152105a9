#define _GNU_SOURCE
#include "CRootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

// From <linux/fs.h>, which can't be included beside <sys/mount.h>.
#define FICLONE _IOW(0x94, 9, int)

#define RET(call) ({ long r_ = (long)(call); r_ < 0 ? -errno : (int)r_; })
#define RET64(call) ({ int64_t r_ = (int64_t)(call); r_ < 0 ? -(int64_t)errno : r_; })
#define C(name) ((const char *)(name))

int rf_openat(int dir, const rf_byte *name, int flags, unsigned mode) {
    return RET(openat(dir, C(name), flags | O_CLOEXEC, mode));
}

int rf_open_in(int dir, const rf_byte *name, int flags, uint64_t resolve) {
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = resolve | RESOLVE_NO_MAGICLINKS};
    return RET(syscall(SYS_openat2, dir, name, &how, sizeof how));
}

static void fill(const struct stat *in, struct rf_stat *out) {
    *out = (struct rf_stat){
        .mode = in->st_mode, .uid = in->st_uid, .gid = in->st_gid, .links = (uint32_t)in->st_nlink,
        .major = major(in->st_rdev), .minor = minor(in->st_rdev), .device = in->st_dev, .inode = in->st_ino,
        .size = in->st_size, .blocks = in->st_blocks, .seconds = in->st_mtim.tv_sec,
        .nanoseconds = in->st_mtim.tv_nsec, .changed_seconds = in->st_ctim.tv_sec,
        .changed_nanoseconds = in->st_ctim.tv_nsec};
}

int rf_stat_at(int dir, const rf_byte *name, struct rf_stat *out) {
    struct stat raw;
    int result = RET(fstatat(dir, C(name), &raw, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT));
    if (result == 0) fill(&raw, out);
    return result;
}

int rf_stat_fd(int fd, struct rf_stat *out) {
    struct stat raw;
    int result = RET(fstat(fd, &raw));
    if (result == 0) fill(&raw, out);
    return result;
}

int rf_mkdirat(int dir, const rf_byte *name, unsigned mode) { return RET(mkdirat(dir, C(name), mode)); }
int rf_mknodat(int dir, const rf_byte *name, unsigned mode, unsigned major_, unsigned minor_) {
    return RET(mknodat(dir, C(name), mode, makedev(major_, minor_)));
}
int rf_symlinkat(const rf_byte *text, int dir, const rf_byte *name) { return RET(symlinkat(C(text), dir, C(name))); }
int64_t rf_readlinkat(int dir, const rf_byte *name, rf_byte *buffer, size_t size) {
    return RET64(readlinkat(dir, C(name), (char *)buffer, size));
}
int rf_linkat(int from, const rf_byte *a, int to, const rf_byte *b) { return RET(linkat(from, C(a), to, C(b), 0)); }
int rf_link_fd(int fd, int dir, const rf_byte *name) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return RET(linkat(AT_FDCWD, path, dir, C(name), AT_SYMLINK_FOLLOW));
}
int rf_unlinkat(int dir, const rf_byte *name, int is_directory) {
    return RET(unlinkat(dir, C(name), is_directory ? AT_REMOVEDIR : 0));
}
int rf_renameat(int from, const rf_byte *a, int to, const rf_byte *b, unsigned flags) {
    return RET(renameat2(from, C(a), to, C(b), flags));
}
int rf_chown_at(int dir, const rf_byte *name, unsigned uid, unsigned gid) {
    return RET(fchownat(dir, C(name), uid, gid, AT_SYMLINK_NOFOLLOW));
}
int rf_chown_fd(int fd, unsigned uid, unsigned gid) { return RET(fchown(fd, uid, gid)); }
int rf_chmod_fd(int fd, unsigned mode) { return RET(fchmod(fd, mode)); }

int rf_utimes_at(int dir, const rf_byte *name, int64_t seconds, int64_t nanoseconds) {
    struct timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    return RET(utimensat(dir, C(name), times, AT_SYMLINK_NOFOLLOW));
}
int rf_utimes_fd(int fd, int64_t seconds, int64_t nanoseconds) {
    struct timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    return RET(futimens(fd, times));
}
int64_t rf_getdents(int fd, rf_byte *buffer, size_t size) { return RET64(syscall(SYS_getdents64, fd, buffer, size)); }

// The calls for extended attributes take no directory. The last component isn't followed, the magic link before it is.
static const char *place(char *path, size_t size, int dir, const rf_byte *name) {
    snprintf(path, size, "/proc/self/fd/%d/%s", dir, C(name));
    return path;
}
int64_t rf_listxattr(int dir, const rf_byte *name, rf_byte *buffer, size_t size) {
    char path[320];
    return RET64(llistxattr(place(path, sizeof path, dir, name), (char *)buffer, size));
}
int64_t rf_getxattr(int dir, const rf_byte *name, const rf_byte *key, rf_byte *buffer, size_t size) {
    char path[320];
    return RET64(lgetxattr(place(path, sizeof path, dir, name), C(key), buffer, size));
}
int rf_setxattr(int dir, const rf_byte *name, const rf_byte *key, const rf_byte *value, size_t size) {
    char path[320];
    return RET(lsetxattr(place(path, sizeof path, dir, name), C(key), value, size, 0));
}
int rf_removexattr(int dir, const rf_byte *name, const rf_byte *key) {
    char path[320];
    return RET(lremovexattr(place(path, sizeof path, dir, name), C(key)));
}

static int copy_range(int from, int to, int64_t start, int64_t end) {
    int plain = 0;
    while (start < end) {
        size_t most = end - start > (1 << 30) ? 1 << 30 : (size_t)(end - start);
        loff_t in = start, out = start;
        ssize_t count = plain ? -1 : copy_file_range(from, &in, to, &out, most, 0);
        if (count <= 0 && !plain) {
            // EXDEV, EINVAL, EOPNOTSUPP, or 0 on file systems that can't: the data take the way through a pipe.
            plain = 1;
            if (lseek(from, start, SEEK_SET) < 0 || lseek(to, start, SEEK_SET) < 0) return -errno;
        }
        if (plain) count = sendfile(to, from, NULL, most);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        if (count == 0) return -ENODATA;
        start += count;
    }
    return 0;
}

int rf_copy(int from, int to, int64_t size, int share) {
    if (share) return RET(ioctl(to, FICLONE, from));
    int64_t position = 0;
    while (position < size) {
        int64_t start = lseek(from, position, SEEK_DATA);
        if (start < 0 && errno == ENXIO) break;  // a hole up to the end
        if (start < 0) start = position;
        int64_t end = lseek(from, start, SEEK_HOLE);
        if (end <= start || end > size) end = size;
        int result = copy_range(from, to, start, end);
        if (result < 0) return result;
        position = end;
    }
    return RET(ftruncate(to, size));
}

int rf_verity_enable(int fd) {
    struct fsverity_enable_arg argument = {
        .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = 4096};
    return RET(ioctl(fd, FS_IOC_ENABLE_VERITY, &argument));
}
int rf_verity_measure(int fd, rf_byte digest[32]) {
    _Alignas(struct fsverity_digest) rf_byte room[sizeof(struct fsverity_digest) + 64] = {0};
    struct fsverity_digest *answer = (struct fsverity_digest *)room;
    answer->digest_size = 64;
    int result = RET(ioctl(fd, FS_IOC_MEASURE_VERITY, answer));
    if (result < 0) return result;
    if (answer->digest_size != 32) return -EOPNOTSUPP;
    memcpy(digest, answer->digest, 32);
    return 0;
}

static volatile sig_atomic_t signal_that_came, signals_that_came;
static int signal_event = -1;
static void note(int number) {
    int before = errno;
    signal_that_came = number;
    signals_that_came++;
    if (signal_event >= 0) eventfd_write(signal_event, 1);
    errno = before;
}

static const int ending[] = {SIGHUP, SIGINT, SIGTERM};

void rf_catch_signals(void) {
    if (signal_event < 0) signal_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct sigaction action = {.sa_handler = note};  // without SA_RESTART: what waits is to come back
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) sigaction(ending[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}
int rf_interrupted(void) { return signal_that_came; }
int rf_signal_fd(void) { return signal_event; }

// Makes `from` the descriptor `to` of the program that is about to be executed.
static void become_stream(int from, int to) {
    if (from == to) fcntl(to, F_SETFD, 0);
    else if (from >= 0) dup2(from, to);
}

// The list that execve wants of words with a NUL behind each; free it.
static char **list_of(const rf_byte *words, size_t size) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++) count += words[i] == 0;
    char **list = calloc(count + 1, sizeof *list);
    if (!list) return NULL;
    size_t begin = 0, next = 0;
    for (size_t i = 0; i < size; i++) {
        if (words[i] != 0) continue;
        list[next++] = (char *)words + begin;
        begin = i + 1;
    }
    return list;
}

// In the new process: everything up to the program, or the reason why not.
static int become(const char *path, char **words, const struct rf_manner *manner, pid_t parent) {
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) signal(ending[i], SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    // If this program is killed, what it has begun ends, too.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) return ESRCH;
    if (manner->own_mounts) {
        if (unshare(CLONE_NEWNS) < 0) return errno;
        if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) return errno;
    }
    become_stream(manner->input, 0);
    become_stream(manner->output, 1);
    become_stream(manner->errors, 2);
    if (manner->held >= 0) fcntl(manner->held, F_SETFD, 0);
    execv(path, words);
    return errno;
}

int rf_spawn(const rf_byte *path, const rf_byte *words, size_t size, const struct rf_manner *manner) {
    int report[2];
    char **list = list_of(words, size);
    if (!list) return -ENOMEM;
    if (pipe2(report, O_CLOEXEC) < 0) {
        free(list);
        return -errno;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        int number = become(C(path), list, manner, parent);
        if (write(report[1], &number, sizeof number) < 0) {}  // then the exit status says it
        _exit(127);
    }
    int number = pid < 0 ? errno : 0;
    free(list);
    close(report[1]);
    // The end comes when the program is executed, which closes the other side.
    while (pid > 0 && read(report[0], &number, sizeof number) < 0 && errno == EINTR) {}
    close(report[0]);
    if (number != 0 && pid > 0) waitpid(pid, NULL, 0);
    return number != 0 ? -number : pid;
}

int rf_execute(const rf_byte *path, const rf_byte *words, size_t size) {
    char **list = list_of(words, size);
    if (!list) return -ENOMEM;
    signal(SIGPIPE, SIG_DFL);
    execv(C(path), list);
    int number = errno;
    free(list);
    return -number;
}

int rf_wait(int pid) {
    sigset_t blocked, before;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) sigaddset(&blocked, ending[i]);
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) return -errno;
    // None can slip in between the look and the wait.
    sigprocmask(SIG_BLOCK, &blocked, &before);
    int status = 0, told = 0;
    for (;;) {
        if (signals_that_came > told) {
            kill(-pid, told ? SIGKILL : SIGTERM);
            told = signals_that_came;
        }
        struct pollfd one = {.fd = fd, .events = POLLIN};
        if (ppoll(&one, 1, NULL, &before) > 0) break;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(fd);
    if (waitpid(pid, &status, 0) < 0) return -errno;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, text, strlen(text)) < 0) {}  // what can't be mapped shows when the mount fails
    close(fd);
}

int rf_probe_overlay(const rf_byte *target, const rf_byte *options, int in_user_namespace) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    pid_t pid = fork();
    if (pid < 0) return -errno;
    if (pid == 0) {
        if (unshare(CLONE_NEWNS | (in_user_namespace ? CLONE_NEWUSER : 0)) < 0) _exit(errno);
        if (in_user_namespace) {
            char text[64];
            write_file("/proc/self/setgroups", "deny");
            snprintf(text, sizeof text, "0 %u 1", uid);
            write_file("/proc/self/uid_map", text);
            snprintf(text, sizeof text, "0 %u 1", gid);
            write_file("/proc/self/gid_map", text);
        }
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) _exit(errno);
        if (mount("overlay", C(target), "overlay", 0, options) < 0) _exit(errno);
        _exit(0);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int rf_memory_file(void) { return RET(memfd_create("config", 0)); }

void rf_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int64_t rf_now(void) { return time(NULL); }

int rf_processors(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) < 0) return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > 8 ? 8 : count;
}
