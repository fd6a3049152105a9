internal import CLinux
internal import Cgroups
internal import LinuxKernel

/// Joins a cgroup, tells so on standard output, and stays until standard input ends.
///
/// Arguments: the cgroup's absolute path; how many children to start inside, or `bomb`; files to try to open.
@main
enum Probe {
    static func main() {
        do throws(CgroupError) {
            try join(CommandLine.arguments[1])
        } catch {
            print("failed: \(error)")
            _exit(1)
        }
        let isBomb = CommandLine.arguments.count > 2 && CommandLine.arguments[2] == "bomb"
        let children = isBomb ? 1 : CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 0 : 0
        for _ in 0..<children {
            var pidfd: Int32 = -1
            let pid = unsafe sw_clone3(0, &pidfd, SIGCHLD, 0)
            if pid == 0 { if isBomb { multiply() } else { stay() } }
            if pid < 0 { say("failed to clone: \(pid)\n") }
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
