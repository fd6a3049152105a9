// bpf(2): programs that judge access to devices.
#pragma once
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Some kernels (6.17 to 7.1) write behind a shorter structure, in BPF_PROG_QUERY at least; this one has room.
union sw_bpf_attr {
    union bpf_attr attr;
    char room[512];
};
static inline int sw_bpf(int command, union sw_bpf_attr *attr) {
    return SW_RET(syscall(SYS_bpf, command, attr, sizeof attr->attr));
}
// The program's descriptor, close-on-exec. `log` gets the verifier's words, or is NULL with a size of 0.
static inline int sw_bpf_load_device_program(
    const uint64_t *instructions, uint32_t count, char *log, uint32_t log_size) {
    union sw_bpf_attr a;
    memset(&a, 0, sizeof a);
    a.attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    a.attr.insns = (uint64_t)(uintptr_t)instructions;
    a.attr.insn_cnt = count;
    a.attr.license = (uint64_t)(uintptr_t) "Apache-2.0";
    a.attr.log_level = log_size > 0;
    a.attr.log_buf = (uint64_t)(uintptr_t)log;
    a.attr.log_size = log_size;
    return sw_bpf(BPF_PROG_LOAD, &a);
}
// With a descriptor to replace (-1: none), that program goes in the same step.
static inline int sw_bpf_attach_device_program(int cgroup, int program, int replaced) {
    union sw_bpf_attr a;
    memset(&a, 0, sizeof a);
    a.attr.target_fd = cgroup;
    a.attr.attach_bpf_fd = program;
    a.attr.attach_type = BPF_CGROUP_DEVICE;
    a.attr.attach_flags = BPF_F_ALLOW_MULTI | (replaced >= 0 ? BPF_F_REPLACE : 0);
    a.attr.replace_bpf_fd = replaced >= 0 ? replaced : 0;
    return sw_bpf(BPF_PROG_ATTACH, &a);
}
static inline int sw_bpf_detach_device_program(int cgroup, int program) {
    union sw_bpf_attr a;
    memset(&a, 0, sizeof a);
    a.attr.target_fd = cgroup;
    a.attr.attach_bpf_fd = program;
    a.attr.attach_type = BPF_CGROUP_DEVICE;
    return sw_bpf(BPF_PROG_DETACH, &a);
}
// The number of programs attached to this cgroup itself; `ids` gets theirs. -ENOSPC if they are more than `room`.
static inline int sw_bpf_device_programs(int cgroup, uint32_t *ids, uint32_t room) {
    union sw_bpf_attr a;
    memset(&a, 0, sizeof a);
    a.attr.query.target_fd = cgroup;
    a.attr.query.attach_type = BPF_CGROUP_DEVICE;
    a.attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
    a.attr.query.prog_cnt = room;
    int result = sw_bpf(BPF_PROG_QUERY, &a);
    return result < 0 ? result : (int)a.attr.query.prog_cnt;
}
static inline int sw_bpf_program(uint32_t id) {
    union sw_bpf_attr a;
    memset(&a, 0, sizeof a);
    a.attr.prog_id = id;
    return sw_bpf(BPF_PROG_GET_FD_BY_ID, &a);
}
