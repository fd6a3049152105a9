#define _GNU_SOURCE
#include "CKernel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

long ck_syscall(long number, long a, long b, long c, long d, long e, long f) {
    long result = syscall(number, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
}

int ck_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    int result = prctl(option, a, b, c, d);
    return result < 0 ? -errno : result;
}

int ck_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable) {
    struct { uint32_t version; int pid; } header = { 0x20080522, 0 };
    struct { uint32_t effective, permitted, inheritable; } data[2];
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    *effective = data[0].effective | (uint64_t)data[1].effective << 32;
    *permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    *inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

int ck_sched_getattr(struct ck_sched_attr *attr) {
    return syscall(SYS_sched_getattr, 0, attr, sizeof *attr, 0) < 0 ? -errno : 0;
}

// The numbers are the same for every architecture that Swift knows; older headers lack them.
#define CK_SYS_STATMOUNT 457
#define CK_SYS_LISTMOUNT 458
#define CK_LSMT_ROOT 0xffffffffffffffffULL

struct ck_mount_request {
    uint32_t size, spare;
    uint64_t id, parameter;
};

int ck_statmount(uint64_t id, uint64_t mask, void *buffer, size_t size) {
    struct ck_mount_request request = { .size = sizeof request, .id = id, .parameter = mask };
    return syscall(CK_SYS_STATMOUNT, &request, buffer, size, 0) < 0 ? -errno : 0;
}

long ck_listmount(uint64_t last, uint64_t *ids, size_t count) {
    struct ck_mount_request request = { .size = sizeof request, .id = CK_LSMT_ROOT, .parameter = last };
    long result = syscall(CK_SYS_LISTMOUNT, &request, ids, count, 0);
    return result < 0 ? -errno : result;
}

uint64_t ck_root_mount(void) {
    // struct statx, whose mask and mount id older headers lack.
    struct { uint32_t mask; uint8_t before[140]; uint64_t mount; uint8_t after[104]; } status = { 0 };
    const uint32_t unique = 0x4000;
    if (syscall(SYS_statx, AT_FDCWD, "/", 0, unique, &status) < 0) return 0;
    return status.mask & unique ? status.mount : 0;
}

int ck_window_size(int fd, uint16_t *rows, uint16_t *columns) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -errno;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

int ck_pidfd_open(int pid) {
    long result = syscall(SYS_pidfd_open, pid, 0);
    return result < 0 ? -errno : (int)result;
}

uint32_t ck_major(uint64_t device) { return major(device); }

uint32_t ck_minor(uint64_t device) { return minor(device); }

uint64_t ck_makedev(uint32_t major, uint32_t minor) { return makedev(major, minor); }

int ck_listen(const char *path) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

long ck_receive(int socket, void *buffer, size_t length, int *fds, int capacity, int *count) {
    char control[CMSG_SPACE(sizeof(int) * 16)];
    struct iovec vector = { buffer, length };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1,
                              .msg_control = control, .msg_controllen = sizeof control };
    *count = 0;
    ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (size < 0) return -errno;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        int number = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int i = 0; i < number; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (*count < capacity) fds[(*count)++] = fd; else close(fd);
        }
    }
    return size;
}

int ck_wait(int pidfd_or_pid, int is_pidfd, int flags, int *code, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(is_pidfd ? P_PIDFD : P_PID, pidfd_or_pid, &info, flags) < 0) return -errno;
    *code = info.si_code;
    *status = info.si_status;
    return info.si_pid;
}

int ck_fork(void) {
    int pid = fork();
    return pid < 0 ? -errno : pid;
}

char **ck_environment(void) { return environ; }

void ck_ids(int groups, uint32_t ids[3]) {
    if (groups) getresgid(&ids[0], &ids[1], &ids[2]); else getresuid(&ids[0], &ids[1], &ids[2]);
}

int ck_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0; }
