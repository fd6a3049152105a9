# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016
# The CRI service of containerd, which is what Kubernetes' kubelet calls.

cri_use() {
    containerd_use
    export CONTAINERD_NAMESPACE=k8s.io
}

cri_start() {
    containerd_start || return 1
    cri_use
    ctr image import "$work/bb-oci.tar" && ctr image import "$work/pause-oci.tar"
}

cri_stop() {
    cri_use
    cri_tidy
    containerd_stop
}

cri_tidy() { CONTAINERD_NAMESPACE=k8s.io ctr_tidy_namespace; }
ctr_tidy_namespace() {
    local id
    for id in $(ctr task ls -q); do ctr task rm -f "$id"; done
    for id in $(ctr container ls -q); do ctr container rm "$id"; done
    return 0
}

cri__pod() {
    # Debian has no crictl.
    "$(dirname "${BASH_SOURCE[0]}")/cri-pod" "$CONTAINERD_ADDRESS" "$runtime" localhost/bb:latest "$(parent)"
}
