internal import CRootfs

/// The signals that end a command in good order.
enum Signals {
    /// From now on they are noted, and whoever works long looks here.
    static func watch() { rf_catch_signals() }

    /// Whether one came.
    static var came: Bool { rf_interrupted() != 0 }

    /// 128 and the number of the one that came.
    static var exitStatus: Int32 { 128 + rf_interrupted() }
}
