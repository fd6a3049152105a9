internal import LinuxKernel

/// Failures on purpose, for tests: no release build has them.
enum FaultInjection {
    /// The step that is to fail; -1 for none.
    static var step: Int {
        #if DEBUG
            return Process.variable("SWRUN_FAULT_AT").flatMap(Int.init) ?? -1
        #else
            return -1
        #endif
    }
}
