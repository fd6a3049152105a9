internal import Foundation
internal import Support

/// The samples of one program in one discipline.
struct Measurement {
    let what: String
    let unit: String
    let runtime: String
    var samples: [Double]

    var median: Double { quantile(0.5) }
    func quantile(_ q: Double) -> Double {
        let sorted = samples.sorted()
        guard let last = sorted.indices.last else { return .nan }
        return sorted[min(last, Int((Double(last) * q).rounded()))]
    }
}

extension Scene {
    private var warmUps: Int { 3 }
    private var managers: [Runtime] { runtimes.filter { !$0.isFloor } }

    func measure(_ what: What) throws -> [Measurement] {
        switch what {
        case .run: try measureRun()
        case .lifecycle: try measureLifecycle()
        case .exec: try measureExec()
        case .kill: try measureKill()
        case .delete: try measureDelete()
        case .state: try measureState()
        case .list: try measureList()
        case .scale: try measureScale()
        case .syscalls: try measureSystemCalls()
        case .seccomp: try measureSeccomp()
        }
    }

    private func run(_ runtime: Runtime) -> [String] {
        runtime.isFloor
            ? [runtime.path, rootfs] : runtime.command("run", "--bundle", bundle, "\(Scene.prefix)-run")
    }

    /// Everybody has a turn in each round, and another one begins each time: a slow minute of the machine hits all.
    private func interleave(_ runtimes: [Runtime], rounds: Int, _ turn: (Runtime, Bool) throws -> Void) rethrows {
        for round in 0..<(rounds + warmUps) {
            for place in runtimes.indices {
                try turn(runtimes[(place + round) % runtimes.count], round >= warmUps)
            }
        }
    }

    func collect(
        _ what: String, _ runtimes: [Runtime], rounds: Int? = nil, _ sample: (Runtime) throws -> Double
    ) rethrows -> [Measurement] {
        var samples: [String: [Double]] = [:]
        try interleave(runtimes, rounds: rounds ?? options.runs) { runtime, counts in
            let value = try sample(runtime)
            if counts { samples[runtime.name, default: []].append(value) }
        }
        return runtimes.map { Measurement(what: what, unit: "ms", runtime: $0.name, samples: samples[$0.name] ?? []) }
    }

    /// Three times as often as the rest: crun's and runc's times are spread over more than their double, and the median of a
    /// hundred wanders with the moments at which they had their turn.
    private func measureRun() throws -> [Measurement] {
        var peaks: [String: Double] = [:]
        let times = try collect("run", runtimes, rounds: 3 * options.runs) { runtime in
            let lap = try time([run(runtime)])
            peaks[runtime.name] = max(peaks[runtime.name] ?? 0, lap.map { Double($0.peakKiB) }.max() ?? 0)
            return lap.reduce(0) { $0 + $1.milliseconds }
        }
        return times
            + runtimes.map {
                Measurement(what: "peak resident", unit: "KiB", runtime: $0.name, samples: [peaks[$0.name] ?? .nan])
            }
    }

    /// The time in which the container's own process comes to its end, between start and delete, is nobody's and left
    /// out.
    private func measureLifecycle() throws -> [Measurement] {
        let id = "\(Scene.prefix)-life"
        return try collect("create+start+delete", managers) { runtime in
            let laps = try time([
                runtime.command("create", "--bundle", bundle, id), runtime.command("start", id), ["@reap"],
                runtime.command("delete", id),
            ])
            return laps.reduce(0) { $0 + $1.milliseconds }
        }
    }

    /// A process that ends at once, in a container that sleeps.
    private func measureExec() throws -> [Measurement] {
        try withSleepers { id in
            try collect("exec", managers) { try time([$0.command("exec", id, "/bin/true")])[0].milliseconds }
        }
    }

    /// Signal 0 takes the way of every other one and leaves the container as it is.
    private func measureKill() throws -> [Measurement] {
        try withSleepers { id in
            try collect("kill", managers) { try time([$0.command("kill", id, "0")])[0].milliseconds }
        }
    }

