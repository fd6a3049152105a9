/* Starting and awaiting programs from the tests, whose process has threads: everything between fork and exec is C.
 *
 * Not Foundation's Process: it waits until a socket is closed which the program and all its descendants inherit, so it
 * never comes back from a runtime that leaves a container running.
 */
#ifndef SPAWN_REQUEST_H
#define SPAWN_REQUEST_H

#include <sys/types.h>

/* What shall be started, and how. Descriptors that `to` does not name are closed, 0, 1 and 2 too. */
struct spawn_request {
    char *const *arguments;   /* the program is arguments[0], looked up in the caller's PATH */
    char *const *environment; /* NULL: the caller's */
    const char *directory;    /* NULL: the caller's */
    const int *from;          /* descriptors of the caller ... */
    const int *to;            /* ... and the numbers at which the program gets them */
    int count;                /* how many; at most 64 */
    int controlling_terminal; /* 1: a session of its own, whose terminal is the program's descriptor 0 */
    int new_session;          /* 1: a session of its own */
    int change_ids;           /* 1: becomes uid and gid below, with the groups below */
    unsigned uid, gid;
    const unsigned *groups;
    int group_count;
};

/* Answers the pid, or -errno. */
pid_t spawn_start(const struct spawn_request *request);

/* Waits for a child of the caller. Answers its exit status, 128 + signal if a signal ended it, -ETIMEDOUT after
 * `timeout_milliseconds`, or -errno. */
int spawn_wait(pid_t pid, int timeout_milliseconds);

/* Starts a process that exchanges two names for each other without rest until it is killed: an attacker who hopes to
 * fall between a check and its use. Answers its pid or -errno. */
pid_t spawn_exchanger(const char *one, const char *other);

/* Makes the caller the parent of what its descendants leave behind. Answers 0 or -errno. */
int spawn_become_subreaper(void);

/* An empty file without a name, in memory. Answers its descriptor or -errno. */
int spawn_scratch(void);

/* A fresh pseudo-terminal of the given size: its two ends. Answers 0 or -errno. */
int spawn_open_terminal(int columns, int rows, int *master, int *slave);

/* Tells a pseudo-terminal its new size. Answers 0 or -errno. */
int spawn_resize_terminal(int master, int columns, int rows);

/* The terminal's local flags (c_lflag), or -errno. */
long spawn_local_flags(int terminal);

/* Waits until there is something to read. Answers 1, 0 after the time, -errno. */
int spawn_readable(int descriptor, int timeout_milliseconds);

/* A listening unix socket at a path of at most 107 bytes. Answers the descriptor or -errno. */
int spawn_listen(const char *path);

/* Accepts one connection within the time and takes the one descriptor that its first message carries. `text` gets
 * the message's bytes, ended by 0. Answers the descriptor, -ETIMEDOUT, -ENOMSG (no descriptor came), or -errno. */
int spawn_receive_descriptor(int listener, int timeout_milliseconds, char *text, size_t size);

/* A datagram socket bound to a path of at most 107 bytes. Answers the descriptor or -errno. */
int spawn_bind_datagram(const char *path);

/* Takes one datagram within the time; a descriptor in it is closed. `text` gets its bytes, ended by 0. Answers 0,
 * -ETIMEDOUT or -errno. */
int spawn_receive_datagram(int socket, int timeout_milliseconds, char *text, size_t size);

/* Sends a datagram to the socket at a path of at most 107 bytes. Answers 0 or -errno. */
int spawn_send_datagram(const char *path, const char *text);

/* Waits for the next call that a filter's listener is asked about, and answers it: with `value`, or with the errno
 * `error`, or, if that is negative, by letting the call be carried out. `number` gets the call's number. Answers 0,
 * -ETIMEDOUT, -ENODATA once no process has the filter any more, or -errno. */
int spawn_answer_call(int listener, int timeout_milliseconds, long long value, int error, int *number);

/* Accepts one connection within the time. Answers its descriptor, -ETIMEDOUT, or -errno. */
int spawn_accept(int listener, int timeout_milliseconds);

#endif
