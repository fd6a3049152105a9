// Pseudo-terminals.
#pragma once
#include <sys/ioctl.h>
#include <termios.h>

static inline int sw_tcgetattr(int fd, struct termios *out) { return SW_RET(tcgetattr(fd, out)); }
static inline int sw_tcsetattr(int fd, const struct termios *mode) { return SW_RET(tcsetattr(fd, TCSANOW, mode)); }
static inline void sw_cfmakeraw(struct termios *mode) { cfmakeraw(mode); }
static inline int sw_terminal_size(int fd, unsigned short *rows, unsigned short *columns) {
    struct winsize size = {0};
    int result = SW_RET(ioctl(fd, TIOCGWINSZ, &size));
    *rows = size.ws_row;
    *columns = size.ws_col;
    return result;
}
static inline int sw_terminal_set_size(int fd, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return SW_RET(ioctl(fd, TIOCSWINSZ, &size));
}
static inline int sw_terminal_unlock(int fd) {
    int locked = 0;
    return SW_RET(ioctl(fd, TIOCSPTLCK, &locked));
}
static inline int sw_terminal_peer(int fd, int flags) { return SW_RET(ioctl(fd, TIOCGPTPEER, flags)); }
static inline int sw_terminal_make_controlling(int fd) { return SW_RET(ioctl(fd, TIOCSCTTY, 0)); }
