import Cgroups
import Foundation
import LinuxKernel

/// Why tests that make cgroups can't run here; nil where they can.
let cgroupsUnavailable: String? = {
    guard geteuid() == 0 else { return "only root may make cgroups" }
    guard let host = try? CgroupHost.detect() else { return "no cgroup hierarchy is mounted" }
    let probe = "/swrun-test-\(getpid())-available"
    guard let layout = try? CgroupLayout.locate(cgroupsPath: probe, id: "", on: host) else { return "cgroups are odd" }
    defer { try? layout.remove() }
    do {
        var directories = try CgroupDirectories(opening: layout)
        try directories.create()
        return nil
    } catch {
        return "cgroups can't be made: \(error)"
    }
}()

let canMakeCgroups = cgroupsUnavailable == nil

/// A cgroup of a test's own in every hierarchy, which is emptied and removed at the end.
final class TestCgroup {
    let path: String
    let layout: CgroupLayout
    private var members: [Member] = []

    init(_ name: String = #function) throws {
        let word = name.prefix { $0.isLetter }
        path = "/swrun-test-\(getpid())-\(word)"
        layout = try CgroupLayout.locate(cgroupsPath: path, id: "", on: CgroupHost.detect())
    }

    deinit {
        // Whatever a failed test left: frozen processes don't even notice that they should end.
        try? layout.killAll()
        for member in members { member.end() }
        try? layout.remove()
    }

    /// Makes the directories.
    func create() throws {
        var directories = try CgroupDirectories(opening: layout)
        try directories.create()
    }

    /// Starts a process inside, with children of its own.
    func addMember(at path: String? = nil, children: String = "0", opening files: [String] = []) throws -> Member {
        let member = try Member(path ?? self.path, children: children, opening: files)
        members.append(member)
        return member
    }

    /// The text of a file in the hierarchy of a controller; an empty name is the version 2 tree.
    func contents(_ controller: String, _ file: String) throws -> String {
        guard
            let place = layout.places.first(where: {
                controller.isEmpty ? $0.isUnified : $0.controllers.contains(controller)
            })
        else { throw Missing(what: controller) }
        return try String(contentsOfFile: place.directory + "/" + file, encoding: .utf8)
    }
}

struct Missing: Error { var what: String }

/// A process of the probe program.
final class Member {
    let process = Process()
    let output = Pipe()
    let input = Pipe()
    var pid: Int32 { process.processIdentifier }

    /// For each file that it was asked to open, `ok` or the error's name.
    let opened: [String]

    init(_ path: String, children: String, opening files: [String]) throws {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        process.executableURL = folder.appendingPathComponent("CgroupMember")
        process.arguments = [path, children] + files
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        // Only the probe holds the writing end now, so its death is the end of the text.
        try output.fileHandleForWriting.close()
        try input.fileHandleForReading.close()
        let words = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            .split(separator: "\n").map(String.init)
        opened = Array(words.dropFirst())
        guard words.first == "ready" else {
            end()
            throw Missing(what: "a member of \(path): \(words)")
        }
    }

    /// Lets the process and its children go, and waits for it.
    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
