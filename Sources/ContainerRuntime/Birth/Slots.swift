internal import LinuxKernel
internal import OCISpec
internal import SafePaths

/// The descriptors that steps leave for later ones, by name.
struct Slots: ~Copyable {
    private var held: [(slot: Slot, number: Int32)] = []

    deinit {
        for entry in held { _ = FileDescriptor(adopting: entry.number) }
    }

    /// Leaves a descriptor for later steps.
    mutating func put(_ descriptor: consuming FileDescriptor, as slot: Slot) {
        held.append((slot, descriptor.release()))
    }

    /// Gives a descriptor away, for good.
    ///
    /// - Throws: EBADF where no step left it, which ``Swift/Array/check()`` rules out for every plan.
    mutating func take(_ slot: Slot) throws(StepError) -> FileDescriptor {
        guard let index = held.firstIndex(where: { $0.slot == slot }) else {
            throw StepError(CallError(.none, .badDescriptor))
        }
        return FileDescriptor(adopting: held.remove(at: index).number)
    }

    /// Closes a descriptor now, if it is there.
    mutating func close(_ slot: Slot) {
        guard let index = held.firstIndex(where: { $0.slot == slot }) else { return }
        FileDescriptor(adopting: held.remove(at: index).number).close()
    }

    /// The numbers of all descriptors that stay here.
    var numbers: [Int32] { held.map(\.number) }

    /// The number of a descriptor that stays here.
    func number(of slot: Slot) -> Int32? { held.first { $0.slot == slot }?.number }
}

/// What stopped a step.
struct StepError: Error, Equatable {
    /// The call that failed; nil where something else was found wrong.
    var call: CallError?
    /// The kernel's own words, or what was found out.
    var words = ""
    /// A number that belongs to it: the index of a hook.
    var detail: UInt32 = 0
    /// The property of the configuration that is to blame, where it is another one than the step's.
    var pointer: String?

    init(_ call: CallError?, words: String = "", detail: UInt32 = 0, pointer: String? = nil) {
        self.call = call
        self.words = words
        self.detail = detail
        self.pointer = pointer
    }

    init(_ error: PathError) {
        self.init(error.call, words: "at \(error.path) in the root filesystem")
    }
}

/// Runs kernel calls inside a step.
func step<R: ~Copyable>(_ body: () throws(CallError) -> R) throws(StepError) -> R {
    do { return try body() } catch { throw StepError(error) }
}

/// Runs kernel calls inside a step, and says what they were about when they fail.
func step<R: ~Copyable>(about words: String, _ body: () throws(CallError) -> R) throws(StepError) -> R {
    do { return try body() } catch { throw StepError(error, words: words) }
}

/// Runs look-ups in the root filesystem inside a step.
func inRootfs<R: ~Copyable>(_ body: () throws(PathError) -> R) throws(StepError) -> R {
    do { return try body() } catch { throw StepError(error) }
}

/// The root filesystem, shared by the steps that work in it.
final class RootTree {
    let root: Root

    init(adopting descriptor: consuming FileDescriptor) { root = Root(adopting: descriptor) }
}
