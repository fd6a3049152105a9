import Foundation
import JSONValue

/// The same bundles through two runtimes: where they differ, and which sentence tells who is right.
package struct Differential: Sendable {
    let left: Runner
    let right: Runner

    package init(_ left: Runner, _ right: Runner) {
        self.left = left
        self.right = right
    }

    /// One place where the two differ.
    package struct Difference: Sendable {
        /// What was configured: a case's id, or the ingredients of a random configuration.
        package var configuration: String
        package var place: String
        package var left: String
        package var right: String
        /// The sentence that decides; nil: the specification is silent.
        package var sentence: String?
        /// How often a random configuration showed it.
        package var times = 1
    }

    private static let steps = [
        "stat=/dev/null", "stat=/dev/console", "stat=/dev/ptmx", "stat=/dev/fd", "stat=/dev/core", "list=/dev",
        "stat=/tmp",
        "stat=/made/for/this", "stat=/data", "stat=/bound", "create=/new", "create=/tmp/new", "create=/data/new",
        "create=/bound/new", "read=/proc/version", "list=/hidden", "stat=/dev/fuse", "writable=/proc/sys/kernel/msgmax",
        "read=/proc/sys/kernel/msgmax", "read=/proc/sys/kernel/shmmni", "read=/proc/sys/fs/mqueue/msg_max",
        "call=121:0",
        "mknod=c:10:229:rw:/tmp/node", "stat=/relative/place", "hold",
    ]

    /// Looks at one configuration with one of the two runtimes; an error of the harness is a place of its own.
    private func look(
        _ runner: Runner, steps: [String] = Differential.steps, _ change: (inout JSON) -> Void,
        _ prepare: (Bundle) throws -> Void
    ) -> Sight {
        let stage = Stage(runtime: runner.runtime, fault: nil, workshop: runner.workshop)
        defer { stage.cleanUp(keeping: false) }
        do {
            return try Sight.look(stage, try stage.bundle(steps: steps, config: change, prepare: prepare))
        } catch {
            return Sight(values: ["harness": "\(error)"])
        }
    }

    private func differences(_ name: String, _ one: Sight, _ two: Sight, without known: Set<String> = [])
        -> [Difference]
    {
        // Where one refuses, everything else differs for that reason.
        let places = one.differences(from: two).filter { !known.contains($0) }
        let first = ["harness", "create", "start", "report"].first { places.contains($0) }
        return (first.map { [$0] } ?? places).map {
            Difference(
                configuration: name, place: $0, left: one.values[$0] ?? "(nothing)",
                right: two.values[$0] ?? "(nothing)",
                sentence: Sight.sentence(for: $0))
        }
    }

    /// Compares the configurations of cases.
    ///
    /// What differs for the plain configuration is told once, at the beginning.
    package func compare(_ cases: [Case], progress: @escaping @Sendable (String, Int) -> Void) -> [Difference] {
        let plain = differences(
            "the plain configuration", look(left, { _ in }, { _ in }), look(right, { _ in }, { _ in }))
        let known = Set(plain.map(\.place))
        let samples = cases.filter { item in
            item.sample != nil
                && item.needs.allSatisfy { Environment.lacks($0, runtime: left.runtime, rootless: false) == nil }
        }
        let found = left.each(samples) { item -> [Difference] in
            guard let sample = item.sample else { return [] }
            let steps = item.steps + ["hold"]
            return differences(
                item.id, look(left, steps: steps, sample, item.prepare),
                look(right, steps: steps, sample, item.prepare),
                without: known)
        } progress: { found, count in
            progress(found.first?.configuration ?? "", count)
        }
        return plain + found.flatMap { $0 }
    }

    /// Compares random configurations; each new difference is shrunk to the fewest ingredients that show it.
    package func fuzz(
        _ count: Int, seed: UInt64, progress: @escaping @Sendable (String, Int) -> Void
    ) -> [Difference] {
        var generator = Seeded(seed: seed)
        let recipes = (0..<count).map { _ in Ingredients.draw(&generator) }
        let plain = differences("the plain configuration", look([], left), look([], right))
        let known = Set(plain.map(\.place))
        let raw = left.each(recipes) { recipe in
            differences("", look(recipe, left), look(recipe, right), without: known)
        } progress: { _, count in
            progress("compared", count)
        }
        var found: [Difference] = plain
        var explained: [(place: String, ingredients: [String], index: Int)] = []
        for (recipe, list) in zip(recipes, raw) {
            let names = Set(recipe.map(\.kind))
            var open = list
            while let difference = open.first {
                open.removeFirst()
                if let old = explained.first(where: {
                    $0.place == difference.place && names.isSuperset(of: $0.ingredients)
                }) {
                    found[old.index].times += 1
                    continue
                }
                guard let (least, one, two) = shrink(recipe, difference.place) else { continue }
                // Whatever else the smallest configuration shows has the same cause.
                let name = least.map(\.text).joined(separator: " + ")
                for result in differences(name, one, two, without: known) {
                    explained.append((result.place, least.map(\.kind), found.count))
                    found.append(result)
                    open.removeAll { $0.place == result.place }
                }
                progress("shrunk \(difference.place)", count)
            }
        }
        return found
    }

    private func look(_ recipe: [Ingredient], _ runner: Runner) -> Sight {
        look(runner) { config in
            for ingredient in recipe { ingredient.apply(&config, ingredient.parts) }
        } _: { bundle in
            try bundle.outside("source/file", "text")
            try bundle.directory("hidden")
            try bundle.file("hidden/file", "text")
        }
    }

    /// The fewest ingredients and parts that still differ at the place; nil when the difference doesn't come again.
    private func shrink(_ recipe: [Ingredient], _ place: String) -> ([Ingredient], Sight, Sight)? {
        func differs(_ recipe: [Ingredient]) -> (Sight, Sight)? {
            let (one, two) = (look(recipe, left), look(recipe, right))
            return one.values[place] != two.values[place] ? (one, two) : nil
        }
        guard var seen = differs(recipe) else { return nil }
        var least = recipe
        var index = 0
        while index < least.count {
            var fewer = least
            fewer.remove(at: index)
            if let now = differs(fewer) { (least, seen) = (fewer, now) } else { index += 1 }
        }
        for index in least.indices {
            var part = 0
            while part < least[index].parts.count {
                var fewer = least
                fewer[index].parts.remove(at: part)
                if let now = differs(fewer) { (least, seen) = (fewer, now) } else { part += 1 }
            }
        }
        return (least, seen.0, seen.1)
    }

    /// The differences as text, the decided ones first.
    package func text(_ list: [Difference]) -> String {
        var lines: [String] = []
        for difference in list {
            lines.append("")
            lines.append("\(difference.place)\(difference.times > 1 ? " (\(difference.times) times)" : "")")
            lines.append("  with     \(difference.configuration)")
            lines.append("  \(left.runtime.name.padded(8)) \(difference.left.prefix(300))")
            lines.append("  \(right.runtime.name.padded(8)) \(difference.right.prefix(300))")
            let decides = difference.sentence.map { "\($0): \(Requirements[$0]?.asks ?? "")" }
            lines.append("  decides  \(decides ?? "the specification is silent")")
        }
        let silent = list.count { $0.sentence == nil }
        lines.append("")
        lines.append("\(list.count) differences; the specification is silent on \(silent) of them")
        return lines.joined(separator: "\n")
    }
}
