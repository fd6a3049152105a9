internal import JSONCodec
internal import LinuxKernel
internal import OCISpec
internal import Seccomp

/// A filter that several may look at.
final class HeldFilter {
    let value: SystemCallFilter

    init(_ value: consuming SystemCallFilter) { self.value = value }
}

extension Walker {
    mutating func connectListener(_ path: String) throws(StepError) {
        slots.put(try step { () throws(CallError) in try FileDescriptor.connect(toSocket: path) }, as: .listener)
    }

    mutating func reserveFilter() throws(StepError) {
        filter = HeldFilter(try step { () throws(CallError) in try SystemCallFilter() })
    }

    /// The compiled filter, from the cache if it is there.
    mutating func makeFilter(_ kernelActions: [String]?) throws(StepError) {
        guard let filter, let seccomp = context.spec.linux?.seccomp else { return }
        let key = FilterKey(seccomp, library: "libseccomp " + Names.libraryVersion, kernelActions: kernelActions)
        // Which calls are known isn't written in the cache.
        if !context.spec.failsUnknownCalls, let program = context.directory.filterCache()?.find(key) {
            try step { () throws(CallError) in try filter.value.write(program) }
            return
        }
        let program: [UInt64]
        do throws(FilterError) {
            program = try profile(seccomp).compile()
        } catch {
            throw StepError(error)
        }
        // First for the process that may be waiting for it.
        try step { () throws(CallError) in try filter.value.write(program) }
        context.directory.filterCacheToFill()?.keep(program, for: key)
    }

    mutating func takeFilter(_ instructions: [UInt64]) throws(StepError) {
        guard let filter else { return }
        try step { () throws(CallError) in try filter.value.write(instructions) }
    }

    private func profile(_ seccomp: Spec.Linux.Seccomp) throws(FilterError) -> Profile {
        let profile = try Profile(seccomp)
        if context.spec.failsUnknownCalls { try profile.demandKnownCalls() }
        return profile
    }

    /// From here on each system call of the process may be stopped; the next one after the last load is execve.
    mutating func loadFilter(_ load: FilterLoad) throws(StepError) {
        guard let filter else { return }
        if case .execute(let arguments, let environment)? = plan.last?.action {
            prepared = PreparedProgram(program, arguments, environment: environment + homeVariable)
        }
        do throws(CallError) {
            if load.isLast { try resetSignals() }
            // Up to execve, which ends it.
            if load.showsItself { try Process.setDumpable(true) }
            try filter.value.load(SystemCallFilter.Flags(rawValue: load.bits))
        } catch {
            throw StepError(error, detail: .max)  // the number of no hook
        }
    }

    /// Sends the listener, with what the specification wants to be told about the container, on a connection of its own.
    mutating func passListener() throws(StepError) {
        guard let child, let filter, let seccomp = context.spec.linux?.seccomp else { return }
        let number = try waitForListener(filter)
        let document = try context.processState(pid: child.handle.pid, metadata: seccomp.listenerMetadata)
        let socket = try slots.take(.listener)
        try step { () throws(CallError) in
            let listener = try child.handle.duplicate(descriptor: number)
            try socket.send(document, with: listener)
            // At once: its end tells the receiver that nothing follows, and ours would keep the listener alive.
            listener.close()
        }
        socket.close()
    }

    /// Waits until the process has loaded its filter.
    ///
    /// It can't say so: any call might be one that waits for the listener's answer. It leaves the number in shared memory,
    /// some microseconds after it was let go.
    private func waitForListener(_ filter: HeldFilter) throws(StepError) -> Int32 {
        var turns = 0
        while true {
            if let number = filter.value.listener { return number }
            let patience: Int32 = turns < 200 ? 0 : 1
            // Before its filter the process says nothing more: that there is something to read is the end of it.
            let hasEnded = try step { () throws(CallError) in
                try Poll.wait([baton.raw], timeoutMilliseconds: patience)[0]
            }
            if hasEnded && filter.value.listener == nil { throw StepError.otherSideDied }
            turns += 1
        }
    }
}

extension BirthContext {
    fileprivate func processState(pid: Int32, metadata: String?) throws(StepError) -> [UInt8] {
        let state = State(
            ociVersion: Release.specificationVersion, id: id, status: target == nil ? .creating : .running,
            pid: target?.handle.pid ?? pid, bundle: bundle,
            annotations: spec.annotations)
        do throws(JSONError) {
            return try JSONEncoder().encode(ContainerProcessState(state, pid: pid, metadata: metadata))
        } catch {
            throw StepError(nil, words: "the container process state: \(error)")
        }
    }
}

extension ContainerDirectory {
    /// The compiled filters of this state root, to be read.
    fileprivate func filterCache() -> FilterCache? { withRoot { root in FilterCache(in: root) } }

    /// The same, made where it is missing.
    fileprivate func filterCacheToFill() -> FilterCache? { withRoot { root in FilterCache(makingIn: root) } }
}

extension StepError {
    fileprivate init(_ error: FilterError) {
        var call: CallError?
        if case .call(let failed) = error.problem { call = failed }
        self.init(call, words: error.words, pointer: "/linux/seccomp" + error.pointer)
    }
}
