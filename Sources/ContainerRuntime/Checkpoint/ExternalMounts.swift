internal import Cgroups
internal import LinuxKernel
internal import OCISpec

/// What a container's mounts are bound from, which CRIU must be told at both ends.
///
/// At a dump a mount point gets a name; at a restore the name gets a source, and that comes from the configuration of
/// then, never from the images. The names are made of hexadecimal digits: CRIU reads `]` and `:` as syntax
/// (CVE-2026-119101).
struct ExternalMounts {
    /// Mount points in the container, and their sources on the host.
    private var mounts: [(point: String, source: String)] = []

    init(of config: BirthConfig) {
        for request in config.mountRequests where request.isBind && !request.isRemount {
            mounts.append((request.destination.cleanedPath, request.source))
        }
        for path in config.spec.linux?.maskedPaths ?? [] { mounts.append((path.cleanedPath, "/dev/null")) }
        if config.bindsDevices {
            for device in config.deviceRequests { mounts.append((device.path.cleanedPath, device.path)) }
        }
        // Without a cgroup namespace the container's own cgroups are bound, on version 1 one below the other's mount.
        for request in config.mountRequests {
            guard case .bound(let points) = cgroupView(for: request, config) else { continue }
            for point in points where point.name.isEmpty || !point.isUnified {
                mounts.append(("\(request.destination)/\(point.name)".cleanedPath, point.directory))
            }
        }
    }

    private static func name(of point: String) -> String {
        point.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// CRIU's options for a dump; only for what is mounted there, as a path may be hidden by other means.
    ///
    /// - Parameter table: the container's mount table.
    /// - Throws: `checkpointFailed` for a mount point whose path would be read as syntax.
    func dumpOptions(_ table: [MountLine]) throws(Failure) -> [String] {
        var all: [String] = []
        for mount in mounts {
            guard let line = table.last(where: { $0.point.utf8.elementsEqual(mount.point.utf8) }) else { continue }
            // Masked directories are empty tmpfs mounts of the container's own.
            if mount.source == "/dev/null", line.root != "/null" { continue }
            guard !mount.point.utf8.contains(where: { $0 == UInt8(ascii: "]") || $0 == UInt8(ascii: ":") || $0 < 0x20 })
            else {
                throw Failure(
                    .checkpointFailed, "a container with a mount at \(mount.point.printable) can't be checkpointed",
                    words: "the path has a character that CRIU takes for syntax")
            }
            let option = "mnt[\(mount.point)]:\(ExternalMounts.name(of: mount.point))"
            if !all.contains(option) { all += ["--external", option] }
        }
        return all
    }

    /// CRIU's options for a restore.
    var restoreOptions: [String] {
        mounts.flatMap { ["--external", "mnt[\(ExternalMounts.name(of: $0.point))]:\($0.source)"] }
    }
}

/// A line of a mount table, as far as it matters here.
struct MountLine {
    var id: String
    var root: String
    var point: String

    /// Reads `/proc/PID/mountinfo`.
    static func table(of pid: Int32) throws(Failure) -> [MountLine] {
        let path = "/proc/\(pid)/mountinfo"
        do throws(CallError) {
            let text = try FileDescriptor.open(path, .readOnly).readAll(limitBytes: 64 << 20)
            return text.split(separator: UInt8(ascii: "\n")).compactMap { line in
                let fields = line.split(separator: UInt8(ascii: " "))
                guard fields.count > 5 else { return nil }
                return MountLine(
                    id: String(decoding: fields[0], as: UTF8.self), root: String(decoding: fields[3], as: UTF8.self),
                    point: String(decoding: fields[4], as: UTF8.self))
            }
        } catch {
            throw Failure(.checkpointFailed, "cannot read \(path)", at: .file(path), call: error)
        }
    }
}

/// The standard streams of a container's process, which are the outside's.
enum StandardStreams {
    static let file = "descriptors.json"

    /// How CRIU names each of the three; empty where the container has it by itself.
    static func names(of pid: Int32, _ table: [MountLine]) throws(Failure) -> [String] {
        do throws(CallError) {
            var names: [String] = []
            for number in 0...2 {
                guard let link = try? FileDescriptor.readLink("/proc/\(pid)/fd/\(number)") else {
                    names.append("")
                    continue
                }
                if link.utf8.starts(with: "pipe:[".utf8) || link.utf8.starts(with: "socket:[".utf8) {
                    names.append(link)
                    continue
                }
                let info = try FileDescriptor.open("/proc/\(pid)/fdinfo/\(number)", .readOnly).readAll(
                    limitBytes: 65536)
                let inode = try FileDescriptor.status(of: "/proc/\(pid)/fd/\(number)").inode
                guard let mount = mountID(in: info), !table.contains(where: { $0.id == "\(mount)" }) else {
                    names.append("")
                    continue
                }
                names.append("file[\(String(mount, radix: 16)):\(String(inode, radix: 16))]")
            }
            return names
        } catch {
            throw Failure(.checkpointFailed, "cannot look at the standard streams of process \(pid)", call: error)
        }
    }

    private static func mountID(in info: [UInt8]) -> UInt64? {
        for line in info.split(separator: UInt8(ascii: "\n")) where line.starts(with: "mnt_id:".utf8) {
            let digits = line.drop { !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0) }
            return UInt64(String(decoding: digits, as: UTF8.self))
        }
        return nil
    }
}
