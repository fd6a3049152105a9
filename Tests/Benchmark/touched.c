// Lists the functions that a command executes, in the order in which they are first entered, and the variables that it
// has set by its end, as the linker takes them:
//
//     touched PROGRAM ARGUMENT... >symbol-order.txt
//
// The program is executed step by step, with the processes that it makes, until these execute something else. It must
// have its symbols. `make order` uses this to have what one `run` needs side by side in the executable.
#define _GNU_SOURCE
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void touch(unsigned long address) {
    struct symbol *f = function_at(address);
    if (f->seen || address < f->start || address >= f->start + f->size) return;
    f->seen = 1;
    puts(f->name);
}

// All variables, as bytes of the process; the caller frees them.
static char *memory_of(pid_t process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", process);
    unsigned long first = variables[0].start;
    struct symbol *last = &variables[variable_count - 1];
    unsigned long size = last->start + last->size - first;
    char *bytes = calloc(1, size);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (!bytes || file < 0) die(path);
    // Between sections there may be nothing; what can't be read stays zero.
    for (unsigned long at = 0, part; at < size; at += part) {
        part = 4096 - (first + at) % 4096;  // to the end of the page
        if (part > size - at) part = size - at;
        if (pread(file, bytes + at, part, first + at) < 0 && errno != EIO) die(path);
    }
    close(file);
    return bytes;
}

static void list_changes(const char *before, const char *after) {
    for (size_t i = 0; i < variable_count; i++) {
        unsigned long at = variables[i].start - variables[0].start;
        // A large one is not for moving: it has pages of its own.
        if (variables[i].size <= 2048 && memcmp(before + at, after + at, variables[i].size)) puts(variables[i].name);
    }
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
    long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
                   PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, first, 0, options) < 0) die("ptrace");
    ptrace(PTRACE_SINGLESTEP, first, 0, 0);
    char *before = NULL;
    for (pid_t process; (process = waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status)) continue;
        int event = status >> 16, number = WSTOPSIG(status);
        if (event == PTRACE_EVENT_EXEC && process != first) {
            ptrace(PTRACE_DETACH, process, 0, 0);
            continue;
        }
        if (event == PTRACE_EVENT_EXEC) {
            free(before);
            before = memory_of(process);
        }
        if (event == PTRACE_EVENT_EXIT && process == first && before) {
            char *after = memory_of(process);
            list_changes(before, after);
            free(after);
        }
        struct user_regs_struct registers;
        if (ptrace(PTRACE_GETREGS, process, 0, &registers) == 0) touch(registers.rip);
        int passed = event || number == SIGTRAP || number == SIGSTOP ? 0 : number;
        ptrace(PTRACE_SINGLESTEP, process, 0, passed);
    }
    return errno == ECHILD ? 0 : 1;
}
