public import JSONCodec
internal import LinuxKernel
internal import OCISpec

/// Where a container is in a resctrl filesystem, and what of that is its own.
///
/// Source: config-linux.md "IntelRdt", Documentation/filesystems/resctrl.rst.
public struct ResctrlPlace: ObjectDecodable, ObjectWritable, Equatable, Sendable {
    /// The filesystem's mount.
    var root: String
    /// The directory of the class of service; empty for the default one, the root itself.
    var group: String
    /// True if the class is the container's own, and goes with it.
    var isOwned: Bool
    /// The name of the container's monitoring group; nil without one.
    var monitor: String?

    /// The directory of the class.
    var directory: String { group.isEmpty ? root : root + "/" + group }
    /// The directory of the monitoring group; nil without one.
    var monitorDirectory: String? { monitor.map { directory + "/mon_groups/" + $0 } }
}

extension ResctrlPlace {
    /// Reads the properties from an object; see `Members`.
    public init(_ member: Members) throws {
        root = try member.required("root")
        group = try member.required("group")
        isOwned = try member.required("isOwned")
        monitor = try member("monitor")
    }

    /// Writes the properties; see `ObjectWriter`.
    public func write(to member: inout ObjectWriter) {
        member("root", root)
        member("group", group)
        member("isOwned", isOwned)
        member("monitor", monitor)
    }
}

/// What is to be made of a resctrl filesystem for a container.
public struct ResctrlRequest: Equatable, Sendable {
    /// Where.
    public var place: ResctrlPlace
    /// True if the class is there already: then the schemata are compared and not written.
    public var exists: Bool
    /// The schemata to be written, one write(2) each, in the order that the specification demands.
    public var schemata: [String]
    /// True if the container is there already, and this is for another process of it.
    public var isRunning = false
}

extension ResctrlRequest {
    /// Looks for the class that a configuration asks for.
    ///
    /// - Parameter root: the mount of the filesystem; nil where there is none, which the validator has reported.
    static func locate(_ rdt: Spec.Linux.IntelRdt?, id: String, root: String?) throws(Failure) -> ResctrlRequest? {
        guard let rdt, let root else { return nil }
        let isDefault = rdt.closID.map { $0.utf8.elementsEqual("/".utf8) } ?? false
        let isNamed = !(rdt.closID ?? "").isEmpty
        let group = isDefault ? "" : isNamed ? rdt.closID ?? "" : id
        var place = ResctrlPlace(
            root: root, group: group, isOwned: false, monitor: rdt.enableMonitoring == true ? id : nil)
        let exists = try isDirectory(place.directory)
        place.isOwned = !isNamed && !exists
        // One write for the last: the kernel takes the lines of one write all or none.
        let several = (rdt.schemata ?? []).map { $0 + "\n" }.joined()
        let schemata =
            [rdt.l3CacheSchema, rdt.memBwSchema].compactMap(\.self).filter { !$0.isEmpty }.map { $0 + "\n" }
            + (several.isEmpty ? [] : [several])
        if isNamed && schemata.isEmpty && !exists {
            throw Failure(
                .configRejected, "there is no class of service \(group.printable) in \(root)",
                at: .config("/linux/intelRdt/closID"),
                hint: "make it first, or give it schemata")
        }
        if let monitor = place.monitorDirectory, try isDirectory(monitor) {
            throw Failure(
                .configRejected, "there is a monitoring group \(monitor.printable) already",
                at: .config("/linux/intelRdt/enableMonitoring"), hint: "remove it, or choose another id")
        }
        return ResctrlRequest(place: place, exists: exists, schemata: schemata)
    }

    private static func isDirectory(_ path: String) throws(Failure) -> Bool {
        do throws(CallError) {
            return try FileDescriptor.status(of: path, followLink: false).kind == .directory
        } catch let error where error.errno == .noEntry {
            return false
        } catch {
            throw Failure(.hostFailed, "cannot look at \(path.printable)", at: .file(path), call: error)
        }
    }
}

