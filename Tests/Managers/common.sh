# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016
# What the scenarios of all managers share.

# Packages of Debian with the managers and what they need.
# shellcheck disable=SC2034
packages=(busybox-static runc podman conmon catatonit buildah containerd docker.io iptables python3-grpcio uidmap jq)

# script(1) runs functions of this shell.
export SHELL=/bin/bash

# Who makes the cgroups: the runtime itself, or systemd at its request.
cgroup_manager=${CGROUP_MANAGER:-cgroupfs}

# The cgroup in which the containers of these tests are: a path, or a slice of systemd's.
parent() { if [ "$cgroup_manager" = systemd ]; then echo swruntest.slice; else echo "/${work##*/}"; fi; }

# Demands that the cgroup of a process is a scope of systemd's in that slice, where systemd makes the cgroups.
is_in_a_scope() { # PID
    [ "$cgroup_manager" = systemd ] || return 0
    local place
    place=$(sed -n 's/^0:://p' "/proc/$1/cgroup")
    has "the cgroup" "/swruntest.slice/" "$place"
    is "what systemd says of ${place##*/}" "$place active" \
        "$(systemctl show -p ControlGroup -p ActiveState --value "${place##*/}" | sort | xargs)"
}

# Fails with a sentence.
fail() {
    echo "FAILED: $*"
    exit 1
}

# Ends the scenario as one that can't be played here.
skip() {
    echo "skipped: $*"
    exit 1
}

# Demands that a text is another one.
is() { # WHAT EXPECTED ACTUAL
    [ "$2" = "$3" ] || fail "$1 is «$3», not «$2»"
}

# Demands that a text has a part.
has() { # WHAT PART ACTUAL
    case $3 in
        *"$2"*) ;;
        *) fail "$1 has no «$2»: «$3»" ;;
    esac
}

# Demands that a command ends with a status.
status_is() { # STATUS COMMAND...
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" -eq "$wanted" ] || fail "$* ended with $status, not $wanted"
}

# Demands that a command ends with one of several statuses.
status_is_one_of() { # "STATUS..." COMMAND...
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [[ " $wanted " == *" $status "* ]] || fail "$* ended with $status, not one of $wanted"
}

# Repeats a command until it succeeds, for at most 20 seconds.
eventually() { # COMMAND...
    local try
    for try in $(seq 200); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    fail "it never came to: $* (after $try tries)"
}

# The runtime's program.
runtime_path() { if [ "$runtime" = runc ]; then echo "$RUNC"; else echo "$SWRUN"; fi; }

# True if no process has the id on its command line.
is_gone() { ! grep -lqs "$1" /proc/[0-9]*/cmdline; }

# Demands that nothing of these containers is left: processes, mounts, cgroups, states below a root.
nothing_left() { # STATE-ROOT ID...
    local root=$1 id
    shift
    for id in "$@"; do
        [ ! -e "$root/$id" ] || fail "the state of $id is left in $root"
        ! grep -q "$id" /proc/self/mountinfo || fail "mounts of $id are left: $(grep "$id" /proc/self/mountinfo)"
    done
    local names
    names=$(find /sys/fs/cgroup -type d -name '*[0-9a-f]*' 2>/dev/null || true)
    for id in "$@"; do
        case $names in *"$id"*) fail "a cgroup of $id is left" ;; esac
        is_gone "$id" || fail "a process of $id is left"
    done
}

# Makes the root filesystem and the images of it that the managers import.
make_images() {
    local name
    mkdir -p "$work"/bb/{bin,dev,etc,proc,sys,tmp,root,home,var}
    chmod 1777 "$work/bb/tmp"
    cp /bin/busybox "$work/bb/bin/"
    for name in $(busybox --list); do
        [ "$name" = busybox ] || ln -sf busybox "$work/bb/bin/$name"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$work/bb/etc/passwd"
    echo 'user:x:1000:1000:user:/home:/bin/sh' >>"$work/bb/etc/passwd"
    echo 'root:x:0:' >"$work/bb/etc/group"
    echo 'user:x:1000:' >>"$work/bb/etc/group"
    tar -C "$work/bb" -cf "$work/bb.tar" .
    # Denies one call, so that it can be seen to work.
    cat >"$work/seccomp.json" <<-'J'
	{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
	 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
	J
    podman_use
    podman import -q "$work/bb.tar" localhost/bb:latest >/dev/null || return 1
    podman import -q -c 'CMD ["/bin/sleep","100000"]' "$work/bb.tar" localhost/pause:latest >/dev/null || return 1
    local image
    for image in bb pause; do
        podman save -q --format oci-archive -o "$work/$image-oci.tar" "localhost/$image:latest" || return 1
    done
    podman save -q --format docker-archive -o "$work/bb-docker.tar" localhost/bb:latest
}

# The empty cgroups that managers leave for ever; those of others, in use, stay.
remove_cgroups() { # NAME...
    local name directory
    for name in "$@"; do
        for directory in /sys/fs/cgroup/*/"$name" /sys/fs/cgroup/"$name"; do
            [ -d "$directory" ] && find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null
        done
    done
    return 0
}

clean_up() {
    local manager line
    for manager in "${managers[@]}"; do "${manager}_stop" >/dev/null 2>&1; done
    podman_use
    podman rm -fa -t 0 >/dev/null 2>&1
    # Deepest first: whatever a manager mounted below the directory and left.
    awk -v w="$work" 'index($5, w) == 1 {print $5}' /proc/self/mountinfo | sort -r | while read -r line; do
        umount -l "$line"
    done
    remove_cgroups "${work##*/}" swruntest.slice
    # Podman's own, which builds are in, unless it was there before.
    [ -e "$work/libpod_parent" ] || remove_cgroups libpod_parent
    if [ -n "${KEEP:-}" ]; then echo "kept: $work"; else rm -rf --one-file-system "$work"; fi
}
