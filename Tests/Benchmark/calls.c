// Counts the instructions that a command executes, as a tree of who calls whom:
//
//     calls LEAST PROGRAM ARGUMENT...
//
// Each line is a function with the instructions in it and in what it calls, in parentheses those of its own; calls below
// LEAST are left out. The program is executed step by step, which takes some minutes, without the processes that it makes.
// It must have its symbols. The counts don't depend on what else the machine does: a hundredth more is a hundredth more.
#define _GNU_SOURCE
#include "symbols.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct node {
    struct symbol *function;
    int child, sibling;
    long own, all;
};
static struct node *nodes;
static int node_count, node_room;

// What is being called, from the outside in; a frame ends when the stack is above its return address again.
struct frame {
    int node;
    unsigned long stack;
};
static struct frame frames[100000];
static int depth;

static int add_node(struct symbol *function, int sibling) {
    if (node_count == node_room) {
        node_room = node_room ? 2 * node_room : 1024;
        nodes = realloc(nodes, node_room * sizeof *nodes);
        if (!nodes) die("realloc");
    }
    nodes[node_count] = (struct node){.function = function, .sibling = sibling};
    return node_count++;
}

static int callee(int caller, struct symbol *function) {
    for (int node = nodes[caller].child; node; node = nodes[node].sibling)
        if (nodes[node].function == function) return node;
    int made = add_node(function, nodes[caller].child);
    nodes[caller].child = made;
    return made;
}

static int current(void) { return depth ? frames[depth - 1].node : 0; }

// A call pushes eight bytes and goes elsewhere; whatever else pushes goes on with the next instruction.
static void step(unsigned long address, unsigned long stack) {
    static unsigned long last_address, last_stack;
    while (depth && stack > frames[depth - 1].stack) depth--;
    long way = (long)(address - last_address);
    if (stack == last_stack - 8 && (way < 0 || way > 15) && depth < 100000) {
        int node = callee(current(), function_at(address));
        frames[depth++] = (struct frame){node, stack};
    }
    nodes[current()].own++;
    last_address = address;
    last_stack = stack;
}

static long sum(int node) {
    nodes[node].all = nodes[node].own;
    for (int child = nodes[node].child; child; child = nodes[child].sibling) nodes[node].all += sum(child);
    return nodes[node].all;
}

static void print(int node, int indent, long least) {
    printf("%*s%ld (%ld) %s\n", indent, "", nodes[node].all, nodes[node].own, node ? nodes[node].function->name : "-");
    for (;;) {  // the largest that wasn't printed
        int largest = 0;
        for (int child = nodes[node].child; child; child = nodes[child].sibling)
            if (nodes[child].all >= least && (!largest || nodes[child].all > nodes[largest].all)) largest = child;
        if (!largest) return;
        print(largest, indent + 1, least);
        nodes[largest].all = 0;
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return fprintf(stderr, "usage: calls LEAST PROGRAM ARGUMENT...\n"), 2;
    long least = atol(argv[1]);
    argv += 2;
    read_symbols(argv[0]);
    add_node(NULL, 0);
    pid_t process = fork();
    if (process == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        dup2(2, 1);  // standard output is the tree
        execv(argv[0], argv);
        die(argv[0]);
    }
    int status;
    if (waitpid(process, &status, 0) < 0) die("waitpid");
    if (ptrace(PTRACE_SETOPTIONS, process, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC) < 0) die("ptrace");
    ptrace(PTRACE_SINGLESTEP, process, 0, 0);
    while (waitpid(process, &status, __WALL) > 0 && WIFSTOPPED(status)) {
        int event = status >> 16, number = WSTOPSIG(status);
        if (event == PTRACE_EVENT_EXEC) depth = 0;
        struct user_regs_struct registers;
        if (ptrace(PTRACE_GETREGS, process, 0, &registers) == 0) step(registers.rip, registers.rsp);
        int passed = event || number == SIGTRAP || number == SIGSTOP ? 0 : number;
        ptrace(PTRACE_SINGLESTEP, process, 0, passed);
    }
    sum(0);
    print(0, 0, least);
    return 0;
}
