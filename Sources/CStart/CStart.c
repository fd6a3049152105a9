#include "CStart.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

const char *sw_getenv(const char *name) { return getenv(name); }

void sw_now(int64_t *seconds, int64_t *microseconds) {
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);  // can't fail: the clock exists and the pointer is good
    *seconds = now.tv_sec;
    *microseconds = now.tv_nsec / 1000;
}

uint32_t sw_effective_gid(void) { return getegid(); }

_Noreturn void sw_exit(int status) { exit(status); }

const char *sw_build_commit(void) { return SWRUN_COMMIT; }
