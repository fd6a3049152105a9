internal import CLinux
internal import LinuxKernel
internal import ProbeChecks

/// Checks that need a process of their own, with one thread: `kernel-probe WHAT` prints what doesn't hold and answers 1.
///
/// - `owners`: when descriptors are closed, and which are close-on-exec.
/// - `leave`: closing is left to the end.
/// - `ranges`: many descriptors closed or marked at once.
/// - `signals`: masks and dispositions.
/// - `children`: how processes end.
/// - `scheduling`: policy, I/O priority, CPUs, memory policy and domain are read back.
/// - `execute`: executes itself as `print`, with arguments that are odd.
/// - `namespaces`: user namespaces without a process in them; needs root.
/// - `print`: prints arguments and environment, one a line.
@main enum Probe {
    static func main() {
        var checks = Checks()
        do {
            switch CommandLine.arguments.dropFirst().first {
            case "owners": try owners(&checks)
            case "leave": try leave(&checks)
            case "ranges": try ranges(&checks)
            case "signals": try signals(&checks)
            case "children": try children(&checks)
            case "namespaces": try namespaces(&checks)
            case "scheduling": try scheduling(&checks)
            case "execute": try execute()
            case "print":
                for text in CommandLine.arguments.dropFirst(2) + Process.environment { print("«\(text)»") }
            default: checks.expect("a known word is given", false)
            }
        } catch {
            checks.expect("nothing is thrown: \(error)", false)
        }
        exit(checks.failed ? 1 : 0)
    }
}

private func open() throws(CallError) -> FileDescriptor { try FileDescriptor.open("/dev/null", .readWrite) }

/// The number of a descriptor whose owner goes at once.
private func forgotten() throws(CallError) -> Int32 {
    let file = try open()
    return file.raw
}

private func isCloseOnExec(_ number: Int32) -> Bool { sw_fcntl_getfd(number) & FD_CLOEXEC != 0 }

private func owners(_ checks: inout Checks) throws {
    checks.expect("a descriptor is closed when its owner goes", try !FileDescriptor.isOpen(forgotten()))
    let closed = try open()
    let number = closed.raw
    closed.close()
    checks.expect("close closes", !FileDescriptor.isOpen(number))
    let released = try open().release()
    checks.expect("release leaves it open", FileDescriptor.isOpen(released))
    try FileDescriptor.withNumber(released) { (_) throws(CallError) in }
    checks.expect("withNumber leaves it open", FileDescriptor.isOpen(released))
    do throws(CallError) {
        try FileDescriptor.withNumber(released) { (_) throws(CallError) in throw CallError(.none, .invalid) }
    } catch {
        checks.expect("withNumber leaves it open when it throws", FileDescriptor.isOpen(released))
    }

    let file = try open()
    checks.expect("a file is close-on-exec", isCloseOnExec(file.raw))
    checks.expect("a duplicate is, and numbered as wanted", try isCloseOnExec(file.duplicate(atLeast: 100).raw))
    let copy = try file.duplicate(atLeast: 100)
    checks.expect("a duplicate is numbered as wanted", copy.raw >= 100)
    let pipe = try FileDescriptor.pipe()
    checks.expect("a pipe is", isCloseOnExec(pipe.first.raw) && isCloseOnExec(pipe.second.raw))
    let sockets = try FileDescriptor.socketPair()
    checks.expect("a socket is", isCloseOnExec(sockets.first.raw) && isCloseOnExec(sockets.second.raw))
    checks.expect("a memory file is", try isCloseOnExec(FileDescriptor.memoryFile("x", sealable: true).raw))
    checks.expect("a signal descriptor is", try isCloseOnExec(Signals.descriptor(for: 0).raw))
    checks.expect("a pidfd is", try isCloseOnExec(ProcessHandle(pid: Process.id).descriptor.raw))

    try file.install(as: 50)
    checks.expect("an installed one isn't", FileDescriptor.isOpen(50) && !isCloseOnExec(50))
    checks.expect("the original still is", isCloseOnExec(file.raw))
    try file.install(as: file.raw)
    checks.expect("one that is installed in its own place isn't", !isCloseOnExec(file.raw))
}

private func leave(_ checks: inout Checks) throws {
    FileDescriptor.leaveClosingToTheEnd()
    let left = try forgotten()
    checks.expect("a descriptor stays open when its owner goes", FileDescriptor.isOpen(left))
    FileDescriptor(adopting: left).close()
    checks.expect("close still closes", !FileDescriptor.isOpen(left))
    let high = try highNumber()
    checks.expect("a high one is closed all the same", high >= 256 && !FileDescriptor.isOpen(high))
}

