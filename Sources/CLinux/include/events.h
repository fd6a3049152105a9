// eventfd(2) and inotify(7): being told of what happens.
#pragma once
#include <sys/eventfd.h>
#include <sys/inotify.h>

static inline int sw_eventfd(void) { return SW_RET(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
static inline int sw_inotify(void) { return SW_RET(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)); }
static inline int sw_inotify_watch_changes(int fd, const char *path) {
    return SW_RET(inotify_add_watch(fd, path, IN_MODIFY));
}
