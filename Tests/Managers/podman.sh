# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016
# Podman, as root and without a network; storage and configuration of its own.

podman_use() {
    if [ ! -e "$work/containers.conf" ]; then
        mkdir -p "$work/podman"
        cat >"$work/containers.conf" <<-E
	[containers]
	default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
	[engine]
	cgroup_manager = "$cgroup_manager"
	events_logger = "file"
	tmp_dir = "$work/podman/tmp"
	volume_path = "$work/podman/volumes"
	network_config_dir = "$work/podman/net"
	infra_image = "localhost/pause:latest"
	runtime_supports_nocgroup = ["crun", "swrun"]
	runtime_supports_json = ["crun", "runc", "swrun"]
	[engine.runtimes]
	runc = ["$RUNC"]
	crun = ["${CRUN:-/usr/bin/crun}"]
	swrun = ["$SWRUN"]
	E
        printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/podman/root"\nrunroot = "%s/podman/run"\n' "$work" "$work" \
            >"$work/storage.conf"
    fi
    export CONTAINERS_CONF=$work/containers.conf CONTAINERS_STORAGE_CONF=$work/storage.conf
}

podman_start() { podman_use && podman version >/dev/null; }
podman_stop() { podman_tidy && podman volume rm -fa; }
podman_tidy() {
    podman_use
    podman pod rm -fa -t 0
    podman rm -fa -t 0
    # A pod's folders in hierarchies that aren't mounted here.
    rm -rf /sys/fs/cgroup/{net_cls,net_prio,perf_event}/"${work##*/}" 2>/dev/null
    return 0
}

p() { podman --runtime "$runtime" "$@"; }
# `podman run` in the cgroup of these tests.
prun() { p run --network none --cgroup-parent "$(parent)" "$@"; }
psleep() { prun -d --name c "$@" bb sleep 100000 >/dev/null; }
podman_state_root() { if [ "$runtime" = runc ]; then echo /run/runc; else echo /run/swrun; fi; }

podman__run() {
    is output "hi" "$(prun --rm bb echo hi)"
    is "standard input" "HELLO" "$(echo hello | prun --rm -i bb tr a-z A-Z)"
    status_is 42 prun --rm bb sh -c 'exit 42'
    status_is 127 prun --rm bb nonsense
    status_is 127 prun --rm bb /no/such
    status_is 126 prun --rm bb /etc
    is "the user" "1000:1000" "$(prun --rm -u user -w /tmp bb sh -c 'echo $(id -u):$(id -g)')"
}

podman__terminal() {
    has "the terminal" "/dev/pts/0" "$(prun --rm -t bb tty)"
    psleep
    has "the terminal of exec" "/dev/pts/" "$(p exec -t c tty)"
}

podman__logs() {
    prun -d --name c bb sh -c 'echo one; echo two >&2; sleep 100000' >/dev/null
    eventually sh -c 'podman logs c 2>&1 | grep -q two'
    is "standard output" "one" "$(p logs c 2>/dev/null)"
}

podman__exec() {
    psleep
    is output "b /tmp 1000" "$(p exec -e A=b -w /tmp -u 1000 c sh -c 'echo $A $(pwd) $(id -u)')"
    is "standard input" "HELLO" "$(echo hello | p exec -i c tr a-z A-Z)"
    status_is 3 p exec c sh -c 'exit 3'
    status_is 127 p exec c nonsense
    # Later releases of runc word it in a way that podman doesn't know.
    [ "$runtime" = runc ] || status_is 126 p exec c /etc
    p exec -d c touch /tmp/detached
    eventually podman exec c test -e /tmp/detached
}

podman__stats() {
    psleep --memory 64m
    has stats '"name": "c"' "$(p stats --no-stream --format json c)"
    has top "sleep 100000" "$(p top c)"
}

podman__pause() {
    psleep
    p pause c
    is "the status" "paused" "$(p inspect -f '{{.State.Status}}' c)"
    p unpause c
    is "exec after it" "here" "$(p exec c echo here)"
}

podman__kill() {
    prun -d --name c bb sh -c 'trap "exit 9" USR1; while :; do sleep 0.1; done' >/dev/null
    eventually sh -c 'podman top c | grep -q sleep'
    p kill -s USR1 c
    is "the exit status" 9 "$(p wait c)"
    p rm -f c
    psleep
    p kill c
    is "the exit status" 137 "$(p wait c)"
}

podman__restart() {
    psleep
    local before after
    before=$(p inspect -f '{{.State.Pid}}' c)
    p restart -t 0 c
    after=$(p inspect -f '{{.State.Pid}}' c)
    [ "$before" != "$after" ] || fail "the pid is the same"
    p stop -t 0 c
    is "the status" "exited" "$(p inspect -f '{{.State.Status}}' c)"
    p start c
    is "exec after it" "here" "$(p exec c echo here)"
}

