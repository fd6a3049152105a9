/// A string whose values the specification lists; any other value is kept, so that validation can report it.
public protocol Vocabulary: Codable, Equatable, Sendable {
    /// The value as it stands in the configuration.
    var rawValue: String { get }

    /// All listed values.
    static var known: [Self] { get }

    /// A value that isn't listed.
    static func unknown(_ text: String) -> Self
}

extension Vocabulary {
    /// Finds the listed value which is written exactly so, byte by byte, or keeps the text.
    public init(rawValue: String) {
        // Not ==, which is canonical equivalence: the Kelvin sign would make a "K".
        self = Self.known.first { $0.rawValue.utf8.elementsEqual(rawValue.utf8) } ?? .unknown(rawValue)
    }

    /// Accepts any string.
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the string as it was read.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    /// Whether the specification lists the value.
    public var isKnown: Bool {
        self != .unknown(rawValue)
    }
}
