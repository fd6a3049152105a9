public import JSONCodec
internal import LinuxKernel
internal import OCISpec

/// Where the cgroup of one container is: a directory in each hierarchy.
///
/// It is stored with the container's state and read back later, so everything that acts on one checks it first: the file
/// may have been edited.
public struct CgroupLayout: ObjectDecodable, ObjectWritable, Equatable, Sendable {
    /// How the host's hierarchies are organised.
    public var mode: CgroupMode
    /// The places, in the order in which they are made and joined.
    public var places: [Place]

    /// Makes up a layout.
    public init(mode: CgroupMode, places: [Place]) {
        self.mode = mode
        self.places = places
    }

    /// Reads the properties from an object; see `Members`.
    public init(_ member: Members) throws {
        mode = try member.required("mode")
        places = try member.required("places")
    }

    /// Writes the properties; see `ObjectWriter`.
    public func write(to member: inout ObjectWriter) {
        member("mode", mode.rawValue)
        member("places", places)
    }

    /// The container's directory in one hierarchy.
    public struct Place: ObjectDecodable, ObjectWritable, Equatable, Sendable {
        /// What controls the hierarchy, as in `CgroupHost.Hierarchy`.
        public var controllers: [String]
        /// Where the hierarchy's root is mounted.
        public var mountPoint: String
        /// The container's cgroup below the root: `/a/b`, never `/`.
        public var path: String
        /// True for the version 2 tree.
        public var isUnified: Bool

        /// Makes up a place.
        public init(controllers: [String], mountPoint: String, path: String, isUnified: Bool = false) {
            self.controllers = controllers
            self.mountPoint = mountPoint
            self.path = path
            self.isUnified = isUnified
        }

        /// Reads the properties from an object; see `Members`.
        public init(_ member: Members) throws {
            controllers = try member.required("controllers")
            mountPoint = try member.required("mountPoint")
            path = try member.required("path")
            isUnified = try member.required("isUnified")
        }

        /// Writes the properties; see `ObjectWriter`.
        public func write(to member: inout ObjectWriter) {
            member("controllers", controllers)
            member("mountPoint", mountPoint)
            member("path", path)
            member("isUnified", isUnified)
        }

        /// The directory's absolute path.
        public var directory: String { mountPoint + path }
    }
}

extension CgroupLayout {
    /// Decides where a container's cgroup is.
    ///
    /// An absolute `cgroupsPath` starts at each hierarchy's root. A relative one starts at the runtime's own cgroup in
    /// version 1; in version 2 at its parent, because a cgroup with processes can't hand controllers down. Without one,
    /// the container's id takes its place.
    ///
    /// - Throws: `locate` errors for a `..`, for a hierarchy's root, and for paths which the kernel would not take.
    /// Source: config-linux.md "Cgroups path"; the starting points are those that other runtimes use.
    public static func locate(
        cgroupsPath: String?, id: String, on host: CgroupHost
    ) throws(CgroupError) -> CgroupLayout {
        let given = cgroupsPath ?? ""
        let wanted = given.isEmpty ? id : given
        let isAbsolute = wanted.utf8.first == UInt8(ascii: "/")
        let below = "/" + (try components(of: wanted)).linked(by: "/")
        var places: [Place] = []
        for hierarchy in host.hierarchies {
            let path = isAbsolute ? below : try start(in: hierarchy, host.mode) + below
            let place = Place(
                controllers: hierarchy.controllers, mountPoint: hierarchy.mountPoint, path: path,
                isUnified: hierarchy.isUnified)
            guard place.directory.utf8.count <= longestPath else {
                throw CgroupError(.locate, .badPath, path: wanted)
            }
            places.append(place)
        }
        return CgroupLayout(mode: host.mode, places: places)
    }

    /// Where a relative path begins: the runtime's own cgroup, in version 2 its parent; empty for the root.
    private static func start(in hierarchy: CgroupHost.Hierarchy, _ mode: CgroupMode) throws(CgroupError) -> String {
        if hierarchy.ownPath == "/" { return "" }
        var own = names(in: hierarchy.ownPath)
        // Seen from inside a cgroup namespace, a process outside of it is at "/../..".
        guard !own.contains("..") else {
            throw CgroupError(.locate, .ownCgroupUnreachable, path: hierarchy.mountPoint + hierarchy.ownPath)
        }
        if mode == .v2 { _ = own.popLast() }
        return own.isEmpty ? "" : "/" + own.linked(by: "/")
    }

    private static func names(in path: String) -> [String] {
        Array(path.utf8)[...].texts { $0 == UInt8(ascii: "/") }
    }

    /// Room for the longest name of a file in the directory, below the kernel's 4095 bytes for a path.
    fileprivate static let longestPath = 4095 - 256

    /// The components of a path without empty ones and `.`; a `..` is refused even where it would stay inside.
    private static func components(of path: String) throws(CgroupError) -> [String] {
        guard !path.utf8.contains(0), path.utf8.count <= longestPath else {
            throw CgroupError(.locate, .badPath, path: path)
        }
        let components = names(in: path).filter { $0 != "." }
        guard !components.contains("..") else { throw CgroupError(.locate, .parentComponent, path: path) }
        guard components.allSatisfy({ $0.utf8.count <= 255 }) else { throw CgroupError(.locate, .badPath, path: path) }
        guard !components.isEmpty else { throw CgroupError(.locate, .isRoot, path: path) }
        return components
    }

