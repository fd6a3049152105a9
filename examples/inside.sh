# shellcheck shell=bash
# Runs inside the demo's container: writes a program, compiles it with the container's own compiler, runs it.
set -eu
cd /tmp
cat >helloworld.c <<'C'
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
    struct utsname host;
    uname(&host);
    printf("Hello, world! This is process %d on %s.\n", (int)getpid(), host.nodename);
    return 0;
}
C
gcc -O2 -Wall -o helloworld helloworld.c
echo "compiled with $(gcc --version | head -n 1), as $(id -un), in $PWD"
if touch /usr/bin/mark 2>/dev/null; then
    echo "the root file system should be read-only" >&2
    exit 1
fi
exec ./helloworld
