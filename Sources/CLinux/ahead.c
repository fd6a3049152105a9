// A thread of which nothing but the kernel knows: see ahead.h.
#include "CLinux.h"
#include <linux/futex.h>
#include <stdalign.h>

extern int clone(int (*)(void *), void *, int, void *, ...);

// Its stack, and what its thread pointer points into the middle of: glibc keeps errno near there, on either side, and on
// x86-64 finds it by the pointer itself, which must be there, too.
static alignas(64) char stack[8192], storage[2048];
static int thread;  // its number as long as it runs
static int result;  // the namespace's descriptor, or -errno
static int place;   // what failed

static int make_network(void *unused) {
    (void)unused;
    place = SW_NETWORK_UNSHARE;
    result = sw_unshare(CLONE_NEWNET);
    if (result < 0) return 0;
    place = SW_NETWORK_SOCKET;
    int socket = result = sw_inet_socket();
    if (result < 0) return 0;
    place = SW_NETWORK_LOOPBACK;
    result = sw_loopback_up(socket);
    syscall(SYS_close, socket);
    if (result < 0) return 0;
    place = SW_NETWORK_OPEN;
    result = SW_RET(syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    return 0;
}

void sw_begin_network(void) {
    if (__atomic_load_n(&thread, __ATOMIC_ACQUIRE)) return;
    uint64_t mask = 0;
    char *pointer = storage + sizeof storage / 2;
    *(char **)pointer = pointer;
    place = SW_NETWORK_CLONE;
    // A signal to the process is for who understands it.
    sw_sigprocmask(SIG_SETMASK, ~(uint64_t)0, &mask);
    int number = SW_RET(clone(
        make_network, stack + sizeof stack,
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
            CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
        NULL, &thread, pointer, &thread));
    if (number < 0) result = number;
    sw_sigprocmask(SIG_SETMASK, mask, NULL);
}

int sw_take_network(int *failed) {
    for (int number; (number = __atomic_load_n(&thread, __ATOMIC_ACQUIRE));)
        syscall(SYS_futex, &thread, FUTEX_WAIT, number, NULL, NULL, 0);
    int taken = result;
    result = -EBADF;
    *failed = place;
    return taken;
}
