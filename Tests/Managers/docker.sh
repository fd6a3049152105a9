# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016
# Docker, with a daemon of its own that changes nothing of the machine's network.

docker_use() { export DOCKER_HOST=unix://$work/docker.sock DOCKER_BUILDKIT=0; }

docker_start() {
    docker_use
    docker_configure runc
    local options=(--config-file "$work/daemon.json" --data-root "$work/dk" --exec-root "$work/dkx" -p "$work/dk.pid"
        -H "$DOCKER_HOST" --iptables=false --ip6tables=false --ip-forward=false --bridge=none --storage-driver overlay2
        --exec-opt native.cgroupdriver="$cgroup_manager" --cgroup-parent "$(parent)")
    dockerd "${options[@]}" >"$work/dockerd.log" 2>&1 &
    echo $! >"$work/dockerd.pid"
    eventually docker version
    docker load -q -i "$work/bb-docker.tar"
}

# The classic builder takes the daemon's default runtime.
docker_configure() { # DEFAULT-RUNTIME
    printf '{"runtimes": {"swrun": {"path": "%s"}}, "default-runtime": "%s"}\n' "$SWRUN" "$1" >"$work/daemon.json"
}

docker_stop() {
    [ -e "$work/dockerd.pid" ] || return 0
    docker_tidy
    kill "$(cat "$work/dockerd.pid")"
    wait "$(cat "$work/dockerd.pid")"
    rm "$work/dockerd.pid"
    ! mountpoint -q "$work/dkx/netns/default" || umount "$work/dkx/netns/default"
    return 0
}

docker_tidy() {
    local ids
    docker_use
    ids=$(docker ps -aq)
    # shellcheck disable=SC2086
    [ -z "$ids" ] || docker rm -f $ids
}

drun() { docker run --runtime "$runtime" --network none "$@"; }
dsleep() { drun -d --name box "$@" localhost/bb sleep 100000; }

docker__run() {
    is output "hi" "$(drun --rm localhost/bb echo hi)"
    status_is 42 drun --rm localhost/bb sh -c 'exit 42'
    status_is 127 drun --rm localhost/bb nonsense
    status_is 127 drun --rm localhost/bb /no/such
    status_is 126 drun --rm localhost/bb /etc
    has "the terminal" "/dev/pts/0" "$(script -qec "docker run --runtime $runtime --network none --rm -t localhost/bb tty" /dev/null)"
    has "the first process" "docker-init" "$(drun --rm --init localhost/bb cat /proc/1/cmdline | tr '\0' ' ')"
    status_is 1 drun --rm --read-only localhost/bb touch /file
    is "the limit" "99" "$(drun --rm --ulimit nofile=99:99 localhost/bb sh -c 'ulimit -n')"
}

docker__exec() {
    dsleep
    is output "b /tmp 1000" "$(docker exec -e A=b -w /tmp -u 1000 box sh -c 'echo $A $(pwd) $(id -u)')"
    status_is 3 docker exec box sh -c 'exit 3'
    has "the terminal" "/dev/pts" "$(script -qec 'docker exec -it box tty' /dev/null)"
    status_is_one_of "126 127" docker exec box nonsense  # later releases of Docker say 127, with runc as well
    docker exec -d box touch /tmp/detached
    eventually docker exec box test -e /tmp/detached
    has top "sleep 100000" "$(docker top box)"
}

docker__build() {
    mkdir -p "$work/build"
    printf 'FROM localhost/bb\nRUN echo made >/made\n' >"$work/build/Dockerfile"
    docker_configure "$runtime"
    kill -HUP "$(cat "$work/dockerd.pid")"
    eventually sh -c "docker info -f '{{.DefaultRuntime}}' | grep -qx $runtime"
    docker build -q --network none -t made "$work/build"
    is "what was made" "made" "$(drun --rm made cat /made)"
}

docker__stats() {
    dsleep --memory 64m
    has stats "64MiB" "$(docker stats --no-stream --format '{{.MemUsage}}' box)"
}

docker__update() {
    dsleep --memory 64m --memory-swap 64m --pids-limit 50 --cpus 0.5
    is_in_a_scope "$(docker inspect -f '{{.State.Pid}}' box)"
    docker update --memory 96m --memory-swap 96m --cpus 1 box
    is "the limit" $((96 << 20)) "$(memory_limit "$(memory_directory "$(docker inspect -f '{{.State.Pid}}' box)")")"
}

docker__oom() {
    status_is 137 drun --name box --memory 16m --memory-swap 16m localhost/bb tail /dev/zero
    is "what is told of it" "true" "$(docker inspect -f '{{.State.OOMKilled}}' box)"
}

docker__pause() {
    dsleep
    docker pause box
    is "the status" "paused" "$(docker inspect -f '{{.State.Status}}' box)"
    docker unpause box
    is exec "here" "$(docker exec box echo here)"
}

docker__restart_policy() {
    drun -d --name box --restart on-failure:2 localhost/bb sh -c 'exit 3'
    eventually sh -c "docker inspect -f '{{.RestartCount}} {{.State.Status}}' box | grep -qx '2 exited'"
    is "the exit status" 3 "$(docker inspect -f '{{.State.ExitCode}}' box)"
}

docker__stop_and_logs() {
    drun -d --name box localhost/bb sh -c 'trap "echo bye; exit 4" TERM; echo hello; while :; do sleep 0.1; done'
    eventually sh -c 'docker logs box | grep -q hello'
    docker stop box
    is "the exit status" 4 "$(docker inspect -f '{{.State.ExitCode}}' box)"
    has "the log" "bye" "$(docker logs box)"
    docker start box
    docker kill box
    is "the exit status" 137 "$(docker wait box)"
}

docker__seccomp() {
    has "the mode" "2" "$(drun --rm localhost/bb grep Seccomp: /proc/self/status)"
    status_is 1 drun --rm --security-opt "seccomp=$work/seccomp.json" localhost/bb mkdir /tmp/x
}

docker__volumes() {
    mkdir -p "$work/shared"
    drun --rm -v "$work/shared:/data" localhost/bb sh -c 'echo written >/data/file'
    is "the file outside" "written" "$(cat "$work/shared/file")"
    status_is 1 drun --rm -v "$work/shared:/data:ro" localhost/bb sh -c 'echo x >/data/file'
    has "the tmpfs" "tmpfs" "$(drun --rm --tmpfs /scratch localhost/bb grep ' /scratch ' /proc/mounts)"
}
