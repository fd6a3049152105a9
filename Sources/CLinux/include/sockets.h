// Sockets: descriptors over Unix sockets, and one netlink request.
#pragma once
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
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
static inline int sw_send(int fd, const void *bytes, size_t count) {
    return SW_RET(send(fd, bytes, count, MSG_NOSIGNAL));
}
// Sets IFF_UP on the interface of this index (1 is the loopback) with one rtnetlink request, and reads the answer.
static inline int sw_netlink_link_up(int index) {
    struct { struct nlmsghdr header; struct ifinfomsg link; } request = {
        .header = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
                   .nlmsg_seq = 1},
        .link = {.ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP}};
    struct { struct nlmsghdr header; struct nlmsgerr error; char rest[256]; } answer;
    int fd = SW_RET(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (fd < 0) return fd;
    int result = SW_RET(send(fd, &request, sizeof request, 0));
    if (result >= 0) result = SW_RET(recv(fd, &answer, sizeof answer, 0));
    close(fd);
    if (result < 0) return result;
    if (answer.header.nlmsg_type != NLMSG_ERROR || answer.header.nlmsg_seq != 1) return -EBADMSG;
    return answer.error.error;
}