private func highNumber() throws(CallError) -> Int32 {
    let file = try open().duplicate(atLeast: 300)
    return file.raw
}

private func ranges(_ checks: inout Checks) throws {
    let original = try open()
    func fill() throws(CallError) { for number in Int32(20)..<40 { try original.install(as: number) } }
    func opened() -> [Int32] { (Int32(20)..<40).filter(FileDescriptor.isOpen) }

    try fill()
    try FileDescriptor.closeOnExec(from: 30)
    let marked = opened().filter(isCloseOnExec)
    checks.expect("those from 30 on are marked, and no others (\(marked))", marked == Array(30..<40))
    try FileDescriptor.closeAll(from: 25, except: [38, 27, 2, 28])
    checks.expect("the named ones are kept (\(opened()))", opened() == [20, 21, 22, 23, 24, 27, 28, 38])
    try fill()
    try FileDescriptor.closeAll(from: 20, except: [])
    checks.expect("without names all go", opened().isEmpty)
    try FileDescriptor.closeAll(from: 20, except: [20])
    checks.expect("the standard streams stay", FileDescriptor.standardStreamsAreOpen())
    try FileDescriptor.closeAll(from: 0, except: [1, 2])
    checks.expect("a missing standard stream is seen", !FileDescriptor.standardStreamsAreOpen())
}

/// The ignored signals, without the two that glibc keeps for itself and ignores in what posix_spawn starts.
private func ignored() throws -> UInt64 {
    let text = String(
        decoding: try FileDescriptor.open("/proc/self/status", .readOnly).readAll(limitBytes: 1 << 16), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("SigIgn:") } ?? ""
    return (UInt64(line.dropFirst(8), radix: 16) ?? .max) & ~(Signals.bit(32) | Signals.bit(33))
}

private func signals(_ checks: inout Checks) throws {
    let user = Signals.bit(10)
    try Signals.setMask(0)
    checks.expect("the old mask is answered", try Signals.setMask(user) == 0)
    checks.expect("and the next one", try Signals.setMask(Signals.all) == user)
    let mask = try Signals.setMask(user)
    checks.expect("SIGKILL and SIGSTOP can't be blocked", mask & (Signals.bit(9) | Signals.bit(19)) == 0)

    let reader = try Signals.descriptor(for: user)
    checks.expect("no signal has come", try !reader.waitReadable(timeoutMilliseconds: 0))
    try ProcessHandle(pid: Process.id).signal(10)
    checks.expect("a signal has come", try reader.waitReadable(timeoutMilliseconds: 1000))
    var record = [UInt8](repeating: 0, count: 128)
    checks.expect("it is read whole", try reader.read(into: &record) == 128)
    checks.expect("its number comes first", record.prefix(4) == [10, 0, 0, 0])

    Signals.resetDispositions()
    try Signals.ignore(Signals.pipe)
    try Signals.ignore(Signals.urgent)
    checks.expect("both are ignored", try ignored() == Signals.bit(Signals.pipe) | Signals.bit(Signals.urgent))
    Signals.resetDispositions(Signals.bit(Signals.pipe))
    checks.expect("the other one still is", try ignored() == Signals.bit(Signals.urgent))
    Signals.resetDispositions()
    checks.expect("none is", try ignored() == 0)
}

/// A child that ends as `body` says; it can't return.
private func child(_ body: () -> Void) throws(CallError) -> ProcessHandle {
    switch try Process.clone(namespaces: 0) {
    case .child:
        body()
        Process.exitNow(127)
    case .parent(let pid, let descriptor): return ProcessHandle(pid: pid, adopting: descriptor)
    }
}

