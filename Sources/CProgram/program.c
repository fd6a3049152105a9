// What swrun's own process does before Swift's runtime has started: it protects its file, and spares the runtime two
// searches. Each command is a process, so what happens here happens each time.
//
// In C, because it runs before Swift can; in the executable only, so that no test process does it.
#define _GNU_SOURCE
#include "CProgram.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// Without this, Swift's runtime looks in eight places for a program that prints backtraces of crashes.
static const char backtrace_variable[] = "SWIFT_BACKTRACE";
static int backtrace_is_ours;

static void spare_backtrace_search(void) {
    if (getenv(backtrace_variable)) return;
    backtrace_is_ours = setenv(backtrace_variable, "enable=no,color=no,swift-backtrace=/", 1) == 0;
}

void sw_program_has_started(void) {
    if (backtrace_is_ours) unsetenv(backtrace_variable);
}

// The commands whose container could reach swrun's file through /proc/PID/exe (CVE-2019-5736). The words are looked for
// anywhere, as options aren't understood yet: one execve too many does no harm.
static int makes_container(void) {
    for (int i = 1; i < argument_count; i++)
        if (!strcmp(arguments[i], "run") || !strcmp(arguments[i], "create")) return 1;
    return 0;
}

// Goes on in a read-only detached copy of the mount that the file is in. Where that is impossible, Swift's side does
// what else can be done, and decides whether this was enough: see SelfProtection.swift.
static void protect_own_file(char **environment) {
    struct statvfs filesystem;
    if (statvfs("/proc/self/exe", &filesystem) < 0 || filesystem.f_flag & ST_RDONLY) return;
    int copy = (int)syscall(SYS_open_tree, AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (copy < 0) return;
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, copy, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0)
        syscall(SYS_execveat, copy, "", arguments, environment, AT_EMPTY_PATH);
    close(copy);
}

// Before the constructors of the C++ code in Swift's runtime, which have the default priority.
__attribute__((constructor(101))) static void before_swift(int count, char **vector, char **environment) {
    argument_count = count;
    arguments = vector;
    if (makes_container()) protect_own_file(environment);
    spare_backtrace_search();
}
