// The functions of a program by their addresses, for the tools that execute it step by step, and its variables. It must
// have its symbols.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
    unsigned long start, size;
    char *name;
    int seen;
};
static struct symbol *functions, *variables;
static size_t count, variable_count;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void add(struct symbol **list, size_t *length, unsigned long start, unsigned long size, const char *name) {
    *list = realloc(*list, (*length + 1) * sizeof **list);
    if (!*list) die("realloc");
    (*list)[(*length)++] = (struct symbol){start, size, strdup(name), 0};
}

static void read_symbols(const char *program) {
    char command[4352];
    snprintf(command, sizeof command, "nm --print-size --numeric-sort '%s'", program);
    FILE *nm = popen(command, "r");
    if (!nm) die("nm");
    char *line = NULL, kind, name[65536];
    size_t room = 0;
    unsigned long start, size;
    while (getline(&line, &room, nm) > 0) {
        if (sscanf(line, "%lx %lx %c %65535s", &start, &size, &kind, name) != 4) continue;
        if (strchr("bBdD", kind)) add(&variables, &variable_count, start, size, name);
        if (strchr("tTwWuU", kind)) add(&functions, &count, start, size, name);
    }
    free(line);
    if (pclose(nm) != 0 || !count) die("nm");
}

// The last function that begins at or before an address.
static struct symbol *function_at(unsigned long address) {
    size_t low = 0, high = count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (functions[middle].start <= address) low = middle;
        else high = middle;
    }
    return &functions[low];
}
