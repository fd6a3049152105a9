// Lists the functions that a command executes, in the order in which they are first entered, as the linker takes them:
//
//     touched PROGRAM ARGUMENT... >symbol-order.txt
//
// The program is executed step by step, with the processes that it makes, until these execute something else. It must
// have its symbols. `make order` uses this to have the functions of one `run` side by side in the executable.
#define _GNU_SOURCE
#include "symbols.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void touch(unsigned long address) {
    struct function *f = function_at(address);
    if (f->seen || address < f->start || address >= f->start + f->size) return;
    f->seen = 1;
    puts(f->name);
}

int main(int argc, char **argv) {
    if (argc < 2) return fprintf(stderr, "usage: touched PROGRAM ARGUMENT...\n"), 2;
    read_symbols(argv[1]);
    pid_t first = fork();
    if (first == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        dup2(2, 1);  // standard output is the list
        execv(argv[1], argv + 1);
        die(argv[1]);
    }
    int status;
    if (waitpid(first, &status, 0) < 0) die("waitpid");
    long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, first, 0, options) < 0) die("ptrace");
    ptrace(PTRACE_SINGLESTEP, first, 0, 0);
    for (pid_t process; (process = waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status)) continue;
        int event = status >> 16, number = WSTOPSIG(status);
        if (event == PTRACE_EVENT_EXEC && process != first) {
            ptrace(PTRACE_DETACH, process, 0, 0);
            continue;
        }
        struct user_regs_struct registers;
        if (ptrace(PTRACE_GETREGS, process, 0, &registers) == 0) touch(registers.rip);
        int passed = event || number == SIGTRAP || number == SIGSTOP ? 0 : number;
        ptrace(PTRACE_SINGLESTEP, process, 0, passed);
    }
    return errno == ECHILD ? 0 : 1;
}
