internal import CRootfs
internal import Glibc
internal import OCISpec

extension Command {
    static let run = Command(
        name: "run", summary: "run a program in a bundle", arguments: "NAME -- PROGRAM [ARGUMENTS]", count: 1...1,
        details: """
            The current directory is visible in the container as /work, and the program starts there; --private leaves it \
            out. A bundle that isn't there yet is made first if --rootfs is given. The exit status is the program's.
            """,
        options: [
            Option(name: "rootfs", value: "DIR", help: "the tree to make the bundle over, if it isn't there yet"),
            Option(name: "private", help: "leave the current directory out"),
            Option(name: "cwd", value: "DIR", help: "where the program starts, in the container"),
            Option(name: "env", value: "NAME=VALUE", repeats: true, help: "a variable of the program's environment"),
            Option(name: "id", value: "ID", help: "the container's id (default: the bundle's name)"),
            Option(name: "root", value: "DIR", help: "the runtime's directory for states"),
        ],
        takesProgram: true,
        run: { (call) throws(ToolError) in try run(call) })

    private static func run(_ call: Call) throws(ToolError) -> Int32 {
        let name = call.words[0]
        if let rootfs = call["rootfs"], try Place(name).found() == nil {
            try BundleMaker(rootfs, driver: nil, user: nil).make(name)
        }
        let bundle = try Bundle.idle(name)
        var configuration = try Configuration(of: bundle)
        if !call.program.isEmpty { configuration.spec.process?.args = call.program }
        if !call.has("private") { try configuration.showCurrentDirectory() }
        if let cwd = call["cwd"] { configuration.spec.process?.cwd = cwd }
        let environment = configuration.spec.process?.env ?? []
        configuration.spec.process?.env = environment + call.all("env")
        configuration.spec.process?.terminal = isatty(0) == 1 && isatty(1) == 1
        let swrun = try Programs.swrun()
        if bundle.record.driver == .fuse { try bundle.mountByFuse() }
        // In memory: nothing is left, however the program ends.
        let file = OpenFile(adopting: try ok(rf_memory_file(), "make a file in memory"))
        try file.write(try configuration.text(), "the configuration")
        // The lock on the bundle goes on as long as the runtime lives.
        _ = fcntl(bundle.directory.fd, F_SETFD, 0)
        var words = ["swrun"]
        if let root = call["root"] { words += ["--root", root] }
        words += ["run", "--bundle", bundle.path, "--config", "/proc/self/fd/\(file.fd)", call["id"] ?? bundle.name]
        throw Programs.become(swrun, words)
    }
}

extension Configuration {
    /// Binds the current directory to /work, and starts there.
    fileprivate mutating func showCurrentDirectory() throws(ToolError) {
        let here = try absolutePath(of: try OpenFile.directory("."), "the current directory")
        if here == "/" { return }
        spec.mounts?.append(
            .init(destination: "/work", type: "bind", source: here, options: ["rbind", "nosuid", "nodev"]))
        spec.process?.cwd = "/work"
    }
}
