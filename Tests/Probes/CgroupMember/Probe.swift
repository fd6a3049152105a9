internal import CLinux
internal import Cgroups
internal import LinuxKernel

/// Joins a cgroup, tells so on standard output, and stays until standard input ends.
///
/// Arguments: the cgroup's absolute path; how many children to start inside; files to try to open.
@main
enum Probe {
    static func main() {
        do throws(CgroupError) {
            try join(CommandLine.arguments[1])
        } catch {
            print("failed: \(error)")
            _exit(1)
        }
        let children = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 0 : 0
        for _ in 0..<children {
            var pidfd: Int32 = -1
            let pid = unsafe sw_clone3(0, &pidfd, SIGCHLD, 0)
            if pid == 0 { stay() }
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

    private static func stay() -> Never {
        let input = FileDescriptor(adopting: 0)
        var buffer: [UInt8] = [0]
        while let count = try? input.read(into: &buffer), count > 0 {}
        _exit(0)
    }
}