private func children(_ checks: inout Checks) throws {
    let quick = try child { Process.exitNow(7) }
    checks.expect("its end is waited for", try quick.waitForEnd())
    checks.expect("a zombie has ended", try quick.hasEnded())
    checks.expect("its status is its own", try quick.wait() == .exited(7))
    do throws(CallError) {
        try quick.signal(0)
        checks.expect("one that was waited for isn't there", false)
    } catch {
        checks.expect("ESRCH says so: \(error)", error == CallError(.pidfdSendSignal, .noProcess))
    }

    let slow = try child { _ = try? Poll.wait([], timeoutMilliseconds: 100_000) }
    checks.expect("it hasn't ended", try !slow.hasEnded())
    checks.expect("the time limit is kept", try !slow.waitForEnd(timeoutMilliseconds: 1))
    checks.expect("both handles are one process", try ProcessHandle(pid: slow.pid).identity() == slow.identity())
    try slow.signal(Signals.kill)
    checks.expect("a signal ended it", try slow.wait() == .signalled(9))

    let kept = try child { Process.exitNow(3) }
    let orphan = try child { Process.exitNow(4) }
    checks.expect("both end", try kept.waitForEnd() && orphan.waitForEnd())
    ProcessHandle.reapOrphans(except: -1)
    checks.expect("a reaped one has no status", (try? orphan.wait()) == nil)

    let failed = try child {
        do throws(CallError) {
            try Process.execute("/no/such/program", ["x"], environment: [])
        } catch {
            Process.exitNow(error == CallError(.execve, .noEntry) ? 0 : 1)
        }
    }
    checks.expect("a program that is missing is an error", try failed.wait() == .exited(0))
}

private func execute() throws {
    let long = String(repeating: "x", count: 100_000)
    try Process.execute(
        "/proc/self/exe", ["kernel-probe", "print", "", "a b", "é\n", "-", long],
        environment: ["A=1", "EMPTY=", "=odd", "novalue", "A=2"])
}

private func namespaces(_ checks: inout Checks) throws {
    let made = try UserNamespace.make(uid: "0 1000 10\n20 5 1\n", gid: "0 3 1\n")
    let mappings = try UserNamespace.mappings(of: made)
    func numbers(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "\n" } }
    checks.expect("users are mapped as asked", numbers(mappings.uid) == ["0", "1000", "10", "20", "5", "1"])
    checks.expect("groups are mapped as asked", numbers(mappings.gid) == ["0", "3", "1"])
    do throws(CallError) {
        _ = try UserNamespace.make(uid: "0 0 1\n0 0 1\n", gid: "0 0 1\n")
        checks.expect("ranges that overlap are refused", false)
    } catch {
        checks.expect("with EINVAL", error == CallError(.write, .invalid))
    }
    let other = try FileDescriptor.open("/proc/self/ns/net", .readOnly)
    do throws(CallError) {
        _ = try UserNamespace.mappings(of: other)
        checks.expect("a namespace of another kind has no mappings", false)
    } catch {
        checks.expect("it can't be entered", error == CallError(.setns, .invalid))
    }
    var code: Int32 = 0
    var status: Int32 = 0
    var pid: Int32 = 0
    let result = unsafe sw_waitid(0, 0, WEXITED | WNOHANG, &code, &status, &pid)
    checks.expect("no helper is left", result == -ECHILD)
}

/// Each setting is read back, or shows where the kernel shows it.
private func scheduling(_ checks: inout Checks) throws {
    let batch = SchedulingAttributes(policy: 3, flags: 1, nice: 7)
    try Process.setScheduling(batch, of: 0)
    let found = try Process.scheduling(of: 0)
    // Newer kernels tell the time slice as runtime.
    checks.expect(
        "the policy is set (\(found))",
        found.policy == 3 && found.flags == 1 && found.nice == 7 && found.priority == 0)

    let cpus = try Process.affinity()
    checks.expect("there is a CPU", !cpus.isEmpty)
    if let first = cpus.first {
        // What isn't there is left out by the kernel.
        try Process.setAffinity([first...first, 60_000...70_000])
        checks.expect("one CPU is left", try Process.affinity() == [first])
    }
    checks.expect("no CPU at all is refused", (try? Process.setAffinity([])) == nil)

    try Process.setIOPriority(class: 2, level: 6, ofGroup: 0)
    checks.expect("the I/O priority is set", try Process.ioPriority(of: 0) == (2, 6))

    try Process.setPersonality(8)
    checks.expect("the domain is set", try Process.setPersonality(0) == 8)

    guard (try? Process.memoryPolicy()) != nil else { return }  // a kernel without NUMA
    try Process.setMemoryPolicy(2, nodes: [0...1])
    let policy = try Process.memoryPolicy()
    checks.expect("the memory policy is set", policy.mode == 2 && policy.nodes.contains(0))
    try Process.setMemoryPolicy(0, nodes: [])
    checks.expect("the memory policy is the default", try Process.memoryPolicy().mode == 0)
}
