// Where the release executable begins: before the C library has been started, swrun protects its own file.
//
// A container could execute /proc/self/exe, hold what that opens, and write to it once nobody executes it any more
// (CVE-2019-5736). So the commands that make or enter a container go on in a read-only detached copy of the mount that the file
// is in. That takes one more execve, of which this process should have had as little as possible before: no C library,
// which asks the processor what it can do (expensive in a virtual machine), and no Swift.
//
// Nothing of the C library may be called here, not even by the compiler on its own behalf. Where a call fails, or the
// processor isn't one of these two, Swift's side does it later: see SelfProtection.swift.
#define _GNU_SOURCE
#include "CProgram.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <linux/mount.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#if defined __x86_64__
__asm__(
    ".globl sw_entry\n"
    ".type sw_entry, @function\n"
    "sw_entry:\n"
    "    xor %ebp, %ebp\n"
    "    mov %rsp, %rbx\n"  // what the kernel left: the arguments
    "    mov %rdx, %r12\n"  // and what _start wants to find again
    "    mov %rsp, %rdi\n"
    "    and $-16, %rsp\n"
    "    call sw_before_c_library\n"
    "    mov %rbx, %rsp\n"
    "    mov %r12, %rdx\n"
    "    jmp _start\n");

static long call(long number, long a, long b, long c, long d, long e) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined __aarch64__
__asm__(
    ".globl sw_entry\n"
    ".type sw_entry, @function\n"
    "sw_entry:\n"
    "    mov x19, x0\n"  // what _start wants to find again
    "    mov x0, sp\n"   // what the kernel left: the arguments
    "    bl sw_before_c_library\n"
    "    mov x0, x19\n"
    "    b _start\n");

static long call(long number, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}
#else
#error "the entry point is written for x86-64 and arm64"
#endif

// Written before the C library has started, which leaves them as they are.
static int is_protected, mount_copy;
int sw_program_is_protected(void) { return is_protected; }
int sw_program_mount_copy(void) { return mount_copy ? mount_copy : -1; }

#define OPEN_TREE_ATTR 467  // of every architecture

__attribute__((no_builtin, no_stack_protector)) static int is(const char *word, const char *other) {
    while (*word && *word == *other) {
        word++;
        other++;
    }
    return *word == *other;
}

// The words are looked for anywhere, as options aren't understood yet: one execve too many does no harm.
__attribute__((no_builtin, no_stack_protector)) static int has_word(long count, char **arguments, const char *word) {
    for (long i = 1; i < count; i++)
        if (is(arguments[i], word)) return 1;
    return 0;
}

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)  // Linux 6.7
#endif

// Where the functions begin and end that `run` executes: the first and the last in symbol-order.txt.
__attribute__((section(".text.sw_hot_begin"), noinline, used)) void sw_hot_begin(void) { __asm__ volatile(""); }
__attribute__((section(".text.sw_hot_end"), noinline, used)) void sw_hot_end(void) { __asm__ volatile(""); }
extern char __executable_start[];      // the linker's
extern const ElfW(Ehdr) __ehdr_start;  // the same place

// Where what is read-only after the start ends: it follows the functions.
__attribute__((no_builtin, no_stack_protector)) static const char *end_of_constants(void) {
    const ElfW(Phdr) *header = (const ElfW(Phdr) *)(__executable_start + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++)
        if (header[i].p_type == PT_GNU_RELRO) return (const char *)(header[i].p_vaddr + header[i].p_memsz);
    return (const char *)sw_hot_end;
}

// The descriptor that the kernel executed this program from, by the name that it gives such a program: /dev/fd/NUMBER.
__attribute__((no_builtin, no_stack_protector)) static int executed_descriptor(char **environment) {
    while (*environment) environment++;
    unsigned long *auxiliary = (unsigned long *)(environment + 1);
    while (auxiliary[0] != AT_EXECFN) {
        if (auxiliary[0] == AT_NULL) return -1;
        auxiliary += 2;
    }
    const char *name = (const char *)auxiliary[1];
    char directory[] = "/dev/fd/";
    __asm__ volatile("" : : "r"(directory) : "memory");  // on the stack, as below
    for (const char *start = directory; *start; start++, name++)
        if (*name != *start) return -1;
    int number = 0;
    for (; *name >= '0' && *name <= '9' && number < 1 << 27; name++) number = number * 10 + (*name - '0');
    return *name ? -1 : number;
}

