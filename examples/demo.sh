#!/bin/bash
# The main job, start to end: a real Debian root filesystem with a C compiler, a bundle for it, a container in which
# hello world is written, compiled and run, and the proof that the host was not touched.
#
#     examples/demo.sh        (or: make demo)
#
# Needs root, Debian's apt, and a Swift toolchain. The root filesystem is kept in .build/demo: a second call is quick.
# SWRUN=/path/to/another/runtime runs the same with that one.
set -euo pipefail
cd "$(dirname "$0")/.."

demo=$PWD/.build/demo
rootfs=$demo/bundle/rootfs
container=swrun-demo-$$

say() {
    printf '\033[1m== %s\033[0m\n' "$*"
}

if [ "$(id -u)" -ne 0 ]; then
    echo "the demo needs root: containers with mappings for ordinary users come with a later release" >&2
    exit 1
fi

say "what is needed"
Tests/install-packages libyajl-dev libc6-dev mmdebstrap debian-archive-keyring ca-certificates jq

if [ -z "${SWRUN:-}" ] || [ "$SWRUN" = "$PWD/.build/release/swrun" ]; then
    say "swrun itself"
    "${SWIFT:-swift}" build -c release --product swrun
    SWRUN=$PWD/.build/release/swrun
fi

if [ ! -e "$demo/rootfs-is-complete" ]; then
    say "a Debian root filesystem with gcc (a minute or two, once)"
    rm -rf "$rootfs"
    mkdir -p "$rootfs"
    # On another distribution, or instead: dnf --installroot="$rootfs" --releasever=40 install bash coreutils gcc
    mmdebstrap --quiet --variant=minbase --include=gcc,libc6-dev \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        bookworm "$rootfs"
    touch "$demo/rootfs-is-complete"
fi

say "the bundle: what swrun spec writes, with another program and a writable /tmp"
rm -f "$demo/bundle/config.json"
"$SWRUN" spec --bundle "$demo/bundle"
jq --rawfile script examples/inside.sh '
    .process.args = ["/bin/bash", "-c", $script]
    | .process.terminal = false
    | .hostname = "greenhouse"
    | .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "size=64m"]}]
' "$demo/bundle/config.json" >"$demo/config.json"
mv "$demo/config.json" "$demo/bundle/config.json"

# What must not change: the host's programs, libraries, settings and home directories, the container's own root
# filesystem (its root is read-only), the mount table, the host name, and the cgroups' names.
host_state() {
    find /bin /boot /etc /home /lib* /opt /root /sbin /srv /usr "$rootfs" -xdev \
        \( -path '*/.cache' -o -path '*/.swiftpm' -o -path '*/__pycache__' \) -prune -o \
        -printf '%y %m %U:%G %s %T@ %C@ %p -> %l\n' 2>/dev/null | sort
    sed 's/^[0-9]* [0-9]* /mount /' /proc/self/mountinfo | sort
    echo "hostname $(uname -n)"
    find /sys/fs/cgroup -type d -name "$container*" -printf 'cgroup %p\n'
}

say "the host before"
host_state >"$demo/before"
echo "$(wc -l <"$demo/before") files and mounts noted"

say "the container"
"$SWRUN" run --bundle "$demo/bundle" "$container"

say "the host after"
host_state >"$demo/after"
if ! diff "$demo/before" "$demo/after"; then
    echo "the host has changed, see above" >&2
    exit 1
fi
echo "host unchanged"
