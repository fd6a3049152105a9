internal import CRootfs
internal import Glibc

/// Copies a tree with all its metadata, sharing blocks where the file system can, holes left out.
struct TreeCopy {
    let target: OpenFile
    private let giving = Giving.current
    private var names: [FileKey: Bytes] = [:]

    init(to target: OpenFile) { self.target = target }

    /// Copies all of a tree into the target, which is empty.
    mutating func run(_ source: OpenFile, _ progress: Progress) throws(ToolError) {
        var walk = try TreeWalk(source)
        var directories: [(path: Bytes, metadata: Metadata)] = []
        var count = 0
        while let visit = try walk.next() {
            count += 1
            if count % 256 == 0 { progress.say("\(count) files copied") }
            if visit.found.metadata.kind == .directory { directories.append((visit.path, visit.found.metadata)) }
            if visit.path.isEmpty { continue }
            let (parent, name) = visit.path.cut
            guard let directory = try target.walk(parent) else {
                throw ToolError("\(visit.path.shown) has lost its place")
            }
            try copy(visit, to: directory, name)
        }
        for (path, metadata) in directories.reversed() {
            guard let directory = try target.walk(path) else { continue }
            try directory.give(metadata, to: [UInt8(ascii: ".")], content: directory, path, giving)
        }
    }

    /// Copies one file or makes one directory, which gets its metadata later.
    mutating func copy(_ visit: Visit, to directory: OpenFile, _ name: Bytes) throws(ToolError) {
        let metadata = visit.found.metadata
        if metadata.kind == .directory {
            try ok(unsafe rf_mkdirat(directory.fd, name.z, 0o700), "make the directory \(visit.path.shown)")
            return
        }
        if visit.found.links > 1 {
            if let first = names[visit.found.key] {
                let (parent, firstName) = first.cut
                guard let place = try target.walk(parent) else { return }
                try ok(
                    unsafe rf_linkat(place.fd, firstName.z, directory.fd, name.z), "link \(visit.path.shown)")
                return
            }
            names[visit.found.key] = visit.path
        }
        if metadata.kind == .regular {
            let from = try visit.directory.reading(visit.name, visit.path)
            let to = try directory.making(name)
            let size = try from.lookAtSelf(visit.path).metadata.size
            if size > 0, rf_copy(from.fd, to.fd, size, 1) < 0 {
                try ok(rf_copy(from.fd, to.fd, size, 0), "copy \(visit.path.shown)")
            }
            try directory.give(metadata, to: name, content: to, visit.path, giving)
            return
        }
        try directory.make(metadata, name, visit.path)
        try directory.give(metadata, to: name, content: nil, visit.path, giving)
    }
}