podman__init() { has "the first process" "podman-init" "$(prun --rm --init bb cat /proc/1/cmdline | tr '\0' ' ')"; }

podman__volumes() {
    mkdir -p "$work/shared"
    prun --rm -v "$work/shared:/data" bb sh -c 'echo written >/data/file'
    is "the file outside" "written" "$(cat "$work/shared/file")"
    status_is 1 prun --rm -v "$work/shared:/data:ro" bb sh -c 'echo x >/data/file'
    prun --rm -v named:/data bb sh -c 'echo kept >/data/file'
    is "the volume's file" "kept" "$(prun --rm -v named:/data bb cat /data/file)"
    has "the tmpfs" "tmpfs" "$(prun --rm --tmpfs /scratch:size=1m bb grep ' /scratch ' /proc/mounts)"
}

podman__read_only() {
    status_is 1 prun --rm --read-only bb touch /file
    prun --rm --read-only bb touch /tmp/file
}

podman__capabilities() {
    has "nothing" "0000000000000000" "$(prun --rm --cap-drop all bb grep CapEff /proc/self/status)"
    has "one" "0000000000000001" "$(prun --rm --cap-drop all --cap-add chown bb grep CapEff /proc/self/status)"
    is "all of them" "$(grep CapEff /proc/self/status)" "$(prun --rm --privileged bb grep CapEff /proc/self/status)"
    has "no new privileges" "1" "$(prun --rm --security-opt no-new-privileges bb grep NoNewPrivs /proc/self/status)"
}

podman__seccomp() {
    has "the mode" "2" "$(prun --rm bb grep Seccomp: /proc/self/status)"
    has "the mode without" "0" "$(prun --rm --security-opt seccomp=unconfined bb grep Seccomp: /proc/self/status)"
    status_is 1 prun --rm --security-opt "seccomp=$work/seccomp.json" bb mkdir /tmp/x
    psleep --security-opt "seccomp=$work/seccomp.json"
    status_is 1 p exec c mkdir /tmp/x
}

podman__userns() {
    local map
    map=$(prun --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 bb sh -c 'cat /proc/self/uid_map; id -u')
    is "the mapping" "0 100000 65536 0" "$(echo "$map" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')"
    psleep --uidmap 0:100000:65536
    is "the user of exec" "0" "$(p exec c id -u)"
    status_is 1 p exec -u 1000 c touch /root/file
    is "the joined namespace" "$(p exec c readlink /proc/self/ns/user)" \
        "$(prun --rm --userns container:c bb readlink /proc/self/ns/user)"
    is "the host's" "$(readlink /proc/self/ns/user)" "$(prun --rm --userns host bb readlink /proc/self/ns/user)"
}

podman__groups() {
    has "the group" "4242" "$(prun --rm --group-add 4242 bb grep Groups /proc/self/status)"
    [ "$runtime" = runc ] && skip "it doesn't know the annotation of keep-groups"
    has "the caller's group" "4343" "$(setpriv --groups 4343 bash -c "$(declare -f p prun parent); \
        runtime=$runtime cgroup_manager=$cgroup_manager; prun --rm --group-add keep-groups bb grep Groups /proc/self/status")"
}

podman__limits() {
    psleep --memory 64m --pids-limit 50 --cpus 0.5
    local cgroup
    cgroup=$(p exec c sh -c 'cat /proc/self/cgroup')
    [ -n "$cgroup" ]
    is "the status" "running" "$(p inspect -f '{{.State.Status}}' c)"
    local directory
    directory=$(memory_directory "$(p inspect -f '{{.State.Pid}}' c)")
    is_in_a_scope "$(p inspect -f '{{.State.Pid}}' c)"
    is "the limit" $((64 << 20)) "$(memory_limit "$directory")"
    p update --memory 96m c
    is "the new limit" $((96 << 20)) "$(memory_limit "$directory")"
}

# The directory of the memory controller in which a process is, and the limit there.
memory_directory() {
    local line
    line=$(grep -E ':memory:' "/proc/$1/cgroup") && { echo "/sys/fs/cgroup/memory${line##*:}"; return; }
    line=$(grep -E '^0::' "/proc/$1/cgroup")
    echo "/sys/fs/cgroup${line##*:}"
}
memory_limit() { cat "$1/memory.limit_in_bytes" 2>/dev/null || cat "$1/memory.max"; }

podman__oom() {
    # That it was the OOM killer podman 4.3 learns from cgroup v2 only.
    status_is 137 prun --name c --memory 16m --memory-swap 16m bb tail /dev/zero
}

podman__no_cgroups() {
    [ "$runtime" = runc ] && skip "podman allows it with other runtimes only"
    is output "hi" "$(p run --rm --network none --cgroups=disabled bb echo hi)"
    p run -d --name c --network none --cgroups=disabled bb sleep 100000
    is "exec" "here" "$(p exec c echo here)"
    p stop -t 0 c
    p rm c
}

