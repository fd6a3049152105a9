internal import JSONCodec
internal import LinuxKernel
internal import OCISpec

extension Walker {
    /// Runs all hooks of a kind, in order; the first that fails ends the birth.
    mutating func runHooks(_ kind: HookKind) throws(StepError) {
        let pid: Int32 =
            switch side {
            case .runtime: child?.handle.pid ?? 0
            case .container: Process.id  // as seen where the hook runs
            }
        let status: State.Status =
            switch kind {
            case .prestart, .createRuntime, .createContainer: .creating
            case .startContainer: .created
            case .poststart: .running
            case .poststop: .stopped
            }
        let runner = HookRunner(
            // Inside the container the bundle can't be seen; its own `/` is where the process stands.
            directory: kind == .startContainer ? "/" : context.bundle,
            // Never the image's variables: a host program would obey its LD_PRELOAD (CVE-2025-23266).
            inheritedEnvironment: kind == .startContainer ? context.spec.process?.env ?? [] : context.environment,
            umask: kind == .startContainer ? nil : context.umask, catchesSignals: side == .runtime, files: hookFiles)
        let state = try context.stateDocument(status, pid: pid)
        for (index, hook) in (context.spec.hooks?.list(kind) ?? []).enumerated() {
            do throws(HookRunner.HookError) {
                try runner.run(hook, state: state)
            } catch {
                throw StepError(error.call, words: error.words, detail: UInt32(index))
            }
        }
    }
}

extension Walker {
    mutating func openHookFile(_ stream: HookStream, _ path: String) throws(StepError) {
        let file = HeldDescriptor(try step { () throws(CallError) in try HookFiles.open(path) })
        hookFiles.set(file, as: stream)
    }

    /// The numbers of the files that are needed until the program is executed.
    var lateHookFiles: [Int32] { (context.spec.hooks?.startContainer ?? []).isEmpty ? [] : hookFiles.numbers }
}

extension BirthContext {
    /// The state as hooks get it.
    func stateDocument(_ status: State.Status, pid: Int32) throws(StepError) -> [UInt8] {
        let state = State(
            ociVersion: Release.specificationVersion, id: id, status: status, pid: pid, bundle: bundle,
            annotations: spec.annotations)
        do throws(JSONError) {
            return try JSONEncoder().encode(state)
        } catch {
            throw StepError(nil, words: "the state document: \(error)")
        }
    }
}
