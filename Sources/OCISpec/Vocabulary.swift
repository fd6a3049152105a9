internal import JSONCodec

/// A string whose values the specification lists; any other value is kept, so that validation can report it.
public protocol Vocabulary: Codable, Equatable, Sendable {
    /// The value as it stands in the configuration.
    var rawValue: String { get }

    /// All listed values.
    static var known: [Self] { get }

    /// Finds the listed value, or keeps the text.
    init(rawValue: String)

    /// A value that isn't listed.
    static func unknown(_ text: String) -> Self
}

extension Vocabulary {
    /// Finds the listed value which is written exactly so, byte by byte, or keeps the text.
    public init(rawValue: String) {
        self = Self.listed(rawValue) ?? .unknown(rawValue)
    }

    /// The listed value which is written exactly so; nil where there is none.
    static func listed(_ text: String) -> Self? {
        known.first { text.isExactly(ascii: $0.rawValue) }
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

extension Members {
    /// A word; nil if it is absent.
    func callAsFunction<Word: Vocabulary>(_ name: StaticString) throws -> Word? {
        try self(name).map { (text: String) in Word(rawValue: text) }
    }

    /// A word that must be there.
    func required<Word: Vocabulary>(_ name: StaticString) throws -> Word { Word(rawValue: try required(name)) }
}

extension String {
    /// Whether this is, byte by byte, a name that consists of ASCII.
    ///
    /// `==` alone is canonical equivalence: the Kelvin sign would make a "K". What is equivalent to ASCII without being
    /// it has more bytes, so the count settles it.
    func isExactly(ascii name: String) -> Bool {
        utf8.count == name.utf8.count && self == name
    }
}
