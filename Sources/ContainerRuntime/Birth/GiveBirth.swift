internal import Cgroups
internal import LinuxKernel

/// A container's process that is there, with all that its creator still holds of it.
struct Born: ~Copyable {
    /// The process.
    let process: HeldProcess
    /// The socket to it, which ends when it executes its program.
    let baton: FileDescriptor
    /// The record of the birth.
    let recorder: FlightRecorder
    /// Where the terminal's master arrives; nil without a terminal to relay.
    let consoleReceiver: HeldDescriptor?
    /// Where the container says that it is ready; nil where nobody wants to know.
    let readiness: HeldDescriptor?
}

/// A descriptor that several may look at.
final class HeldDescriptor {
    let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
}

/// A process that several may look at.
final class HeldProcess {
    let handle: ProcessHandle

    init(_ handle: consuming ProcessHandle) { self.handle = handle }
}

/// Carries a plan out, in two processes.
///
/// On failure nobody is left alive; what the plan made outside of the process is the caller's to remove.
func giveBirth(
    _ plan: Plan, _ context: BirthContext, _ cgroup: CgroupHandle?, _ lock: HeldLock,
    _ recorder: consuming FlightRecorder
) throws(Failure) -> Born {
    guard let fork = plan.firstIndex(where: { if case .clone = $0.action { true } else { false } }) else {
        throw Failure(.hostFailed, "the plan has no process")
    }
    let pair = try socketPair()
    let ours = pair.first
    let theirs = pair.second
    var walker = Walker(
        plan: plan, context: context, recorder: recorder, baton: ours, side: .runtime, slots: Slots(),
        cgroup: cgroup, lock: lock)
    do throws(BirthError) {
        try walker.walk(from: 0, to: fork)
        switch try walker.clone(at: fork) {
        case .child:
            walker.becomeContainer(theirs, from: fork + 1)
        case .parent(let pid, let process):
            walker.adopt(pid, process)
            theirs.close()  // at once: its end is how this process learns of the other's
        }
        try walker.walk(from: fork + 1, to: plan.count)
    } catch {
        throw walker.fail(error)
    }
    return try walker.finish()
}

private func socketPair() throws(Failure) -> DescriptorPair {
    do throws(CallError) {
        return try FileDescriptor.socketPair()
    } catch {
        throw Failure(.hostFailed, "cannot make the socket between the two processes", call: error)
    }
}

extension Walker {
    /// Clones at a step of the plan.
    func clone(at index: Int) throws(BirthError) -> Process.Cloned {
        guard case .clone(let namespaces, let intoCgroup) = plan[index].action else {
            throw BirthError(index: index, error: StepError(CallError(.clone3, .invalid)))
        }
        do throws(CallError) {
            if context.isTraced { recorder.stamp(index) }
            recorder.began(index)
            #if DEBUG
                if index == context.faultAt { throw CallError(.clone3, .inputOutput) }
            #endif
            let target = intoCgroup ? cgroup?.directories.cloneTarget : nil
            return try Process.clone(namespaces: namespaces, intoCgroup: target)
        } catch {
            throw BirthError(index: index, error: StepError(error))
        }
    }

    /// The new process: from here on it is the container's side of the list, and doesn't come back.
    ///
    /// Not declared as `Never`: a value without copies goes right after its last use in a branch that never returns, and
    /// the socket would close before the record says why.
    mutating func becomeContainer(_ socket: consuming FileDescriptor, from index: Int) {
        takeBaton(socket)
        side = .container
        // What stopped it is in the record; the end of the socket says that it did.
        try? walk(from: index, to: plan.count)
        Process.exitNow(127)
    }

    /// The runtime's end is closed at once in the container's process: else it would never see that the runtime died.
    private mutating func takeBaton(_ socket: consuming FileDescriptor) {
        var other = socket
        swap(&baton, &other)
        other.close()
    }

    /// The runtime holds the new process.
    mutating func adopt(_ pid: Int32, _ process: consuming FileDescriptor) {
        let handle = ProcessHandle(pid: pid, adopting: process)
        recorder.childPID = pid
        recorder.identity = (try? handle.identity()) ?? 0  // without it the start time tells processes apart
        child = HeldProcess(handle)
        // The sender's end of the terminal's channel belongs to the container alone, or its death would go unseen.
        slots.close(.console)
    }

    /// Nobody is left alive, and the failure is what stopped whoever failed first.
    mutating func fail(_ error: BirthError) -> Failure {
        // What this walk holds goes with it, so that undoing it doesn't meet the limit on open files.
        FileDescriptor.closeAtOnceAgain()
        var ending: ExitStatus?
        if let process = child {
            // ESRCH: it has ended by itself.
            try? process.handle.signal(Signals.kill)
            ending = try? process.handle.wait()
            child = nil
            endUnadopted(besides: process.handle.pid)
        }
        return failure(for: error, ending)
    }

    /// What the first process has made in its place is a child of this one from the start, adopted or not: unreaped, it
    /// would keep the pid namespace that it joined from ending.
    private func endUnadopted(besides pid: Int32) {
        let final = recorder.childPID
        guard final > 0, final != pid, let process = try? ProcessHandle(pid: final) else { return }
        // As above.
        try? process.signal(Signals.kill)
        _ = try? process.wait()
    }

    /// What a step left for whoever follows the container; nil where none did.
    private mutating func takeHeld(_ slot: Slot) -> HeldDescriptor? {
        guard slots.number(of: slot) != nil, let descriptor = try? slots.take(slot) else { return nil }
        return HeldDescriptor(descriptor)
    }

    /// Hands over what is left when the list is done.
    consuming func finish() throws(Failure) -> Born {
        let receiver = takeHeld(.consoleReceiver)
        let readiness = takeHeld(.readiness)
        guard let process = child else { throw Failure(.hostFailed, "the container's process is gone") }
        return Born(process: process, baton: baton, recorder: recorder, consoleReceiver: receiver, readiness: readiness)
    }
}
