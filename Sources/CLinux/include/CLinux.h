// What Swift's Glibc module lacks or refuses: system calls by their own names, each answering a result or -errno.
//
// Between a C call and reading errno, Swift may allocate or release memory, and errno is gone; so each shim reads it in
// the same expression. Nothing else is computed here.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#define SW_RET(call) ({ long r_ = (long)(call); r_ < 0 ? -errno : (int)r_; })
#define SW_RET64(call) ({ int64_t r_ = (int64_t)(call); r_ < 0 ? -(int64_t)errno : r_; })

#include "bpf.h"
#include "constants.h"
#include "events.h"
#include "expressions.h"
#include "filesystem.h"
#include "mounts.h"
#include "process.h"
#include "record.h"
#include "scheduling.h"
#include "sockets.h"
#include "syscall_filter.h"
#include "terminal.h"
