# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016
# containerd with the shim io.containerd.runc.v2, by its client ctr.

containerd_use() {
    export CONTAINERD_ADDRESS=$work/ctd/c.sock
}

ctr_use() {
    containerd_use
    export CONTAINERD_NAMESPACE=swrun-test-${work##*-}
}

# One daemon for ctr and CRI.
containerd_start() {
    containerd_use
    [ -e "$work/ctd/pid" ] && return 0
    local systemd=false
    [ "$cgroup_manager" != systemd ] || systemd=true
    mkdir -p "$work/ctd/cni"
    cat >"$work/ctd/config.toml" <<-E
	version = 2
	root = "$work/ctd/root"
	state = "$work/ctd/state"
	[grpc]
	  address = "$work/ctd/c.sock"
	[ttrpc]
	  address = "$work/ctd/c.sock.ttrpc"
	[plugins."io.containerd.grpc.v1.cri"]
	  sandbox_image = "localhost/pause:latest"
	  restrict_oom_score_adj = true
	  stream_server_port = "0"
	  [plugins."io.containerd.grpc.v1.cri".cni]
	    conf_dir = "$work/ctd/cni"
	  [plugins."io.containerd.grpc.v1.cri".containerd]
	    default_runtime_name = "runc"
	  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
	    runtime_type = "io.containerd.runc.v2"
	    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
	      SystemdCgroup = $systemd
	      BinaryName = "$RUNC"
	  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.swrun]
	    runtime_type = "io.containerd.runc.v2"
	    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.swrun.options]
	      SystemdCgroup = $systemd
	      BinaryName = "$SWRUN"
	E
    containerd -c "$work/ctd/config.toml" >"$work/ctd/log" 2>&1 &
    echo $! >"$work/ctd/pid"
    eventually ctr version
}

ctr_start() {
    containerd_start || return 1
    ctr_use
    ctr image import "$work/bb-oci.tar"
}

containerd_stop() {
    [ -e "$work/ctd/pid" ] || return 0
    kill "$(cat "$work/ctd/pid")"
    wait "$(cat "$work/ctd/pid")"
    rm "$work/ctd/pid"
}

# The daemon ends behind CRI, the last to use it.
ctr_stop() {
    ctr_use
    ctr_tidy
    remove_cgroups "$CONTAINERD_NAMESPACE"
}

ctr_tidy() {
    local id
    ctr_use
    for id in $(ctr task ls -q); do
        ctr task kill -s 9 "$id"
        eventually sh -c "ctr task ls | grep -q '^$id .*STOPPED' || ! ctr task ls -q | grep -qx '$id'"
        ctr task rm -f "$id"
    done
    for id in $(ctr container ls -q); do ctr container rm "$id"; done
    return 0
}

