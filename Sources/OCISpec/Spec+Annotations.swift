extension Spec {
    /// True if the process is to keep the caller's supplementary groups.
    public var keepsOriginalGroups: Bool { annotations?[KnownAnnotation.keepOriginalGroups] == "1" }

    /// True if a filter must not speak of system calls that the library doesn't know.
    public var failsUnknownCalls: Bool {
        guard let value = annotations?[KnownAnnotation.seccompFailsUnknown] else { return false }
        return value != "0"
    }

    /// Takes the listener's address from where it was before the specification had a place for it.
    ///
    /// - Parameter usual: the address where the annotations have none; crun reads it from RUN_OCI_SECCOMP_RECEIVER.
    public mutating func takeListenerFromAnnotations(usual: @autoclosure () -> String?) {
        guard let seccomp = linux?.seccomp, (seccomp.listenerPath ?? "").isEmpty, seccomp.usesNotification else {
            return
        }
        linux?.seccomp?.listenerPath = annotations?[KnownAnnotation.seccompReceiver] ?? usual()
    }
}
