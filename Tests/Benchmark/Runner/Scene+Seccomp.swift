internal import Foundation
internal import Support

/// Runs with a filter of system calls.
extension Scene {
    private var filteredBundle: String { directory + "/filtered" }

    /// `run` with the profile, with the compiled filter at hand where a runtime keeps it, and without.
    func measureSeccomp() throws -> [Measurement] {
        try makeFilteredBundle()
        let managers = runtimes.filter { !$0.isFloor }
        func run(_ runtime: Runtime) -> [String] {
            runtime.command("run", "--bundle", filteredBundle, "\(Scene.prefix)-filter")
        }
        let warm = try collect("run, filter", managers) { try time([run($0)])[0].milliseconds }
        for runtime in managers where !keepsFilters(runtime) {
            note("\(runtime.name) keeps no compiled filters: its two rows of the filter are the same work")
        }
        let cold = try collect("run, filter, cold", managers) { runtime in
            for cache in Scene.caches { try? FileManager.default.removeItem(atPath: "\(runtime.root)/\(cache)") }
            return try time([run(runtime)])[0].milliseconds
        }
        return warm + cold
    }

    /// Where swrun and crun keep compiled filters, below their state roots.
    private static let caches = [".seccomp", ".cache/seccomp"]

    private func keepsFilters(_ runtime: Runtime) -> Bool {
        Scene.caches.contains {
            !((try? FileManager.default.contentsOfDirectory(atPath: "\(runtime.root)/\($0)")) ?? []).isEmpty
        }
    }

    /// The same bundle with a profile as managers have it by default: some hundred names, three architectures.
    private func makeFilteredBundle() throws {
        let files = FileManager.default
        try files.createDirectory(atPath: filteredBundle, withIntermediateDirectories: true)
        func object(_ path: String) throws -> [String: Any] {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
                throw Problem("\(path) is no JSON object")
            }
            return object
        }
        var config = try object(bundle + "/config.json")
        var linux = config["linux"] as? [String: Any] ?? [:]
        linux["seccomp"] = try object(Project.directory + "/Tests/Benchmark/seccomp-profile.json")
        config["linux"] = linux
        config["root"] = ["path": rootfs, "readonly": true]
        try JSONSerialization.data(withJSONObject: config, options: [.prettyPrinted, .sortedKeys])
            .write(to: URL(fileURLWithPath: filteredBundle + "/config.json"))
    }
}
