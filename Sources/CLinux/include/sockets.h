// Sockets: descriptors over Unix sockets, and the loopback interface.
#pragma once
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static inline int sw_socketpair(int ends[2]) { return SW_RET(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)); }
static inline int sw_unix_stream_socket(void) { return SW_RET(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
// ENAMETOOLONG where the path doesn't fit into sun_path with its NUL.
static inline int sw_unix_connect(int fd, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length + 1);
    return SW_RET(connect(fd, (struct sockaddr *)&address, sizeof address));
}
// A name in the abstract namespace: its first byte is NUL, and its length is told.
static inline int sw_unix_connect_abstract(int fd, const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path + 1, name, length);
    return SW_RET(connect(
        fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)));
}
// One message with text and exactly one descriptor: what the receivers of a console socket expect.
static inline int64_t sw_send_fd(int socket, int fd, const void *text, size_t length) {
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = {{0}};
    struct iovec part = {.iov_base = (void *)text, .iov_len = length};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return SW_RET64(sendmsg(socket, &message, MSG_NOSIGNAL));
}
// The descriptor that came with the next message, or -errno; -ENODATA at the end or without one.
static inline int sw_receive_fd(int socket) {
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = {{0}};
    char text[64];
    struct iovec part = {.iov_base = text, .iov_len = sizeof text};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    int64_t count = SW_RET64(recvmsg(socket, &message, MSG_CMSG_CLOEXEC));
    if (count < 0) return (int)count;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int))) return -ENODATA;
    int fd = -1;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}
static inline int sw_unix_datagram_socket(void) { return SW_RET(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }
static inline int sw_unix_bind(int fd, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length + 1);
    return SW_RET(bind(fd, (struct sockaddr *)&address, sizeof address));
}
// A datagram to a named socket, abstract if the name begins with `@`; with a descriptor, unless that is -1.
static inline int64_t sw_send_datagram(int socket, const char *name, const void *text, size_t size, int passed) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length == 0 || length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@') address.sun_path[0] = 0;
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = {{0}};
    struct iovec part = {.iov_base = (void *)text, .iov_len = size};
    struct msghdr message = {
        .msg_name = &address, .msg_namelen = offsetof(struct sockaddr_un, sun_path) + length,
        .msg_iov = &part, .msg_iovlen = 1};
    if (passed >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof passed);
        memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    return SW_RET64(sendmsg(socket, &message, MSG_NOSIGNAL));
}
static inline int64_t sw_receive_datagram(int socket, void *bytes, size_t count) {
    return SW_RET64(recv(socket, bytes, count, MSG_DONTWAIT));
}
static inline int sw_send(int fd, const void *bytes, size_t count) {
    return SW_RET(send(fd, bytes, count, MSG_NOSIGNAL));
}
// A netlink socket of the family ROUTE. Refusals come with the kernel's words and without the request that was refused.
static inline int sw_route_socket(void) {
    int fd = SW_RET(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    int on = 1;
    if (fd >= 0) {
        // Kernels before 4.12 and 4.3 don't know them: then there are no words, and the request is repeated.
        (void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
        (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    }
    return fd;
}
// Receives one datagram without waiting: the kernel has answered before a send returns. The length is the real one.
static inline int64_t sw_receive_now(int fd, void *buffer, size_t size) {
    return SW_RET64(recv(fd, buffer, size, MSG_DONTWAIT | MSG_TRUNC));
}
static inline int sw_inet_socket(void) { return SW_RET(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }
// Sets IFF_UP on the loopback interface, which every network namespace has.
static inline int sw_loopback_up(int fd) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING};
    return SW_RET(ioctl(fd, SIOCSIFFLAGS, &request));
}
