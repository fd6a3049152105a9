// What a process has from its start, without the rest of the C library: its module clashes with CLinux, which sees more
// of the same headers.
#pragma once
#include <stdint.h>

// The value of an environment variable, or NULL.
const char *sw_getenv(const char *name);

// Whether the process has more rights than its caller: its file is setuid or has capabilities.
int sw_is_privileged(void);

// The effective group.
uint32_t sw_effective_gid(void);

// Ends the process; there is no stdio to be flushed.
_Noreturn void sw_exit(int status);

// The revision in git that was built, an empty text where the build wasn't told. Swift has no macros with values.
const char *sw_build_commit(void);
