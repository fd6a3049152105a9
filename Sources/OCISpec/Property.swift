/// A property of the configuration: the row from which the table in the documentation is made.
///
/// Decoding and validation have their own types and rules; here is what a person wants to know before using it.
public struct Property: Equatable, Sendable {
    /// Where it takes effect.
    public enum Reach: Equatable, Sendable {
        /// Everywhere.
        case yes
        /// Nowhere; asking for it is an error.
        case no
        /// It has no effect there, and does no harm.
        case ignored
        /// In some cases.
        case partly(String)
    }

    /// Its place: a JSON pointer in which `*` stands for any index or name; what lies below belongs to it.
    public let pointer: String
    /// The specification's version that introduced it, without the patch level.
    public let since: String
    /// What it needs of the kernel beyond Linux 5.4; empty for nothing.
    public let needs: String
    /// Where controllers are on version 1.
    public let v1: Reach
    /// Where all is on version 2.
    public let v2: Reach
    /// For a caller without privileges, in a user namespace of the container's own.
    public let rootless: Reach
    /// The tests that would fail without it, by their names.
    public let tests: [String]

    init(
        _ pointer: String, since: String = "1.0", needs: String = "", v1: Reach = .yes, v2: Reach = .yes,
        rootless: Reach = .yes, _ tests: String...
    ) {
        self.pointer = pointer
        self.since = since
        self.needs = needs
        self.v1 = v1
        self.v2 = v2
        self.rootless = rootless
        self.tests = tests
    }
}

extension Property {
    /// Every property, in the order of the specification's chapters.
    public static var all: [Property] {
        document + process + linux + resources + rest
    }

    /// True if the property at this place takes effect on some host.
    public static func isThere(_ pointer: String) -> Bool {
        all.contains { $0.pointer.utf8.elementsEqual(pointer.utf8) && ($0.v1 != .no || $0.v2 != .no) }
    }
}
