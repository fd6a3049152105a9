// seccomp(2): filters of system calls, and the memory in which one process hands a filter to another.
#pragma once
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
static const uint32_t SW_SECCOMP_TSYNC = SECCOMP_FILTER_FLAG_TSYNC;
static const uint32_t SW_SECCOMP_LOG = SECCOMP_FILTER_FLAG_LOG;
static const uint32_t SW_SECCOMP_SPEC_ALLOW = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
static const uint32_t SW_SECCOMP_NEW_LISTENER = SECCOMP_FILTER_FLAG_NEW_LISTENER;
static const uint32_t SW_SECCOMP_TSYNC_ESRCH = SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
static const uint32_t SW_SECCOMP_WAIT_KILLABLE = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

// One filter in memory that two processes share. What is written to one field says that those before it are there.
#define SW_FILTER_MOST 4096  // BPF_MAXINSNS
struct sw_filter {
    uint32_t count;    // of the instructions; 0 before there are any
    int32_t listener;  // the descriptor's number in the loading process, plus one; 0 before there is one
    uint64_t instructions[SW_FILTER_MOST];
};
// NULL on failure.
static inline struct sw_filter *sw_filter_map(void) {
    void *p = mmap(NULL, sizeof(struct sw_filter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}
static inline int sw_filter_unmap(struct sw_filter *filter) {
    return SW_RET(munmap(filter, sizeof *filter));
}
static inline void sw_filter_set(struct sw_filter *filter, uint32_t index, uint64_t instruction) {
    filter->instructions[index] = instruction;
}
static inline void sw_filter_publish(struct sw_filter *filter, uint32_t count) {
    __atomic_store_n(&filter->count, count, __ATOMIC_RELEASE);
}
static inline uint32_t sw_filter_count(struct sw_filter *filter) {
    return __atomic_load_n(&filter->count, __ATOMIC_ACQUIRE);
}
static inline int sw_filter_listener(struct sw_filter *filter) {
    return __atomic_load_n(&filter->listener, __ATOMIC_ACQUIRE) - 1;
}
// Loads it for the calling thread. With SECCOMP_FILTER_FLAG_NEW_LISTENER the listener's number is left in the structure,
// by a plain store: any system call may be one that the filter stops.
static inline int sw_filter_load(struct sw_filter *filter, uint32_t flags) {
    struct sock_fprog program = {
        .len = (unsigned short)filter->count, .filter = (struct sock_filter *)filter->instructions};
    int result = SW_RET(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
    if (result >= 0 && flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
        __atomic_store_n(&filter->listener, result + 1, __ATOMIC_RELEASE);
    return result;
}
// 1 if the kernel knows the flags: it looks at them before it looks for the program.
static inline int sw_seccomp_knows_flags(uint32_t flags) {
    return SW_RET(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL)) == -EFAULT;
}
static inline int sw_pidfd_getfd(int pidfd, int number) { return SW_RET(syscall(SYS_pidfd_getfd, pidfd, number, 0)); }
