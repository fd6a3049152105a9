extension Spec {
    /// True if the process is to keep the caller's supplementary groups.
    public var keepsOriginalGroups: Bool { annotations?[KnownAnnotation.keepOriginalGroups] == "1" }

    /// True if a filter must not speak of system calls that the library doesn't know.
    public var failsUnknownCalls: Bool {
        guard let value = annotations?[KnownAnnotation.seccompFailsUnknown] else { return false }
        return value != "0"
    }

    /// The filter of system calls that an annotation brings; nil without one.
    public var filterData: String? { annotations?[KnownAnnotation.seccompProgram] }

    /// The property that asks for the filter of system calls, as a JSON pointer.
    public var filterPointer: String {
        filterData == nil ? "/linux/seccomp" : "/annotations/\(KnownAnnotation.seccompProgram)"
    }

    /// Forgets the configured filter, with flags and listener, where an annotation brings another one.
    public mutating func takeFilterFromAnnotations() {
        if filterData == nil { return }
        linux = linux ?? Linux()
        linux?.seccomp = Linux.Seccomp(defaultAction: .allow)
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
