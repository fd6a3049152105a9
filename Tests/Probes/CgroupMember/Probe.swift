internal import CLinux
internal import Cgroups
internal import LinuxKernel

/// Joins a cgroup, tells so on standard output, and stays until standard input ends.
///
/// Arguments: the cgroup's absolute path; how many children to start inside, or `bomb` for one that
/// multiplies, or `hungry` for one that uses 64 MiB, whose end is waited for; files to try to open.
@main
enum Probe {
    static func main() {
        do throws(CgroupError) {
            try join(CommandLine.arguments[1])
        } catch {
            print("failed: \(error)")
            _exit(1)
        }
        let kind = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : "0"
        for _ in 0..<(Int(kind) ?? 1) {
            var pidfd: Int32 = -1
            let pid = unsafe sw_clone3(0, &pidfd, SIGCHLD, 0)
            if pid == 0 {
                switch kind {
                case "bomb": multiply()
                case "hungry": eat()
                default: stay()
                }
            }
            if pid < 0 { say("failed to clone: \(pid)\n") }
            if kind == "hungry" { waitForTheEnd(of: pid) }
        }
        say((["ready"] + CommandLine.arguments.dropFirst(3).map(attempt)).joined(separator: "\n") + "\n")
        stay()
    }

    private static func join(_ path: String) throws(CgroupError) {
        let layout = try CgroupLayout.locate(cgroupsPath: path, id: "", on: CgroupHost.detect())
        try CgroupDirectories(opening: layout).enter(clonedIntoUnified: false)
    }

    private static func attempt(_ path: String) -> String {
        do throws(CallError) {
            _ = try FileDescriptor.open(path, .readOnly)
            return "ok"
        } catch {
            return error.errno.name
        }
    }

    private static func say(_ text: String) {
        let output = FileDescriptor(adopting: 1)
        try? output.writeAll(Array(text.utf8))
        output.release()
    }

    /// Uses 64 MiB.
    private static func eat() -> Never {
        let bytes = [UInt8](repeating: 1, count: 64 << 20)
        _exit(Int32(bytes[bytes.count / 2]))
    }

    private static func waitForTheEnd(of pid: Int32) {
        var (code, status, found): (Int32, Int32, Int32) = (0, 0, 0)
        _ = unsafe sw_waitid(Int32(SW_P_PID), pid, Int32(WEXITED), &code, &status, &found)
    }

    /// Clones itself for ever; where the limit of tasks stops it, it tries again a little later.
    private static func multiply() -> Never {
        while true {
            var pidfd: Int32 = -1
            if unsafe sw_clone3(0, &pidfd, SIGCHLD, 0) < 0 { _ = sw_poll(nil, 0, 1) }
        }
    }

    private static func stay() -> Never {
        let input = FileDescriptor(adopting: 0)
        var buffer: [UInt8] = [0]
        while let count = try? input.read(into: &buffer), count > 0 {}
        _exit(0)
    }
}
