/* The other side of a filter's listener. */
#define _GNU_SOURCE
#include "spawn_request.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int spawn_answer_call(int listener, int timeout_milliseconds, long long value, int error, int *number) {
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    int ready = poll(&wait, 1, timeout_milliseconds);
    if (ready < 0) return -errno;
    if (ready == 0) return -ETIMEDOUT;
    if (!(wait.revents & POLLIN)) return -ENODATA;
    struct seccomp_notif asked;
    memset(&asked, 0, sizeof asked);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0) return -errno;
    *number = asked.data.nr;
    struct seccomp_notif_resp answer = {.id = asked.id, .val = value, .error = -error, .flags = 0};
    if (error < 0) {
        answer.error = 0;
        answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 ? -errno : 0;
}

int spawn_accept(int listener, int timeout_milliseconds) {
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    int ready = poll(&wait, 1, timeout_milliseconds);
    if (ready == 0) return -ETIMEDOUT;
    int connection = ready < 0 ? -1 : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    return connection < 0 ? -errno : connection;
}

