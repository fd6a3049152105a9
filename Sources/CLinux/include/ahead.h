// A network namespace that is made while the caller does something else.
//
// Of all that a container gets it takes the kernel longest, a third of a millisecond, and needs nothing that the caller
// has yet to find out. A thread makes it: not one of the C library's, which would have all later calls lock, but one that
// uses nothing of the process's but its table of descriptors.
#pragma once

// Begins; once at a time.
void sw_begin_network(void);
// Waits for the thread to end, and answers a descriptor of the namespace, with its loopback interface up, or -errno of
// what *failed says.
int sw_take_network(int *failed);

enum { SW_NETWORK_CLONE, SW_NETWORK_UNSHARE, SW_NETWORK_SOCKET, SW_NETWORK_LOOPBACK, SW_NETWORK_OPEN };
