internal import CRootfs
internal import Glibc

extension Command {
    static let unpack = Command(
        name: "unpack", summary: "make a root filesystem from an image", arguments: "IMAGE DIR", count: 2...2,
        details: """
            IMAGE is an image layout, an archive of one, what podman save or docker save wrote, or - for an archive on \
            standard input. Every digest is checked, and nothing in an archive can reach outside of DIR. The files are \
            recorded in DIR.store for verify; repair takes their content from IMAGE.
            """,
        options: imageOptions + keepOptions,
        run: { (call) throws(ToolError) in
            var call = call
            let image = call.words.removeFirst()
            let make = try Make(call)
            let said = try make.unpackImage(image)
            try make.finish(said, defaultKeeping: said.origin == nil ? .auto : Keeping.none)
            return 0
        })

    static let manifest = Command(
        name: "manifest", summary: "record what a root filesystem is like now", arguments: "DIR", count: 1...1,
        details: "For a tree that came from elsewhere, or that was changed on purpose. DIR.store is made anew.",
        options: keepOptions,
        run: { (call) throws(ToolError) in
            let progress = Progress(quiet: call.has("quiet"))
            let record = try TreeRecord(call.words[0])
            var image = try record.image()
            if image.config == nil { image.config = TreeImage.plain }
            let staging = try Staging(try Place(record.path + TreeRecord.suffix), replacing: true)
            let store = try staging.directory.makingDirectory(Bytes("store".utf8))
            let recorder = Recorder(
                tree: record.tree, store: store, progress: progress, usesVerity: call.has("verity"))
            let manifest = try recorder.record(try Keeping(call))
            try store.replace("manifest", with: manifest.text())
            try store.replace("image.json", with: try encode(image, pretty: true))
            // The old one serves until the new one is whole.
            try staging.exchange("store")
            progress.step("\(record.path): \(manifest.entries.count) files")
            return 0
        })

    static let verify = Command(
        name: "verify", summary: "find files of a root filesystem that differ from its manifest", arguments: "DIR",
        count: 1...1,
        details: """
            Prints a line for each file that is missing, added, or different in type, content, mode, owner, extended \
            attributes, link or device. The exit status is 1 if there is one.
            """,
        options: [
            Option(name: "times", help: "count a different modification time, too"),
            Option(name: "quiet", help: "say nothing but the differences"),
        ],
        run: { (call) throws(ToolError) in
            let progress = Progress(quiet: call.has("quiet"))
            let record = try TreeRecord(call.words[0])
            let manifest = try record.manifest()
            let differences = try Comparison(tree: record.tree, progress: progress, comparesTimes: call.has("times"))
                .run(manifest)
            writeAll(1, differences.map { $0.line + "\n" }.joined())
            progress.step("\(manifest.entries.count) files verified, \(differences.count) differ")
            return differences.isEmpty ? 0 : 1
        })

    static let repair = Command(
        name: "repair", summary: "make a root filesystem again what its manifest says", arguments: "DIR [PATH...]",
        count: 1...Int.max,
        details: """
            Restores what differs, byte for byte and with all metadata; with PATHs, only these and what is below them. \
            What was added stays, unless it is named or --remove-added is given.
            """,
        options: [
            Option(name: "remove-added", help: "remove what the manifest doesn't know"),
            Option(name: "times", help: "restore modification times that differ, too"),
            Option(name: "force", help: "even if a container uses the tree"),
            Option(name: "quiet", help: "say nothing but what was restored"),
        ],
        run: { (call) throws(ToolError) in try repair(call) })

    private static func repair(_ call: Call) throws(ToolError) -> Int32 {
        let progress = Progress(quiet: call.has("quiet"))
        let record = try TreeRecord(call.words[0])
        let manifest = try record.manifest()
        guard record.tree.tryLock() else { throw ToolError("\(record.path) is in use by another repair") }
        if !call.has("force"), let user = try MountScan.user(of: record.path) {
            throw ToolError(
                "\(record.path) is in use by process \(user)",
                hint: "end its containers first, or use --force: overlayfs doesn't say what they will see then")
        }
        var wanted: [Bytes] = []
        for path in call.words.dropFirst() {
            guard let below = pathBelow(path.utf8) else { throw ToolError("\(path) leads out of the tree") }
            wanted.append(below)
        }
        let isWanted = { (path: Bytes) in
            wanted.isEmpty || wanted.contains { path == $0 || path.starts(with: $0 + [slash]) || $0.isEmpty }
        }
        let differences = try Comparison(tree: record.tree, progress: progress, comparesTimes: call.has("times"))
            .run(manifest)
        // A parent that is missing is needed for what is wanted.
        let parents = Set(differences.filter { isWanted($0.path) }.flatMap { ancestors($0.path) })
        let chosen = differences.filter { difference in
            if difference.aspects == [.added] {
                if Repair.isLeftover(difference.path) { return true }
                return isWanted(difference.path) && (call.has("remove-added") || !wanted.isEmpty)
            }
            return isWanted(difference.path) || (parents.contains(difference.path) && difference.needsContent)
        }
        let failed = try Repair(record, manifest, progress).run(chosen)
        for difference in chosen where !failed.contains(difference) {
            writeAll(1, "restored \(difference.path.shown)\n")
        }
        for difference in failed {
            writeAll(2, "no content is left for \(difference.path.shown)\n")
        }
        if !failed.isEmpty {
            throw ToolError(
                "\(failed.count) files could not be restored",
                hint: "the store has no copy of them that is whole; make the tree anew, or unpack it from its image")
        }
        return 0
    }

    private static func ancestors(_ path: Bytes) -> [Bytes] {
        var all: [Bytes] = []
        var rest = path.cut.parent
        while !rest.isEmpty {
            all.append(rest)
            rest = rest.cut.parent
        }
        return all
    }
}
