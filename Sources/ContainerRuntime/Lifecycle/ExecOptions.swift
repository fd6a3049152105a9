internal import JSONCodec
internal import LinuxKernel
internal import OCISpec

/// What the caller of `exec` wishes.
public struct ExecOptions: Equatable, Sendable {
    /// What `create` and `run` have, too: pid file, sockets, descriptors, whether to stay.
    public var launch = BirthOptions()
    /// The file with the process as JSON; all that describes a process below is of no meaning then.
    public var processFile: String?
    /// The program and its arguments.
    public var arguments: [String] = []
    /// True for a terminal.
    public var terminal = false
    /// `NAME=value`, added to the container's own.
    public var environment: [String] = []
    /// `UID` or `UID:GID`, numbers; nil for the container's own user.
    public var user: String?
    /// Groups, as numbers, added to the container's own.
    public var additionalGroups: [String] = []
    /// Capabilities, added to the container's own.
    public var capabilities: [String] = []
    /// The working directory; nil for the container's own.
    public var cwd: String?
    /// Whether no execve may grant privileges; nil for the container's own choice.
    public var noNewPrivileges: Bool?
    /// The AppArmor profile; nil for the container's own.
    public var apparmorProfile: String?
    /// The SELinux label; nil for the container's own.
    public var selinuxLabel: String?
    /// Cgroups inside of the container's, each as `[CONTROLLER[,CONTROLLER]:]PATH`.
    public var cgroups: [String] = []
    /// True for a paused container, too: the process waits with all the others.
    public var ignoresPause = false

    /// The options of a caller who wishes nothing.
    public init() {}
}

extension ExecOptions {
    /// The process that is wished for, in a container of this configuration.
    func process(in container: Spec) throws(Failure) -> Spec.Process {
        var process = if let processFile { try read(processFile) } else { try described(container.process) }
        // What the document leaves open is as the container's own process has it.
        if process.capabilities == nil { process.capabilities = container.process?.capabilities }
        if (process.rlimits ?? []).isEmpty { process.rlimits = container.process?.rlimits }
        if (process.apparmorProfile ?? "").isEmpty { process.apparmorProfile = container.process?.apparmorProfile }
        if (process.selinuxLabel ?? "").isEmpty { process.selinuxLabel = container.process?.selinuxLabel }
        if process.oomScoreAdj == nil { process.oomScoreAdj = container.process?.oomScoreAdj }
        if process.execCPUAffinity == nil { process.execCPUAffinity = container.process?.execCPUAffinity }
        if (process.args ?? []).isEmpty { throw Failure(.optionUnusable, "exec args cannot be empty") }
        return process
    }

    private func read(_ path: String) throws(Failure) -> Spec.Process {
        let text: [UInt8]
        do throws(CallError) {
            // A FIFO is waited for: callers write the document into one.
            let file = try FileDescriptor.open(path, [.noControllingTerminal])
            guard try file.status().kind != .directory else { throw CallError(.open, .isDirectory) }
            text = try file.readAll(limitBytes: 16 << 20)
        } catch {
            throw Failure(.configUnreadable, "cannot read the process file \(path)", at: .file(path), call: error)
        }
        do throws(JSONError) {
            return try JSONDecoder().decode(Spec.Process.self, from: text)
        } catch {
            throw Failure(.configMalformed, "\(path): \(error)", at: .file(path))
        }
    }

    /// The container's own process with what the options change.
    private func described(_ own: Spec.Process?) throws(Failure) -> Spec.Process {
        var process = own ?? Spec.Process(cwd: "/", user: Spec.User(uid: 0, gid: 0))
        process.args = arguments
        process.terminal = terminal
        process.consoleSize = nil
        if let cwd { process.cwd = cwd }
        if let noNewPrivileges { process.noNewPrivileges = noNewPrivileges }
        if let apparmorProfile { process.apparmorProfile = apparmorProfile }
        if let selinuxLabel { process.selinuxLabel = selinuxLabel }
        process.env = merged(process.env ?? [])
        if let user { try ExecOptions.take(user, into: &process.user) }
        for group in additionalGroups {
            guard let number = ExecOptions.id(group) else {
                throw Failure(
                    .optionUnusable, "invalid group \"\(group.printable)\": a number from 0 to 4294967294 is expected",
                    at: .option("additional-gids"))
            }
            process.user.additionalGids = (process.user.additionalGids ?? []) + [number]
        }
        if !capabilities.isEmpty { try addCapabilities(to: &process) }
        return process
    }

    /// A variable that is given replaces the container's own: of two, a program would see the first.
    private func merged(_ own: [String]) -> [String] {
        func name(_ entry: String) -> Substring.UTF8View { entry[...].utf8.prefix { $0 != UInt8(ascii: "=") } }
        var all = own
        for entry in environment {
            all.removeAll { name($0).elementsEqual(name(entry)) }
            all.append(entry)
        }
        return all
    }

    /// Never to the inheritable or the ambient set: files could gain from these what nobody gave them (CVE-2022-29162).
    private func addCapabilities(to process: inout Spec.Process) throws(Failure) {
        var sets = process.capabilities ?? Spec.Capabilities()
        for given in capabilities {
            let upper = given.uppercased()
            let name = upper.utf8.starts(with: "CAP_".utf8) ? upper : "CAP_" + upper
            guard CapabilityName.number(of: name) != nil else {
                throw Failure(.optionUnusable, "unknown capability \"\(given.printable)\"", at: .option("cap"))
            }
            sets.bounding = (sets.bounding ?? []) + [name]
            sets.effective = (sets.effective ?? []) + [name]
            sets.permitted = (sets.permitted ?? []) + [name]
        }
        process.capabilities = sets
    }

    /// Numbers only: a name would be looked up in a list that the container writes.
    private static func take(_ text: String, into user: inout Spec.User) throws(Failure) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        let ids = parts.map(id)
        guard 1...2 ~= ids.count, let uid = ids[0], ids.count == 1 || ids[1] != nil else {
            throw Failure(
                .optionUnusable, "invalid user \"\(text.printable)\": UID or UID:GID is expected, in numbers",
                at: .option("user"), hint: "names are not looked up: the container could make up what they mean")
        }
        user.uid = uid
        if ids.count == 2, let gid = ids[1] { user.gid = gid }
    }

    /// Digits and nothing else; 2^32 - 1 is no id.
    static func id(_ text: String) -> UInt32? {
        guard !text.isEmpty, text.utf8.count <= 10,
            text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let value = UInt32(text),
            value < .max
        else { return nil }
        return value
    }
}
