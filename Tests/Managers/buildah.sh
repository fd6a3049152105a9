# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016
# Buildah, with Podman's storage.

buildah_use() { podman_use; }
buildah_start() { podman_use && buildah version >/dev/null; }
buildah_stop() { buildah_tidy; }
buildah_tidy() {
    podman_use
    buildah rm --all
    return 0
}

brun() { buildah run --isolation oci --runtime "$(runtime_path)" --network none "$@"; }

buildah__run() {
    local c
    c=$(buildah from localhost/bb)
    is output "hi" "$(brun "$c" echo hi)"
    status_is 7 brun "$c" sh -c 'exit 7'
    brun "$c" sh -c 'echo kept >/kept'
    is "what was kept" "kept" "$(brun "$c" cat /kept)"
    mkdir -p "$work/shared"
    echo shared >"$work/shared/file"
    is "the volume" "shared" "$(brun -v "$work/shared:/data" "$c" cat /data/file)"
    has "the terminal" "/dev/pts" "$(script -qec "$(declare -f brun runtime_path); brun -t $c tty" /dev/null)"
}

buildah__bud() {
    mkdir -p "$work/build"
    printf 'FROM localhost/bb\nRUN echo made >/made\nWORKDIR /w\nRUN pwd >/where\n' >"$work/build/Containerfile"
    buildah bud -q --isolation oci --runtime "$(runtime_path)" --network none -t bud "$work/build"
    local c
    c=$(buildah from localhost/bud)
    is "what was made" "made /w" "$(brun "$c" sh -c 'echo $(cat /made) $(cat /where)')"
    printf 'FROM localhost/bb\nRUN exit 5\n' >"$work/build/Containerfile"
    status_is 5 buildah bud -q --isolation oci --runtime "$(runtime_path)" --network none "$work/build" ||
        status_is 1 buildah bud -q --isolation oci --runtime "$(runtime_path)" --network none "$work/build"
}