podman__namespaces() {
    is "the host's pids" "$(readlink /proc/self/ns/pid)" "$(prun --rm --pid host bb readlink /proc/self/ns/pid)"
    is "the host's ipc" "$(readlink /proc/self/ns/ipc)" "$(prun --rm --ipc host bb readlink /proc/self/ns/ipc)"
    is "the host's names" "$(readlink /proc/self/ns/uts)" "$(prun --rm --uts host bb readlink /proc/self/ns/uts)"
    is "the host's network" "$(readlink /proc/self/ns/net)" \
        "$(p run --rm --network host --cgroup-parent "$(parent)" bb readlink /proc/self/ns/net)"
    psleep --pid host
    p stop -t 1 c
    is "the status" "exited" "$(p inspect -f '{{.State.Status}}' c)"
    p rm c
    psleep
    prun --rm --pid container:c --ipc container:c bb sh -c 'ps | grep -q "sleep 100000"'
}

podman__pods() {
    p pod create --network none --cgroup-parent "$(parent)" --infra-image localhost/pause:latest --name pod
    p run -d --pod pod --name one bb sleep 100000
    p run -d --pod pod --name two bb sleep 100000
    local pid
    for pid in $(p inspect -f '{{.State.Pid}}' one two); do readlink "/proc/$pid/ns/ipc"; done | sort -u | wc -l | grep -qx 1
    p pod pause pod
    p pod unpause pod
    is "exec" "here" "$(p exec one echo here)"
    p pod stop -t 0 pod
    p pod start pod
    is "exec after a restart" "here" "$(p exec two echo here)"
}

podman__healthcheck() {
    psleep --health-cmd 'test -e /tmp/healthy' --health-interval disable
    status_is 1 p healthcheck run c
    p exec c touch /tmp/healthy
    p healthcheck run c
}

# A counter goes on where it was; the runtime says whether it can, and so does CRIU.
podman__checkpoint() {
    criu check >/dev/null 2>&1 || skip "criu doesn't work here"
    # What podman asks before it tries.
    [ "$runtime" = runc ] || "$(runtime_path)" checkpoint --help >/dev/null
    prun -d --name c --memory 64m bb sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/count; sleep 0.1; done' >/dev/null
    eventually sh -c 'podman exec c grep -qE "^[0-9]{2,}" /tmp/count'
    p container checkpoint --leave-running c
    is "the status" "running" "$(p inspect -f '{{.State.Status}}' c)"
    p container checkpoint c
    is "the status" "exited" "$(p inspect -f '{{.State.Status}}' c)"
    local before
    before=$(cat "$(podman mount c)/tmp/count")
    p container restore c
    is "the status" "running" "$(p inspect -f '{{.State.Status}}' c)"
    [ "$(p exec c cat /tmp/count)" -ge "$before" ] || fail "it began again"
    is "the limit" $((64 << 20)) "$(memory_limit "$(memory_directory "$(p inspect -f '{{.State.Pid}}' c)")")"
    is_in_a_scope "$(p inspect -f '{{.State.Pid}}' c)"
    # Into a file and, under another name, out of it.
    p container checkpoint -e "$work/saved.tar" c
    before=$(cat "$(podman mount c)/tmp/count")
    p rm c
    p container restore -i "$work/saved.tar" -n d
    [ "$(p exec d cat /tmp/count)" -ge "$before" ] || fail "it began again"
}

podman__build() {
    mkdir -p "$work/build"
    printf 'FROM localhost/bb\nRUN echo made >/made && id -u >/user\nUSER 1000\nRUN id -u >/tmp/user\nCMD ["cat","/made","/tmp/user"]\n' \
        >"$work/build/Containerfile"
    p build -q --isolation oci --runtime "$(runtime_path)" --network none -t made "$work/build"
    is "what was made" "made 1000" "$(prun --rm localhost/made | tr '\n' ' ' | sed 's/ $//')"
    p rmi -f made
}

podman__devices() {
    has "the node" "crw" "$(prun --rm --device /dev/null:/dev/other bb ls -l /dev/other)"
    is "the sysctl" "1" "$(prun --rm --sysctl net.ipv4.ip_forward=1 bb cat /proc/sys/net/ipv4/ip_forward)"
    is "the shared memory" "2.0M" "$(prun --rm --shm-size 2m bb df -h /dev/shm | awk 'NR==2 {print $2}')"
    is "the host name" "box" "$(prun --rm --hostname box bb hostname)"
}

podman__a_hundred() {
    local id ids=() number
    for number in $(seq 100); do
        id=$(prun -d bb echo "$number")
        ids+=("$id")
        p wait "$id" >/dev/null
        p rm "$id" >/dev/null
    done
    eventually is_gone "${ids[99]}"
    nothing_left "$(podman_state_root)" "${ids[@]}"
}
