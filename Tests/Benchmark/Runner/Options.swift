internal import Support

/// What can be measured.
enum What: String, CaseIterable {
    case run, lifecycle, exec, kill, delete, state, list, scale, syscalls, seccomp
}

/// The command line of the benchmark.
struct Options {
    static let help = """
        usage: swrun-bench [--runs N] [--only WHAT,WHAT] [--runtimes NAME,NAME] [--json FILE] [--tools DIRECTORY]

          --runs N        how often each is measured, run three times as often (default 100; three warm-ups come on top)
          --only          of \(What.allCases.map(\.rawValue).joined(separator: ", ")) (default: all)
          --runtimes      of swrun, crun, runc, floor (default: those that are installed)
          --json FILE     where the figures go (default .build/bench/results.json)
          --tools DIR     where floor and stopwatch are (default .build/bench)

        SWRUN in the environment is the swrun to measure (default .build/release/swrun).
        """

    var runs = 100
    var measurements = What.allCases
    var runtimes = ["swrun", "crun", "runc", "floor"]
    var json = ".build/bench/results.json"
    var tools = ".build/bench"
    var help = false

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let option = rest.popFirst() {
            if option == "--help" || option == "-h" {
                help = true
                continue
            }
            guard let value = rest.popFirst() else { throw Problem("\(option) needs a value; see --help") }
            let list = value.split(separator: ",").map(String.init)
            switch option {
            case "--runs":
                guard let runs = Int(value), runs > 0 else { throw Problem("--runs: not a count: \(value)") }
                self.runs = runs
            case "--only":
                measurements = try list.map {
                    guard let what = What(rawValue: $0) else { throw Problem("--only: unknown: \($0)") }
                    return what
                }
            case "--runtimes": runtimes = list
            case "--json": json = value
            case "--tools": tools = value
            default: throw Problem("unknown option \(option); see --help")
            }
        }
    }
}
