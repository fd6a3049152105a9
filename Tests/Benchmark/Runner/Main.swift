internal import Foundation
internal import Support

/// Measures swrun against crun, runc and the kernel's own floor, interleaved in one run; `make bench` calls it.
@main
enum Main {
    static func main() {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            if options.help {
                print(Options.help)
                return
            }
            try run(options)
        } catch {
            FileHandle.standardError.write(Data("swrun-bench: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ options: Options) throws {
        guard geteuid() == 0 else { throw Problem("needs root: the containers are made in the initial user namespace") }
        let scene = try Scene(options)
        defer { scene.remove() }
        var results: [Measurement] = []
        for what in options.measurements {
            results += try scene.measure(what)
        }
        print(Report.table(results))
        for note in scene.notes { print("note: \(note)") }
        try Report.json(results, notes: scene.notes).write(to: URL(fileURLWithPath: options.json))
        print("written to \(options.json)")
    }
}