ctr_run() {
    local options=(--runc-binary "$(runtime_path)" --runc-root "$work/ctd/states-$runtime") number
    if [ "$cgroup_manager" = systemd ]; then
        # Behind the image comes the container's id.
        for ((number = 1; number < $#; number++)); do [ "${!number}" != localhost/bb:latest ] || break; done
        number=$((number + 1))
        options+=(--runc-systemd-cgroup --cgroup "$(parent):ctr:${!number}")
    fi
    ctr run "${options[@]}" "$@"
}
csleep() { ctr_run -d "$@" localhost/bb:latest c sleep 100000; }

ctr__run() {
    is output "hi" "$(ctr_run --rm localhost/bb:latest c echo hi)"
    status_is 42 ctr_run --rm localhost/bb:latest c sh -c 'exit 42'
    is "its place" "/tmp b" "$(ctr_run --rm --cwd /tmp --env A=b localhost/bb:latest c sh -c 'echo $(pwd) $A')"
    is "the host's network" "$(readlink /proc/self/ns/net)" \
        "$(ctr_run --rm --net-host localhost/bb:latest c readlink /proc/self/ns/net)"
    local message
    message=$(ctr_run --rm localhost/bb:latest c nonsense 2>&1) && fail "nonsense ran"
    has "the message" "executable file not found in \$PATH" "$message"
    has "the terminal" "/dev/pts" "$(script -qec "$(declare -p cgroup_manager); $(declare -f ctr_run runtime_path parent); ctr_run --rm -t localhost/bb:latest c sh -c 'tty; sleep 1'" /dev/null)"
}

ctr__exec() {
    csleep
    is output "hi" "$(ctr task exec --exec-id e1 c echo hi)"
    status_is 7 ctr task exec --exec-id e2 c sh -c 'exit 7'
    is "its place" "/tmp" "$(ctr task exec --exec-id e3 --cwd /tmp c pwd)"
    local message
    message=$(ctr task exec --exec-id e4 c nonsense 2>&1) && fail "nonsense ran"
    has "the message" "executable file not found in \$PATH" "$message"
    # ctr complains where the process has ended before the terminal got its size.
    has "the terminal" "/dev/pts" "$(script -qec 'ctr task exec --exec-id e5 -t c sh -c "tty; sleep 1"' /dev/null)"
    ctr task exec -d --exec-id e6 c sleep 1000
    has "the processes" "e6" "$(ctr task ps c)"
}

ctr__kill() {
    csleep
    has "the list" "RUNNING" "$(ctr task ls)"
    ctr task kill -s 9 c
    eventually sh -c 'ctr task ls | grep -q STOPPED'
    ctr task rm c
    ctr container rm c
    ctr_run -d localhost/bb:latest c sh -c 'sleep 1000 & sleep 1000 & exec sleep 1000'
    ctr task kill --all -s 9 c
    eventually sh -c 'ctr task ls | grep -q STOPPED'
}

ctr__pause() {
    csleep
    ctr task pause c
    has "the list" "PAUSED" "$(ctr task ls)"
    ctr task resume c
    has "the list" "RUNNING" "$(ctr task ls)"
    is exec "here" "$(ctr task exec --exec-id e c echo here)"
}

ctr__metrics() {
    csleep --memory-limit $((64 << 20))
    has metrics "memory" "$(ctr task metrics c)"
    is_in_a_scope "$(ctr task ls | awk '$1 == "c" {print $2}')"
}

# The images of the processes; then a second container goes on where the first one was.
ctr__checkpoint() {
    criu check >/dev/null 2>&1 || skip "criu doesn't work here"
    # Of a specification that it has saved already containerd forgets the images: each runtime's is another one.
    ctr_run -d --env "RUNTIME=$runtime" localhost/bb:latest c \
        sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/count; sleep 0.1; done' </dev/null
    eventually sh -c 'ctr task exec --exec-id e$RANDOM c grep -qE "^[0-9]{2,}" /tmp/count'
    ctr task checkpoint --image-path "$work/ctr-images-$runtime" c
    has "what was saved" "inventory.img" "$(ls "$work/ctr-images-$runtime")"
    has "the list" "RUNNING" "$(ctr task ls)"
    ctr container checkpoint --rw --task --image c "localhost/saved-$runtime:1"
    # The second one is to have the first one's cgroup.
    ctr task kill -s 9 c
    eventually sh -c 'ctr task ls | grep -q STOPPED'
    ctr task rm c
    ctr container rm c
    # It stays with the container.
    ctr container restore --rw --live d "localhost/saved-$runtime:1" &
    eventually sh -c "ctr task ls | grep -q '^d .*RUNNING'"
}

ctr__seccomp() {
    has "the mode" "2" "$(ctr_run --rm --seccomp localhost/bb:latest c grep Seccomp: /proc/self/status)"
}

ctr__a_hundred() {
    local number ids=()
    for number in $(seq 100); do
        ctr_run --rm localhost/bb:latest "h$number-${work##*-}" true
        ids+=("h$number-${work##*-}")
    done
    nothing_left "$work/ctd/states-$runtime/$CONTAINERD_NAMESPACE" "${ids[@]}"
}
