import JSONValue

/// What the probe saw, with the questions that cases ask of it.
struct Report: Sendable {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    subscript(pointer: String) -> JSON? { json[pointer] }

    /// The answer to a step.
    func answer(_ step: String) -> JSON {
        json["/answers"]?.array?.first { $0["/step"]?.string == step } ?? [:]
    }

    /// A value the kernel told has to be this one.
    func equal(_ pointer: String, _ expected: JSON, _ requirement: String? = nil) throws {
        let seen = json[pointer]
        if seen != expected {
            throw Discrepancy(
                expected: "\(pointer) is \(expected.text())", seen: seen?.text() ?? "nothing", requirement: requirement)
        }
    }

    /// A condition has to hold.
    func expect(_ holds: Bool, _ expected: String, _ seen: String, _ requirement: String? = nil) throws {
        if !holds { throw Discrepancy(expected: expected, seen: seen, requirement: requirement) }
    }

    /// A step has to succeed.
    func works(_ step: String, _ requirement: String? = nil) throws {
        let answer = answer(step)
        try expect(
            answer["/errno"] == nil && answer["/openErrno"] == nil && answer["/step"] != nil, "\(step) works",
            answer.text(), requirement)
    }

    /// A step has to be refused by the kernel.
    func refused(_ step: String, _ requirement: String? = nil) throws {
        let answer = answer(step)
        try expect(
            answer["/errno"] != nil || answer["/openErrno"] != nil, "\(step) is refused", answer.text(), requirement)
    }

    /// The last mount at a path, or nil.
    func mount(_ path: String) -> MountLine? { mounts.last { $0.point == path } }

    /// The last mount at a path, which has to be there, and for which the kernel's two ways of telling have to agree.
    func mounted(_ path: String) throws -> MountLine {
        guard let line = mount(path) else {
            throw Discrepancy(expected: "a mount at \(path)", seen: mounts.map(\.point).joined(separator: " "))
        }
        _ = try statMount(line)
        return line
    }

    /// The mounts as statmount(2) tells them; nil before Linux 6.8.
    var statMounts: [StatMount]? { json["/statmount"]?.array.map { $0.compactMap(StatMount.init) } }

    /// What statmount(2) tells of a mount, which has to be the same as what mountinfo tells; nil before Linux 6.8.
    func statMount(_ line: MountLine) throws -> StatMount? {
        guard let mounts = statMounts else { return nil }
        guard let mount = mounts.first(where: { $0.id == line.id }) else {
            throw Discrepancy(
                expected: "\(line.point) told by statmount(2) as well as by mountinfo",
                seen: mounts.map(\.point).joined(separator: " "))
        }
        let contradictions = mount.contradictions(of: line)
        if let first = contradictions.first {
            throw Discrepancy(
                expected: "mountinfo and statmount(2) tell the same of \(line.point)",
                seen: contradictions.dropFirst().reduce(first) { $0 + "; " + $1 })
        }
        return mount
    }

    var mounts: [MountLine] { MountLine.parse(json["/mounts"]?.string ?? "") }

    func namespace(_ kind: String) -> String? { json["/namespaces/\(kind)"]?.string }
}

/// A line of /proc/PID/mountinfo.
struct MountLine: Sendable, Equatable {
    var id: Int
    var parent: Int
    var root: String
    var point: String
    /// The mount's own options.
    var options: [String]
    /// `shared:N`, `master:N`, `unbindable`.
    var propagation: [String]
    var type: String
    var source: String
    /// The file system's options.
    var superOptions: [String]

    static func parse(_ text: String) -> [MountLine] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3, let id = Int(fields[0]),
                let parent = Int(fields[1])
            else { return nil }
            return MountLine(
                id: id, parent: parent, root: fields[3], point: fields[4],
                options: fields[5].split(separator: ",").map(String.init), propagation: Array(fields[6..<dash]),
                type: fields[dash + 1], source: fields[dash + 2],
                superOptions: fields[dash + 3].split(separator: ",").map(String.init))
        }
    }

    /// Whether the mount, or its file system, carries an option.
    func has(_ option: String) -> Bool { options.contains(option) }
}
