#define _GNU_SOURCE
#include "spawn_request.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { most = 64, above_all_targets = 200 };

static void die(const char *what)
{
    dprintf(2, "%s: %s\n", what, strerror(errno));
    _exit(127);
}

/* In the child, which has the caller's memory: only calls that are safe after vfork, and nothing of the caller's is
 * changed. */
static int become(void *argument)
{
    const struct spawn_request *request = argument;
    int copies[most];
    /* By the bare system call: the library refuses the two signals that it uses itself, and a caller may ignore them. */
    const char defaults[64] = {0};
    for (int number = 1; number <= 64; number++)
        syscall(SYS_rt_sigaction, number, defaults, NULL, 8ul);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 0; i < request->count; i++) /* out of the way first: a source may be another one's target */
        if ((copies[i] = fcntl(request->from[i], F_DUPFD_CLOEXEC, above_all_targets)) < 0)
            die("descriptor");
    syscall(SYS_close_range, 0u, (unsigned)above_all_targets - 1, 0u);
    syscall(SYS_close_range, (unsigned)above_all_targets, ~0u, 1u << 2 /* CLOSE_RANGE_CLOEXEC */);
    for (int i = 0; i < request->count; i++)
        if (dup2(copies[i], request->to[i]) < 0)
            die("descriptor");
    if ((request->new_session || request->controlling_terminal) && setsid() < 0)
        die("setsid");
    if (request->controlling_terminal && ioctl(0, TIOCSCTTY, 0) < 0)
        die("controlling terminal");
    if (request->directory && chdir(request->directory) < 0)
        die(request->directory);
    if (request->change_ids
        && (syscall(SYS_setgroups, request->group_count, request->groups) < 0
            || syscall(SYS_setresgid, request->gid, request->gid, request->gid) < 0
            || syscall(SYS_setresuid, request->uid, request->uid, request->uid) < 0))
        die("ids");
    execvpe(request->arguments[0], request->arguments,
            request->environment ? (char **)request->environment : environ);
    die(request->arguments[0]);
    return 127;
}

pid_t spawn_start(const struct spawn_request *request)
{
    const size_t size = 1 << 17;
    if (request->count > most)
        return -EINVAL;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return -errno;
    /* No handler of the caller's may run in the child. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* The caller sleeps until the child has executed its program, or has died: see Command.writingProgram. A fork would
     * copy the page tables of all tests. */
    pid_t pid = clone(become, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)request);
    if (pid < 0)
        pid = -errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, size);
    return pid;
}

int spawn_wait(pid_t pid, int timeout_milliseconds)
{
    int status, result;
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return -errno;
    result = spawn_readable(pidfd, timeout_milliseconds);
    close(pidfd);
    if (result <= 0)
        return result ? result : -ETIMEDOUT;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t spawn_exchanger(const char *one, const char *other)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        syscall(SYS_close_range, 0u, ~0u, 0u);
        for (;;)
            syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2u /* RENAME_EXCHANGE */);
    }
    return pid < 0 ? -errno : pid;
}

int spawn_become_subreaper(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int spawn_scratch(void)
{
    int fd = (int)syscall(SYS_memfd_create, "swrun-test", 1u /* MFD_CLOEXEC */);
    return fd < 0 ? -errno : fd;
}

int spawn_open_terminal(int columns, int rows, int *master, int *slave)
{
    char name[128];
    *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0 || ptsname_r(*master, name, sizeof name) != 0)
        return -errno;
    *slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return *slave < 0 ? -errno : spawn_resize_terminal(*master, columns, rows);
}

int spawn_resize_terminal(int master, int columns, int rows)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

long spawn_local_flags(int terminal)
{
    struct termios settings;
    return tcgetattr(terminal, &settings) < 0 ? -errno : (long)settings.c_lflag;
}

int spawn_readable(int descriptor, int timeout_milliseconds)
{
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
    int result;
    do
        result = poll(&waiting, 1, timeout_milliseconds);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int spawn_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int spawn_bind_datagram(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int spawn_receive_datagram(int socket, int timeout_milliseconds, char *text, size_t size)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {.iov_base = text, .iov_len = size - 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    int ready = spawn_readable(socket, timeout_milliseconds);
    if (ready <= 0)
        return ready < 0 ? ready : -ETIMEDOUT;
    ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count < 0)
        return -errno;
    text[count] = 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS) {
        int fd;
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
        close(fd);
    }
    return 0;
}

int spawn_send_datagram(const char *path, const char *text)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    ssize_t count = sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof address);
    int error = count < 0 ? errno : 0;
    close(fd);
    return -error;
}

int spawn_receive_descriptor(int listener, int timeout_milliseconds, char *text, size_t size)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct iovec data = {.iov_base = text, .iov_len = size - 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int result = spawn_readable(listener, timeout_milliseconds), received;
    if (result <= 0)
        return result ? result : -ETIMEDOUT;
    int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (peer < 0)
        return -errno;
    ssize_t length = recvmsg(peer, &message, MSG_CMSG_CLOEXEC);
    int error = errno;
    close(peer);
    if (length < 0)
        return -error;
    text[length] = 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int)))
        return -ENOMSG;
    memcpy(&received, CMSG_DATA(header), sizeof received);
    return received;
}