#define PAGE 4096ul

__attribute__((no_builtin, no_stack_protector)) static long watch(long descriptor, const char *start, const char *end) {
    struct uffdio_register region;
    region.range.start = ((unsigned long)start + PAGE - 1) & ~(PAGE - 1);
    region.range.len = (((unsigned long)end + PAGE - 1) & ~(PAGE - 1)) - region.range.start;
    region.mode = UFFDIO_REGISTER_MODE_WP;
    region.ioctls = 0;
    return call(SYS_ioctl, descriptor, UFFDIO_REGISTER, (long)&region, 0, 0);
}

// Has the kernel map what is before and behind these functions page by page, and the constants that follow.
//
// A page of the executable that is touched usually brings fifteen others with it. What a birth needs of the Swift library
// lies scattered over megabytes which the linker can't reorder: with its neighbours it makes up a third of the process.
// The kernel leaves the neighbours out where userfaultfd(2) watches writes to a region, and nobody writes to these.
__attribute__((no_builtin, no_stack_protector)) static void map_sparsely(void) {
    long first = call(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY, 0, 0, 0, 0);
    if (first < 0) return;
    // Out of the way of the numbers that the caller gives, or has left out.
    long descriptor = call(SYS_fcntl, first, F_DUPFD_CLOEXEC, 1000, 0, 0);
    call(SYS_close, first, 0, 0, 0, 0);
    if (descriptor < 0) return;
    struct uffdio_api api;
    api.api = UFFD_API;
    api.features = UFFD_FEATURE_WP_ASYNC;
    api.ioctls = 0;
    if (call(SYS_ioctl, descriptor, UFFDIO_API, (long)&api, 0, 0) < 0 ||
        watch(descriptor, (char *)sw_hot_end, end_of_constants()) < 0 ||
        watch(descriptor, __executable_start, (char *)((unsigned long)sw_hot_begin & ~(PAGE - 1))) < 0)
        call(SYS_close, descriptor, 0, 0, 0, 0);
    // Else it stays open: the regions are watched as long as it is.
}

// Called with the stack as the kernel left it: the number of arguments, these, NULL, the environment.
__attribute__((no_builtin, no_stack_protector, used)) void sw_before_c_library(long *stack) {
    long count = stack[0];
    char **arguments = (char **)(stack + 1);
    // Texts are made on the stack: the program's constants are on another page, which would have to be mapped each time.
    char own_file[] = "/proc/self/exe", run[] = "run", create[] = "create", exec[] = "exec", nothing[] = "";
    __asm__ volatile("" : : "r"(run), "r"(create), "r"(exec) : "memory");  // so that they are there
    int births = has_word(count, arguments, run) || has_word(count, arguments, create);
    if (!births && !has_word(count, arguments, exec)) return;
    struct statfs filesystem;
    if (call(SYS_statfs, (long)own_file, (long)&filesystem, 0, 0, 0) < 0) return;
    if (filesystem.f_flags & 1) {  // ST_RDONLY
        is_protected = 1;
        int copy = executed_descriptor(arguments + count + 1);
        if (copy > 2) {
            call(SYS_fcntl, copy, F_SETFD, FD_CLOEXEC, 0, 0);
            mount_copy = copy;
        } else if (copy >= 0) {
            call(SYS_close, copy, 0, 0, 0, 0);  // the place of a standard stream that the caller left out
        }
        if (births) map_sparsely();
        return;
    }
    struct mount_attr attributes;
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    attributes.attr_clr = 0;
    attributes.propagation = 0;
    attributes.userns_fd = 0;
    // Not closed on execve: that makes the kernel wait for an RCU grace period, which there is a better time for.
    const long flags = OPEN_TREE_CLONE;
    long copy = call(OPEN_TREE_ATTR, AT_FDCWD, (long)own_file, flags, (long)&attributes, sizeof attributes);
    long failed = 0;
    if (copy < 0) {  // before Linux 6.15
        copy = call(SYS_open_tree, AT_FDCWD, (long)own_file, flags, 0, 0);
        if (copy < 0) return;
        failed = call(SYS_mount_setattr, copy, (long)nothing, AT_EMPTY_PATH, (long)&attributes, sizeof attributes);
    }
    if (!failed)
        call(SYS_execveat, copy, (long)nothing, (long)arguments, (long)(arguments + count + 1), AT_EMPTY_PATH);
    call(SYS_close, copy, 0, 0, 0, 0);
}
