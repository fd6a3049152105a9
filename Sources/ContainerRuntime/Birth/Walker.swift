internal import LinuxKernel
internal import OCISpec

/// Walks a plan from top to bottom, in two processes at once.
///
/// Both walk the same list. Where the side changes, the baton crosses a socket: a handshake is nobody's code, and a list
/// reads in the order in which it happens. If either process dies, the other reads the end of the socket: nobody hangs,
/// and no orphan stays.
struct Walker: ~Copyable {
    let plan: Plan
    let context: BirthContext
    let recorder: FlightRecorder
    var baton: FileDescriptor
    var side: Side
    var slots: Slots
    /// The container's process, for the runtime.
    var child: HeldProcess?
    /// The root filesystem, for the container.
    var tree: RootTree?
    /// The container's `/dev`, where it is a tmpfs that this birth has mounted.
    var freshDevices: HeldDescriptor?
    /// True while it is the current directory.
    var standsInDevices = false
    /// The SELinux context of what hides directories; nil for none.
    var maskLabel: ContextOption?
    /// The container's cgroup; nil for none.
    let cgroup: CgroupHandle?
    /// The container's lock, which the runtime holds until it is done.
    let lock: HeldLock
    /// The variable that names the home directory, for the container; nil where the environment has one.
    var home: String?
    /// What was found as the program, for the container.
    var program = ""
    /// The filter of system calls, shared by both processes; nil for none.
    var filter: HeldFilter?
    /// Where hooks print.
    var hookFiles = HookFiles()
    /// The program with its arguments, ready behind a filter; nil where nothing stands in its way.
    var prepared: PreparedProgram?
    private var holder = Side.runtime

    init(
        plan: Plan, context: BirthContext, recorder: consuming FlightRecorder, baton: consuming FileDescriptor,
        side: Side, slots: consuming Slots, cgroup: CgroupHandle?, lock: HeldLock
    ) {
        self.plan = plan
        self.context = context
        self.recorder = recorder
        self.baton = baton
        self.side = side
        self.slots = slots
        self.cgroup = cgroup
        self.lock = lock
    }

    /// Carries out this side's steps from index `first` up to, but not including, `end`.
    mutating func walk(from first: Int, to end: Int) throws(BirthError) {
        for index in first..<end {
            let step = plan[index]
            do throws(StepError) {
                if !step.overlaps && step.side != holder {
                    if case .letGo = step.action {
                        // It has only this left to do.
                        if side == .runtime { recorder.publishReady() } else if goesOn(past: index) { continue }
                    }
                    if try !passBaton(to: step.side) {
                        // Has it ended, or gone on to its program? Then there is nothing left to do here.
                        guard case .letGo = step.action, recorder.phase == .executing else {
                            throw StepError.otherSideDied
                        }
                        return
                    }
                }
                guard step.side == side else { continue }
                if side == .container { recorder.began(index) }
                if context.isTraced { recorder.stamp(index) }
                #if DEBUG
                    if index == context.faultAt { throw StepError(CallError(.none, .inputOutput)) }
                #endif
                try perform(step.action)
            } catch {
                if side == .container {
                    // Before the baton closes: its end is the runtime's cue to read the record.
                    recorder.failed(error.call, detail: error.detail, words: error.words)
                }
                throw BirthError(index: index, error: error)
            }
        }
    }

    /// True for a container that needn't ask the runtime to let it go: two changes of the process are saved.
    private func goesOn(past index: Int) -> Bool {
        recorder.isReady && !context.isTraced && index != context.faultAt
    }

    /// False where the other process has closed its end, as by its death.
    private mutating func passBaton(to next: Side) throws(StepError) -> Bool {
        if holder == side {
            // A socket whose other end is closed answers EPIPE: the other process has died.
            do throws(CallError) { try baton.sendByte() } catch { throw StepError.otherSideDied }
        } else {
            var byte: [UInt8] = [0]
            let count: Int
            do throws(CallError) { count = try baton.read(into: &byte) } catch { throw StepError.otherSideDied }
            if count == 0 { return false }
        }
        holder = next
        return true
    }
}

extension StepError {
    /// The baton's other end is gone.
    static let otherSideDied = StepError(CallError(.none, .brokenPipe), words: "the other process died")
}

/// A step that failed, in either process.
struct BirthError: Error {
    /// The step's index in the plan.
    var index: Int
    /// What stopped it.
    var error: StepError
}

/// A lock that several may look at.
final class HeldLock {
    let value: ContainerDirectory.Lock

    init(_ value: consuming ContainerDirectory.Lock) { self.value = value }
}

/// What both processes of a birth know besides the plan.
final class BirthContext {
    let id: String
    let bundle: String
    let spec: Spec
    /// The configuration as it was read.
    let configuration: [UInt8]
    /// Where the state directory is.
    let directory: ContainerDirectory
    /// True if the time of each step is noted.
    let isTraced: Bool
    /// The step that fails on purpose, in debug builds; -1 for none.
    let faultAt: Int
    /// What is known of the container; written down as it grows.
    var record: Record
    /// The signals that the caller ignores, bit n-1 for signal n.
    let ignoredSignals: UInt64
    /// The caller's file mode mask.
    let umask: UInt32
    /// The first process of the container that is joined; nil at a birth.
    let target: HeldProcess?
    /// Called for what is worth a warning and no failure.
    let warn: (String) -> Void
    /// The environment of the runtime itself, for hooks that name none.
    var environment: [String] { Process.environment }

    init(
        id: String, bundle: String, spec: Spec, configuration: [UInt8], directory: ContainerDirectory, isTraced: Bool,
        faultAt: Int,
        record: Record, ignoredSignals: UInt64, umask: UInt32, target: HeldProcess? = nil,
        warn: @escaping (String) -> Void
    ) {
        self.id = id
        self.bundle = bundle
        self.spec = spec
        self.configuration = configuration
        self.directory = directory
        self.isTraced = isTraced
        self.faultAt = faultAt
        self.record = record
        self.ignoredSignals = ignoredSignals
        self.umask = umask
        self.target = target
        self.warn = warn
    }
}