    /// Of a container whose process has ended.
    private func measureDelete() throws -> [Measurement] {
        let id = "\(Scene.prefix)-delete"
        return try collect("delete", managers) { runtime in
            let laps = try time([
                runtime.command("create", "--bundle", bundle, id), runtime.command("start", id), ["@reap"],
                runtime.command("delete", id),
            ])
            return laps.last?.milliseconds ?? .nan
        }
    }

    private func withSleepers(_ body: (String) throws -> [Measurement]) throws -> [Measurement] {
        let id = "\(Scene.prefix)-sleep"
        defer { for runtime in managers { delete(runtime, id) } }
        for runtime in managers {
            // Its own outputs would keep the bench's readers waiting.
            try Command(runtime.command("create", "--bundle", sleepingBundle, id)).run().get()
            try Command(runtime.command("start", id)).run().get()
        }
        return try body(id)
    }

    private func measureState() throws -> [Measurement] {
        let id = "\(Scene.prefix)-state"
        for runtime in managers { try create(runtime, id) }
        defer { for runtime in managers { delete(runtime, id) } }
        return try collect("state", managers) { try time([$0.command("state", id)])[0].milliseconds }
    }

    private func measureList() throws -> [Measurement] {
        let ids = (0..<50).map { "\(Scene.prefix)-list-\($0)" }
        defer { for runtime in managers { for id in ids { delete(runtime, id) } } }
        for runtime in managers { for id in ids { try create(runtime, id) } }
        return try collect("list of 50", managers) { try time([$0.command("list")])[0].milliseconds }
    }

    /// `state` of one container among 1,000: the 999 others are copies of its state directory under other names.
    private func measureScale() throws -> [Measurement] {
        let id = "\(Scene.prefix)-state"
        for runtime in managers { try create(runtime, id) }
        defer { for runtime in managers { delete(runtime, id) } }
        let one = try collect("state, 1 there", managers) { try time([$0.command("state", id)])[0].milliseconds }
        for runtime in managers { try multiply("\(runtime.root)/\(id)", by: 999) }
        defer { for runtime in managers { removeCopies("\(runtime.root)/\(id)", of: 999) } }
        return one
            + (try collect("state, 1000 there", managers) { try time([$0.command("state", id)])[0].milliseconds })
    }

    private func create(_ runtime: Runtime, _ id: String) throws {
        _ = try time([runtime.command("create", "--bundle", bundle, id)])
    }

    private func delete(_ runtime: Runtime, _ id: String) {
        do { try Command(runtime.command("delete", "--force", id)).run().get() } catch { note("\(error)") }
    }

    private func multiply(_ directory: String, by count: Int) throws {
        let files = FileManager.default
        let names = try files.contentsOfDirectory(atPath: directory).filter {
            let type = try files.attributesOfItem(atPath: "\(directory)/\($0)")[.type] as? FileAttributeType
            return type == .typeRegular
        }
        for number in 0..<count {
            try files.createDirectory(atPath: "\(directory)-\(number)", withIntermediateDirectories: false)
            for name in names {
                try files.copyItem(atPath: "\(directory)/\(name)", toPath: "\(directory)-\(number)/\(name)")
            }
        }
    }

    private func removeCopies(_ directory: String, of count: Int) {
        for number in 0..<count { try? FileManager.default.removeItem(atPath: "\(directory)-\(number)") }
    }

    private func measureSystemCalls() throws -> [Measurement] {
        guard (try? Command(["strace", "--version"]).run().get()) != nil else {
            note("system calls were not counted: strace is not installed")
            return []
        }
        let summary = directory + "/strace"
        return try runtimes.map { runtime in
            try Command(["strace", "-f", "-c", "-o", summary] + run(runtime)).run().get()
            let text = try String(contentsOfFile: summary, encoding: .utf8)
            guard let total = text.split(separator: "\n").last(where: { $0.hasSuffix(" total") }),
                let calls = total.split(separator: " ").dropFirst(3).first.flatMap({ Double($0) })
            else { throw Problem("strace -c wrote no total:\n\(text)") }
            return Measurement(what: "system calls of run", unit: "", runtime: runtime.name, samples: [calls])
        }
    }
}
