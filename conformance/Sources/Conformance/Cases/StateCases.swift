import Foundation
import Glibc
import JSONValue

/// The state document.
enum StateCases {
    /// A case that looks at the state of a created container.
    private static func created(
        _ id: String, _ title: String, _ decides: [String], broken: Fault,
        _ check: @escaping @Sendable (Stage, JSON, Container) throws -> Void
    ) -> Case {
        Case(id, title, decides, broken: broken) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) { $0["/annotations"] = ["com.example.key": "value"] }
            let container = try stage.create(bundle)
            try check(stage, try stage.state(container.id), container)
        }
    }

    @CaseList static var all: [Case] {
        created(
            "state/version", "tells in ociVersion the specification that the state follows", ["runtime/state#1"],
            broken: .state("leaves it out") { $0["/ociVersion"] = nil }
        ) { stage, state, _ in
            let version = state["/ociVersion"]?.string ?? ""
            try stage.expect(version.first?.isNumber == true, "a version", state.text())
        }
        created(
            "state/id", "tells the container's id", ["runtime/state#2"],
            broken: .state("tells another") { $0["/id"] = "other" }
        ) { stage, state, container in
            try stage.expect(state["/id"]?.string == container.id, "the id \(container.id)", state.text())
        }
        created(
            "state/bundle", "tells the bundle's absolute path", ["runtime/state#7"],
            broken: .state("tells a relative path") { $0["/bundle"] = "." }
        ) { stage, state, container in
            try stage.expect(
                state["/bundle"]?.string == container.bundle.directory, "the bundle \(container.bundle.directory)",
                state.text())
        }
        created(
            "state/schema", "fits the schema of the state", ["runtime/state#8", "runtime/query-state#3"],
            broken: .state("tells the pid as a string") { $0["/pid"] = "1" }
        ) { stage, state, _ in
            let problems = Documents.problems(ofState: state)
            try stage.expect(problems.isEmpty, "a state that fits the schema", problems.joined(separator: "; "))
        }
        created(
            "state/annotations", "tells the annotations of the configuration", ["runtime/query-state#3"],
            broken: .state("leaves them out") { $0["/annotations"] = nil }
        ) { stage, state, _ in
            try stage.expect(
                state["/annotations/com.example.key"]?.string == "value", "com.example.key is value", state.text())
        }
        Case(
            "state/bundle-relative-given", "tells an absolute path for a bundle that was given by a relative one",
            ["runtime/state#7"], broken: .state("tells what was given") { $0["/bundle"] = "../bundle" }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"])
            // The harness's own directory is what a relative path counts from.
            let up = FileManager.default.currentDirectoryPath.split(separator: "/").map { _ in ".." }.joined(
                separator: "/")
            let given = (up.isEmpty ? "." : up) + bundle.directory
            let container = try stage.tryCreate(bundle, given: given)
            try stage.expect(container.outcome.succeeded, "create accepts a relative path", container.outcome.summary)
            let state = try stage.state(container.id)
            try stage.expect(
                state["/bundle"]?.string == bundle.directory, "the bundle \(bundle.directory)", state.text())
        }
        Case(
            "state/status", "tells the status through the container's life", ["runtime/state#4", "runtime/state#5"],
            broken: .state("always tells running") { $0["/status"] = "running" }
        ) { stage in
            let container = try stage.create(try stage.bundle(steps: ["hold"]))
            var seen = [stage.status(container.id) ?? "unknown"]
            try stage.start(container)
            _ = try stage.report(container)
            seen.append(stage.status(container.id) ?? "unknown")
            container.kill()
            seen.append(stage.status(container.id) ?? "unknown")
            try stage.expect(
                seen == ["created", "running", "stopped"], "created, running, stopped", seen.joined(separator: ", "))
        }
        Case(
            "state/pid", "tells the process while the container is created or running", ["runtime/state#6"],
            broken: .state("tells another process") { $0["/pid"] = 1 }
        ) { stage in
            let container = try stage.create(try stage.bundle(steps: ["hold"]))
            for status in ["created", "running"] {
                if status == "running" {
                    try stage.start(container)
                    _ = try stage.report(container)
                }
                let state = try stage.state(container.id)
                try stage.expect(
                    state["/pid"]?.int == container.pid.map(Int.init), "the pid \(container.pid ?? 0) while \(status)",
                    state.text())
                try stage.expect(container.isAlive, "a process of that pid", "there is none")
            }
        }
        Case(
            "state/without-id", "refuses state without an id", ["runtime/query-state#1"], broken: .neverFails(.state)
        ) { stage in
            let outcome = stage.perform(.state, [])
            try stage.expectRefused(.state, outcome)
        }
        Case(
            "state/unknown", "refuses state of a container that doesn't exist", ["runtime/query-state#2"],
            broken: .neverFails(.state)
        ) { stage in
            let outcome = stage.perform(.state, [stage.workshop.newID()])
            try stage.expectRefused(.state, outcome)
        }
    }
}
