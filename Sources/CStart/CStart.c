#include "CStart.h"

#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

const char *sw_getenv(const char *name) { return getenv(name); }

int sw_is_privileged(void) { return getauxval(AT_SECURE) != 0; }

uint32_t sw_effective_gid(void) { return getegid(); }

_Noreturn void sw_exit(int status) { _exit(status); }

const char *sw_build_commit(void) { return SWRUN_COMMIT; }
