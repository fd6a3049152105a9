// The flight recorder: a page that both processes of a birth share. Plain stores, so that no seccomp filter and no
// SIGKILL can keep the child from having said where it was.
#pragma once
#include <stdint.h>
#include <string.h>

#define SW_RECORD_HEADER_BYTES 512
#define SW_RECORD_WORDS_BYTES 440

// Lives at the start of the file `birth` in the state directory, followed by one begin time (nanoseconds, CLOCK_MONOTONIC)
// for each step of the plan.
struct sw_record {
    uint32_t version;      // of this layout
    uint32_t steps;        // number of steps in the plan
    uint32_t step;         // the step that the child began last
    uint32_t call;         // what it did when it failed, as CallError.Call
    int32_t error;         // errno of a failure
    uint32_t phase;        // as FlightRecorder.Phase: how far the birth has come
    int32_t pid;           // of a container process that was born by its midwife
    uint32_t failed;       // 1 once the child has given up
    uint32_t detail;       // a number that the failed call spoke of
    uint32_t starting;     // 1 once a `start` has been accepted
    uint64_t identity;     // the inode of the container process's pidfd; 0 where pidfds have none of their own
    uint32_t ready;        // 1 once the runtime has done all that the container's program needs
    uint32_t reserved[5];
    char words[SW_RECORD_WORDS_BYTES];  // the kernel's own words, or what exec found out; NUL-terminated
};

static inline uint64_t *sw_record_times(struct sw_record *record) {
    return (uint64_t *)((char *)record + SW_RECORD_HEADER_BYTES);
}
static inline void sw_record_words(struct sw_record *record, const char *text, size_t length) {
    size_t n = length < SW_RECORD_WORDS_BYTES - 1 ? length : SW_RECORD_WORDS_BYTES - 1;
    memcpy(record->words, text, n);
    record->words[n] = 0;
}
// The store that publishes a failure or a phase comes after those that describe it.
static inline void sw_record_publish_failed(struct sw_record *record) {
    __atomic_store_n(&record->failed, 1, __ATOMIC_RELEASE);
}
static inline void sw_record_publish_ready(struct sw_record *record) {
    __atomic_store_n(&record->ready, 1, __ATOMIC_RELEASE);
}
static inline int sw_record_is_ready(struct sw_record *record) {
    return __atomic_load_n(&record->ready, __ATOMIC_ACQUIRE) == 1;
}
static inline void sw_record_publish_phase(struct sw_record *record, uint32_t phase) {
    __atomic_store_n(&record->phase, phase, __ATOMIC_RELEASE);
}
