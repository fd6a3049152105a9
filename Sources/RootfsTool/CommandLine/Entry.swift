internal import CRootfs
internal import Glibc
internal import ProductVersion

/// Carries out a command line; answers the exit status: 0, 1 for a failure or for differences that were found, 128 and
/// the signal's number if one came.
public func main(_ arguments: [String]) -> Int32 {
    umask(0o022)
    rf_raise_descriptor_limit()
    let words = Array(arguments.dropFirst())
    guard let first = words.first, !first.isExactly("help"), !first.isExactly("--help"), !first.isExactly("-h") else {
        let topic = words.dropFirst().first.flatMap { word in commands.first { $0.name.isExactly(word) } }
        writeAll(1, topic?.help ?? overview)
        return 0
    }
    if first.isExactly("--version") {
        writeAll(1, "swrun-rootfs version \(productVersion)\n")
        return 0
    }
    // For those who install the program, as with swrun.
    if first.isExactly("docs"), words.count == 2, words[1].isExactly("man") {
        writeAll(1, Manual.text)
        return 0
    }
    guard let command = commands.first(where: { $0.name.isExactly(first) }) else {
        return fail(ToolError("there is no command \"\(first)\"", hint: "see swrun rootfs --help"))
    }
    do throws(ToolError) {
        guard let call = try command.parse(Array(words.dropFirst())) else {
            writeAll(1, command.help)
            return 0
        }
        Signals.watch()
        return try command.run(call)
    } catch {
        if Signals.came { return Signals.exitStatus }
        return fail(error)
    }
}

private func fail(_ error: ToolError) -> Int32 {
    writeAll(2, "swrun-rootfs: \(error.message)\n" + (error.hint.map { "hint: \($0)\n" } ?? ""))
    return 1
}

private var overview: String {
    var text = """
        swrun-rootfs, also "swrun rootfs": root filesystems for containers, from an empty directory to an image

        swrun rootfs COMMAND [OPTIONS] [ARGUMENTS]


        """
    let width = commands.map(\.name.utf8.count).max() ?? 0
    for command in commands {
        text +=
            "  \(command.name)\(String(repeating: " ", count: width - command.name.utf8.count + 2))\(command.summary)\n"
    }
    return text + "\nswrun rootfs COMMAND --help explains a command.\n"
}

/// Everything that the program can do.
let commands: [Command] = [
    .make, .bundle, .run, .diff, .reset, .commit, .protect, .verify, .repair, .manifest, .pack, .unpack, .mount,
    .unmount, .remove,
]

/// Ends the program.
public func exit(_ status: Int32) -> Never { Glibc.exit(status) }
