// What swrun's own process does before Swift's runtime has started: it spares the runtime two searches. Each command is
// a process, so what happens here happens each time.
//
// In C, because it runs before Swift can; in the executable only, so that no test process does it.
#define _GNU_SOURCE
#include "CProgram.h"

#include <malloc.h>
#include <stdlib.h>

static int argument_count;
static char **arguments;

// Swift's own way to its arguments is a static initialiser that reads /proc/self/maps to find where the kernel left
// them; glibc hands them to every constructor. Weak: should the runtime's object be linked for another reason, it wins.
__attribute__((weak)) void *_swift_stdlib_getUnsafeArgvArgc(int *count) {
    *count = argument_count;
    return arguments;
}
__attribute__((weak)) void _swift_stdlib_overrideUnsafeArgvArgc(char **vector, int count) {
    arguments = vector;
    argument_count = count;
}

// Without this, Swift's runtime looks in eight places for a program that prints backtraces of crashes, and whether a
// person sits at its standard output.
static const char backtrace_variable[] = "SWIFT_BACKTRACE";
static int backtrace_is_ours;

void sw_program_has_started(void) {
    if (backtrace_is_ours) unsetenv(backtrace_variable);
}

// Before the constructors of the C++ code in Swift's runtime, which have the default priority.
__attribute__((constructor(101))) static void before_swift(int count, char **vector) {
    argument_count = count;
    arguments = vector;
    // One growth of the heap is enough for a birth; what isn't touched costs nothing.
    mallopt(M_TOP_PAD, 512 << 10);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);  // and it is given back by the end of the process
    if (!getenv(backtrace_variable))
        backtrace_is_ours = setenv(backtrace_variable, "enable=no,color=no,interactive=no,swift-backtrace=/", 1) == 0;
}