    /// The layout of a cgroup inside of this one, which somebody made there.
    ///
    /// - Parameters:
    ///   - path: its path from this cgroup; `/` is this cgroup itself.
    /// - Throws: `locate` errors for a path that would leave this cgroup.
    ///   - controllers: those in whose hierarchies it is; nil for all.
    public func inside(_ path: String, controllers: [String]? = nil) throws(CgroupError) -> CgroupLayout {
        let isItself = !path.isEmpty && path.utf8.allSatisfy { $0 == UInt8(ascii: "/") }
        let below = isItself ? "" : "/" + (try CgroupLayout.components(of: path)).joined(separator: "/")
        var copy = self
        if let controllers {
            for controller in controllers where place(of: controller) == nil {
                throw CgroupError(.locate, .missingController(controller), path: path)
            }
        }
        for index in copy.places.indices {
            guard controllers.map({ copy.places[index].controllers.contains(where: $0.contains) }) ?? true else {
                continue
            }
            copy.places[index].path += below
        }
        return copy
    }

    /// The layout of the cgroup where a process of the container is now, in the version 2 tree.
    ///
    /// A container that hands controllers down to cgroups of its own can't have processes beside them, so a process that
    /// joins it is refused (EBUSY) at the container's own cgroup, but not where the first process went.
    /// - Returns: nil where the process is not in this cgroup or one inside.
    public func following(process pid: Int32) throws(CgroupError) -> CgroupLayout? {
        let file = "/proc/\(pid)/cgroup"
        let open = try during(.enter, file, try FileDescriptor.open(file, .readOnly))
        let lines = parseMemberships(try during(.enter, file, try open.readAll(limitBytes: 1 << 20)))
        var copy = self
        for index in copy.places.indices where copy.places[index].isUnified {
            guard let found = lines.first(where: \.isUnified)?.path, isAtOrBelow(found, copy.places[index].path) else {
                return nil
            }
            copy.places[index].path = found
        }
        return copy
    }

    /// Compares whole components: `/a/bc` isn't below `/a/b`.
    private func isAtOrBelow(_ path: String, _ ancestor: String) -> Bool {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let above = ancestor.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.count >= above.count && zip(parts, above).allSatisfy { $0.elementsEqual($1) }
    }

    /// Checks a layout that comes from a file: each directory is below, and not at, the root of a cgroup file system of
    /// its kind, and its path says plainly where it is.
    ///
    /// It costs one statfs(2) for each hierarchy.
    public func verify() throws(CgroupError) {
        guard !places.isEmpty else { throw CgroupError(.verify, .noHierarchy, path: CgroupHost.conventionalBase) }
        for place in places { try place.verify() }
    }
}

extension CgroupLayout.Place {
    func verify() throws(CgroupError) {
        try verifyPath()
        let magic = try during(.verify, mountPoint, try FileDescriptor.fileSystem(of: mountPoint).magic)
        guard magic == (isUnified ? .cgroup2 : .cgroup) else {
            throw CgroupError(.verify, .notACgroup, path: mountPoint)
        }
    }

    func verifyPath() throws(CgroupError) {
        for part in [mountPoint, path] {
            if let problem = flaw(in: part) { throw CgroupError(.verify, problem, path: directory) }
        }
    }

    /// What is wrong with an absolute path, found in one walk over its bytes, as all places are verified by each command.
    private func flaw(in path: String) -> CgroupError.Problem? {
        if path.utf8.count + mountPoint.utf8.count > CgroupLayout.longestPath { return .badPath }
        let slash = UInt8(ascii: "/")
        if path.utf8.count <= 1 { return path.isEmpty || path.utf8.first == slash ? .isRoot : .badPath }
        guard path.utf8.first == slash else { return .badPath }
        var isPlain = true
        var length = 0  // of the component so far
        var dots = 0  // at its beginning
        for byte in path.utf8.dropFirst() {
            if byte == 0 { return .badPath }
            if byte == slash {
                if length == 0 { return .badPath }  // "//"
                if dots == length { isPlain = false }
                (length, dots) = (0, 0)
            } else {
                if byte == UInt8(ascii: "."), dots == length, length < 2 { dots += 1 }
                length += 1
            }
        }
        if length == 0 { return .badPath }  // a slash at the end
        return isPlain && dots < length ? nil : .parentComponent
    }
}

extension CgroupLayout {
    /// The place whose controller decides about a limit.
    func place(of controller: String) -> Place? {
        // In version 2 files that no controller has are there, too: cgroup.max.depth.
        if mode == .v2, controller.utf8.elementsEqual("cgroup".utf8) { return unified }
        return places.first { $0.controllers.contains(controller) }
    }

    /// The directory whose processes can be frozen together; nil where none can.
    public var freezable: String? { mode == .v2 ? unified?.directory : place(of: "freezer")?.directory }

    /// The version 2 tree, where there is one.
    var unified: Place? { places.first(where: \.isUnified) }

    /// The place that tells which processes belong to the container: where they can be frozen, if there is one.
    var roster: Place? { mode == .v2 ? unified : place(of: "freezer") ?? place(of: "devices") ?? places.first }
}
