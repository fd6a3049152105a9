internal import Foundation
internal import Support
internal import Testing

/// The six kinds of hooks: order, namespaces, state on standard input, time limit, failure.
@Suite(.containers) struct HookTests {
    private let kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]

    /// A hook that appends a line to a file on the host, or in the container's writable /tmp.
    private func hook(_ script: String, timeout: Int64? = nil) -> JSON {
        var hook: JSON = ["path": "/bin/sh", "args": ["sh", "-c", .string(script)], "env": ["PATH=/usr/bin:/bin"]]
        if let timeout { hook["timeout"] = .integer(timeout) }
        return hook
    }

    @Test func hooksRunInTheOrderOfTheSpecification() throws {
        try inBox { box in
            box.config["root"]["readonly"] = false
            let log = box.directory + "/log"
            for kind in kinds where kind != "startContainer" {
                box.config["hooks"][kind] = [hook("echo \(kind) >>\(log)"), hook("echo \(kind) again >>\(log)")]
            }
            // Resolved and run in the container: it sees the container's root.
            box.config["hooks"]["startContainer"] = [hook("echo startContainer >/order")]
            box.config["process"]["args"] = ["/bin/sh", "-c", "cat /order; echo program >>/order"]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            let atCreate = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(
                atCreate == [
                    "prestart", "prestart again", "createRuntime", "createRuntime again", "createContainer",
                    "createContainer again",
                ])
            try box.command("start", box.id()).run().get()
            try box.wait(for: "stopped")
            #expect(try String(contentsOfFile: box.rootfs + "/order", encoding: .utf8) == "startContainer\nprogram\n")
            try box.command("delete", box.id()).run().get()
            let atEnd = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").dropFirst(
                atCreate.count)
            #expect(Array(atEnd) == ["poststart", "poststart again", "poststop", "poststop again"])
        }
    }

    @Test func hooksGetTheStateOnStandardInput() throws {
        try inBox { box in
            box.config["annotations"] = ["org.example.a": "b"]
            for kind in kinds where kind != "startContainer" {
                box.config["hooks"][kind] = [hook("cat >\(box.directory)/\(kind).json")]
            }
            box.config["process"]["args"] = ["/bin/true"]
            _ = try box.run().get()
            for (kind, status) in [
                ("prestart", "creating"), ("createRuntime", "creating"), ("createContainer", "creating"),
                ("poststart", "running"), ("poststop", "stopped"),
            ] {
                let state = try JSON(
                    parsing: String(contentsOfFile: "\(box.directory)/\(kind).json", encoding: .utf8))
                #expect(state["id"].text == box.id(), "\(kind)")
                #expect(state["bundle"].text == box.bundle, "\(kind)")
                #expect(state["annotations"] == ["org.example.a": "b"], "\(kind)")
                #expect(state["status"].text == status, "\(kind)")
                #expect(state["ociVersion"].text != nil, "\(kind)")
                if kind != "poststop" { #expect((state["pid"].integer ?? 0) > 0, "\(kind)") }
            }
        }
    }

    @Test func hooksRunInTheNamespacesOfTheSpecification() throws {
        try inBox { box in
            for kind in ["prestart", "createRuntime", "createContainer", "poststart", "poststop"] {
                box.config["hooks"][kind] = [hook("readlink /proc/self/ns/uts >\(box.directory)/\(kind)")]
            }
            box.config["process"]["args"] = ["/bin/readlink", "/proc/self/ns/uts"]
            let inside = try box.run().get().output
            let outside = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/uts") + "\n"
            for kind in ["prestart", "createRuntime", "poststart", "poststop"] {
                #expect(try String(contentsOfFile: "\(box.directory)/\(kind)", encoding: .utf8) == outside, "\(kind)")
            }
            #expect(try String(contentsOfFile: box.directory + "/createContainer", encoding: .utf8) == inside)
        }
    }

    @Test func aNetworkCanBeSetUpByACreateRuntimeHook() throws {
        try inBox { box in
            // What network tools do: the pid of the state leads into the container's namespaces before pivot_root.
            box.config["hooks"]["createRuntime"] = [
                hook(
                    "pid=$(tr -d '\\n' | sed -E 's/.*\"pid\" *: *([0-9]+).*/\\1/'); "
                        + "readlink /proc/$pid/ns/net >\(box.directory)/net")
            ]
            box.config["process"]["args"] = ["/bin/readlink", "/proc/self/ns/net"]
            let inside = try box.run().get().output
            #expect(try String(contentsOfFile: box.directory + "/net", encoding: .utf8) == inside)
        }
    }

    @Test(arguments: ["prestart", "createRuntime", "createContainer", "startContainer"])
    func aFailingHookUndoesTheContainer(_ kind: String) throws {
        try inBox { box in
            box.config["hooks"][kind] = [hook("echo the reason >&2; exit 3")]
            box.config["process"]["args"] = ["/bin/echo", "must not run"]
            let outcome = try box.run()
            expectRefusal(outcome, kind)
            expectNothingLeft(of: box)
        }
    }

    @Test(arguments: ["createRuntime", "createContainer"])
    func aMissingHookIsNamed(_ kind: String) throws {
        try inBox { box in
            box.config["hooks"][kind] = [["path": "/not/there/hook"]]
            expectRefusal(try box.run(), "/not/there/hook")
            expectNothingLeft(of: box)
        }
    }

    @Test(arguments: ["createRuntime", "createContainer", "startContainer"])
    func aHangingHookEndsWithItsTime(_ kind: String) throws {
        try inBox { box in
            box.config["hooks"][kind] = [hook("sleep 1000", timeout: 1)]
            try box.write()
            var command = box.command("run", "--bundle", box.bundle, box.id())
            command.timeoutSeconds = 30
            expectRefusal(try command.run(), kind)
            expectNothingLeft(of: box)
        }
    }

    @Test func aHookHasItsOwnEnvironmentAndNothingOfTheContainers() throws {
        try inBox { box in
            box.config["process"]["env"] = ["PATH=/bin", "LD_PRELOAD=/evil.so"]
            for kind in ["prestart", "createRuntime", "createContainer", "poststart", "poststop"] {
                box.config["hooks"][kind] = [
                    [
                        "path": "/bin/sh",
                        "args": ["sh", "-c", .string("env >\(box.directory)/\(kind)")],
                        "env": ["PATH=/usr/bin:/bin", "MINE=1"],
                    ]
                ]
            }
            box.config["process"]["args"] = ["/bin/true"]
            _ = try box.run().get()
            for kind in ["prestart", "createRuntime", "createContainer", "poststart", "poststop"] {
                let text = try String(contentsOfFile: "\(box.directory)/\(kind)", encoding: .utf8)
                #expect(text.contains("MINE=1") && !text.contains("LD_PRELOAD"), "\(kind): \(text)")
            }
        }
    }

    @Test func aHookGetsNoDescriptorOfTheRuntime() throws {
        try inBox { box in
            box.config["hooks"]["createRuntime"] = [
                hook("exec >\(box.directory)/fds; for f in /proc/$$/fd/*; do test -e $f && echo ${f##*/}; done; true")
            ]
            box.config["process"]["args"] = ["/bin/true"]
            _ = try box.run().get()
            #expect(try String(contentsOfFile: box.directory + "/fds", encoding: .utf8) == "0\n1\n2\n")
        }
    }

    @Test func aHookThatPrintsWithoutEndDoesNotStopTheRuntime() throws {
        try inBox { box in
            box.config["hooks"]["createRuntime"] = [hook("head -c 30000000 /dev/zero; head -c 30000000 /dev/zero >&2")]
            box.config["process"]["args"] = ["/bin/true"]
            let outcome = try box.run()
            #expect(outcome.succeeded, "\(outcome)")
        }
    }

    @Test func aHookThatDoesNotReadItsInputDoesNotStopTheRuntime() throws {
        try inBox { box in
            box.config["annotations"] = ["org.example.long": .string(String(repeating: "x", count: 300_000))]
            box.config["hooks"]["createRuntime"] = [["path": "/bin/true"]]
            box.config["process"]["args"] = ["/bin/true"]
            let outcome = try box.run()
            #expect(outcome.succeeded, "\(outcome)")
        }
    }
}
