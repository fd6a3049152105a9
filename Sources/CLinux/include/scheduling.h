// How a process is scheduled: processor, disk, memory nodes, execution domain.
#pragma once
#include <sys/syscall.h>

// The kernel's struct sched_attr, version 1 (56 bytes), under a name that no header of the C library takes.
struct sw_sched_attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t utilization_minimum, utilization_maximum;
};
_Static_assert(sizeof(struct sw_sched_attr) == 56, "SCHED_ATTR_SIZE_VER1");

static inline int sw_sched_setattr(int pid, struct sw_sched_attr attributes) {
    attributes.size = sizeof attributes;
    return SW_RET(syscall(SYS_sched_setattr, pid, &attributes, 0));
}
static inline int sw_sched_getattr(int pid, struct sw_sched_attr *attributes) {
    return SW_RET(syscall(SYS_sched_getattr, pid, attributes, sizeof *attributes, 0));
}
static inline int sw_ioprio_set(int which, int who, int value) {
    return SW_RET(syscall(SYS_ioprio_set, which, who, value));
}
static inline int sw_ioprio_get(int which, int who) { return SW_RET(syscall(SYS_ioprio_get, which, who)); }
static inline int sw_sched_setaffinity(int pid, size_t bytes, const uint64_t *mask) {
    return SW_RET(syscall(SYS_sched_setaffinity, pid, bytes, mask));
}
// Answers the number of bytes that the kernel filled.
static inline int sw_sched_getaffinity(int pid, size_t bytes, uint64_t *mask) {
    return SW_RET(syscall(SYS_sched_getaffinity, pid, bytes, mask));
}
static inline int sw_set_mempolicy(int mode, const uint64_t *nodes, unsigned long bits) {
    return SW_RET(syscall(SYS_set_mempolicy, mode, nodes, bits));
}
static inline int sw_get_mempolicy(int *mode, uint64_t *nodes, unsigned long bits) {
    return SW_RET(syscall(SYS_get_mempolicy, mode, nodes, bits, NULL, 0));
}
static inline int sw_personality(unsigned long domain) { return SW_RET(syscall(SYS_personality, domain)); }