extension ResctrlPlace {
    /// Makes what is missing and puts a process into it; what was made here is gone again when it fails.
    func enter(_ request: ResctrlRequest, process pid: Int32) throws(StepError) {
        var made: [String] = []
        do throws(StepError) {
            if request.exists {
                try compare(request.schemata)
            } else {
                try make(directory)
                made.append(directory)
                for text in request.schemata { try write(text, to: directory + "/schemata") }
            }
            // First the class: a process can't be monitored in one that it isn't in.
            try write("\(pid)", to: directory + "/tasks")
            if let monitorDirectory {
                try make(monitorDirectory)
                made.append(monitorDirectory)
                try write("\(pid)", to: monitorDirectory + "/tasks")
            }
        } catch {
            for path in made.reversed() { try? FileDescriptor.remove(path, directory: true) }
            throw error
        }
    }

    /// Puts another process of the container there.
    func join(process pid: Int32) throws(StepError) {
        try write("\(pid)", to: directory + "/tasks")
        if let monitorDirectory { try write("\(pid)", to: monitorDirectory + "/tasks") }
    }

    /// Removes what is the container's own; what is gone already is no failure.
    func remove() throws(Failure) {
        for path in [monitorDirectory, isOwned ? directory : nil].compactMap(\.self) {
            do throws(CallError) {
                try FileDescriptor.remove(path, directory: true)
            } catch let error where error.errno == .noEntry {
                continue
            } catch {
                throw Failure(.hostFailed, "cannot remove the resctrl group \(path)", at: .file(path), call: error)
            }
        }
    }

    private func make(_ path: String) throws(StepError) {
        try step(about: path) { () throws(CallError) in try FileDescriptor.makeDirectory(path, mode: 0o755) }
    }

    func write(_ text: String, to path: String) throws(StepError) {
        do throws(CallError) {
            // The kernel makes these files with their directory; elsewhere they are made here.
            try FileDescriptor.open(path, [.writeOnly, .create, .append, .noFollow], mode: 0o600).writeOnce(text)
        } catch {
            throw StepError(error, words: "\(path): \(kernelWords)")
        }
    }

    /// What resctrl says about the last command that it refused.
    private var kernelWords: String {
        let text = try? FileDescriptor.open(root + "/info/last_cmd_status", .readOnly).readAll(limitBytes: 1024)
        return String(decoding: (text ?? []).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    func read(_ path: String) throws(StepError) -> String {
        try step(about: path) { () throws(CallError) in
            String(decoding: try FileDescriptor.open(path, .readOnly).readAll(limitBytes: 1 << 16), as: UTF8.self)
        }
    }

    private func compare(_ schemata: [String]) throws(StepError) {
        if schemata.isEmpty { return }
        let path = directory + "/schemata"
        let there = Schemata(try read(path))
        for wanted in schemata where !there.hasAll(of: Schemata(wanted)) {
            throw StepError(
                nil, words: "the class exists with other schemata than \(wanted.printable); choose another closID")
        }
    }
}

/// The values of a `schemata` file: a value for each resource and domain.
struct Schemata: Equatable {
    private var values: [[UInt8]: [UInt8]] = [:]

    /// Reads lines such as `L3:0=7f0;1=1f`; what isn't one counts as a resource without domains.
    init(_ text: String) {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard let name = parts.first.map(Schemata.trimmed) else { continue }
            guard parts.count == 2 else {
                values[name] = []
                continue
            }
            for domain in parts[1].split(separator: UInt8(ascii: ";")) {
                let pair = domain.split(separator: UInt8(ascii: "="), maxSplits: 1).map(Schemata.trimmed)
                values[name + [UInt8(ascii: ":")] + (pair.first ?? [])] =
                    pair.count == 2 ? Schemata.number(pair[1]) : []
            }
        }
    }

    /// True if each value of the other is here, too.
    func hasAll(of other: Schemata) -> Bool { other.values.allSatisfy { values[$0.key] == $0.value } }

    private static func trimmed(_ text: Substring.UTF8View) -> [UInt8] {
        let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
        let rest = text.drop { blanks.contains($0) }
        return Array(rest.reversed().drop { blanks.contains($0) }.reversed())
    }

    /// A number as the kernel prints it: small letters, no zeros in front.
    private static func number(_ digits: [UInt8]) -> [UInt8] {
        let small = digits.map { UInt8(ascii: "A")...UInt8(ascii: "F") ~= $0 ? $0 + 32 : $0 }
        let rest = Array(small.drop { $0 == UInt8(ascii: "0") })
        return rest.isEmpty ? [UInt8(ascii: "0")] : rest
    }
}
