internal import LinuxKernel
internal import OCISpec

/// What a command may want to do to a container.
enum Command {
    case start
    case kill
    case delete
    case update
    case checkpoint
    case exec
    case pause
    case resume
}

/// What the kernel says about a container's process.
struct Vitals: Equatable {
    /// The process is there.
    var isAlive: Bool
    /// The process's cgroup is frozen.
    var isFrozen = false
    /// The command that creates the container is there.
    var isCreatorAlive: Bool
    /// How far the birth has come.
    var phase: FlightRecorder.Phase
}

/// The status is derived from the kernel, never stored: a crash can't make it lie.
func status(_ vitals: Vitals) -> State.Status {
    if vitals.phase == .underway { return vitals.isCreatorAlive ? .creating : .stopped }
    if !vitals.isAlive { return .stopped }
    if vitals.isFrozen { return .paused }
    return vitals.phase == .executing ? .running : .created
}

/// The whole lifecycle on one screen: what a container becomes by a command; a pair that isn't listed is refused.
///
/// A container that was created and not started may be killed, and deleted: the specification allows neither plainly,
/// every manager needs both.
func next(_ status: State.Status, on command: Command) -> State.Status? {
    switch (status, command) {
    case (.created, .start): .running
    case (.created, .kill), (.running, .kill), (.paused, .kill): status  // its end makes it stopped
    case (.created, .update), (.running, .update), (.paused, .update): status
    case (.created, .exec), (.running, .exec): status
    case (.created, .pause), (.running, .pause): .paused
    case (.paused, .resume): .running  // or created, where it was not started
    case (.running, .checkpoint), (.paused, .checkpoint): .stopped
    case (.stopped, .delete), (.created, .delete): .stopped
    default: nil
    }
}
