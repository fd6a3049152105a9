import CKernel
import Glibc
import JSONValue

/// What the probe does as a hook.
enum Hook {
    /// Appends one line to a file, in one write so that the lines of several hooks stay whole.
    ///
    /// Modes: `failing` ends with status 1 after that; `hanging` never ends by itself; `deaf` reads no standard input;
    /// `slow` takes its time before all that, so that who doesn't wait for it is ahead of it for sure.
    static func run(_ arguments: [String]) -> Int32 {
        guard arguments.count >= 2 else { return 2 }
        let mode = arguments.count > 2 ? arguments[2] : ""
        if mode == "slow" { usleep(200_000) }
        var line: JSON = ["hook": .string(arguments[0])]
        if mode != "deaf", case .success(let bytes) = Files.read(descriptor: 0, limit: 1 << 20) {
            line["/stdin"] = .string(String(decoding: bytes, as: UTF8.self))
        }
        line["/namespaces"] = Observation.namespaces()
        line["/arguments"] = .strings(CommandLine.arguments)
        line["/environment"] = Observation.environment()
        line["/cwd"] = Observation.workingDirectory()
        line["/root"] = .strings((try? Files.names("/").get()) ?? [])
        line["/pid"] = .int(getpid())
        line["/hostname"] = .string(Files.text("/proc/sys/kernel/hostname"))
        line["/mounts"] = .string(Files.text("/proc/self/mountinfo"))
        Observation.identity(&line)
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        line["/time"] = .int(Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec))
        if let state = line["/stdin"]?.string, let document = try? JSON(parsing: state),
            let pid = document["/pid"]?.int
        {
            line["/containerProcess"] = process(pid)
        }
        let fd = open(arguments[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        if fd < 0 { return 3 }
        let bytes = Array((line.text() + "\n").utf8)
        if write(fd, bytes, bytes.count) != bytes.count { return 4 }
        if mode == "hanging" { while true { pause() } }
        return mode == "failing" ? 1 : 0
    }

    /// What a hook can see of the process which the state names: that it exists, and whether it runs the program yet.
    private static func process(_ pid: Int) -> JSON {
        var result: JSON = ["exists": .bool(kill(pid_t(truncatingIfNeeded: pid), 0) == 0)]
        let command = Files.text("/proc/\(pid)/cmdline").split(separator: "\0").map(String.init)
        result["/command"] = .strings(command)
        var namespaces: JSON = [:]
        for kind in ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] {
            if case .success(let link) = Files.link("/proc/\(pid)/ns/" + kind) {
                namespaces[name: kind] = .string(link)
            }
        }
        result["/namespaces"] = namespaces
        if case .success(let names) = Files.names("/proc/\(pid)/root") { result["/root"] = .strings(names) }
        return result
    }
}
