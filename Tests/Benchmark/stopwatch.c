/* Times programs, spawn to exit, from a process so small that it does not disturb what it measures.
 *
 *     stopwatch RESULTS COMMAND [ARGUMENT...] [-- COMMAND [ARGUMENT...]]...
 *
 * Appends one line for each command to the file RESULTS: nanoseconds, peak resident KiB, exit status. The peak is the
 * kernel's maximum over the program and every descendant it waited for; a child made by vfork starts with its
 * parent's figure, which is why the big benchmark program cannot measure this itself. The command "@reap" is not timed:
 * it waits until everything that was orphaned by the commands before it (a container's init) has ended.
 * Ends with the first non-zero status. Standard input and output of the commands are the caller's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int time_one(char **command, FILE *results)
{
    struct rusage usage;
    int status;
    pid_t pid;
    long long start = now();
    int error = posix_spawnp(&pid, command[0], NULL, NULL, command, environ);
    if (error) {
        fprintf(stderr, "%s: %s\n", command[0], strerror(error));
        return 127;
    }
    while (wait4(pid, &status, 0, &usage) < 0)
        if (errno != EINTR)
            return 125;
    long long end = now();
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    fprintf(results, "%lld %ld %d\n", end - start, usage.ru_maxrss, code);
    return code;
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    FILE *results = fopen(arguments[1], "we");
    if (!results || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
        perror(arguments[1]);
        return 125;
    }
    int code = 0;
    for (char **command = arguments + 2; !code && *command;) {
        char **end = command;
        while (*end && strcmp(*end, "--"))
            end++;
        int more = *end != NULL;
        *end = NULL;
        if (!strcmp(*command, "@reap"))
            while (wait(NULL) > 0 || errno == EINTR)
                ;
        else
            code = time_one(command, results);
        command = end + more;
    }
    return fclose(results) ? 125 : code;
}
