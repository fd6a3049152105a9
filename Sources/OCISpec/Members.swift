/// The members of an object that is being decoded, by their names.
///
/// The compiler would write `init(from:)` itself, with a type of keys for each type. Of each such type the Swift runtime
/// then makes five generic ones when it is first decoded, which takes longer than the decoding: one type of keys for all
/// saves a tenth of a millisecond at each start. What is absent costs nothing, its type isn't even looked at.
public struct Members {
    @usableFromInline let object: KeyedDecodingContainer<Name>

    /// Throws the decoder's error where there is no object.
    public init(of decoder: any Decoder) throws { object = try decoder.container(keyedBy: Name.self) }

    /// A member that may be absent.
    @inlinable @inline(__always)
    public func callAsFunction<Value: Decodable>(_ name: Name) throws -> Value? {
        try object.contains(name) ? object.decodeIfPresent(Value.self, forKey: name) : nil
    }

    /// A member that must be there.
    @inlinable @inline(__always)
    public func required<Value: Decodable>(_ name: Name) throws -> Value { try object.decode(Value.self, forKey: name) }

    /// The usual types, without a detour.
    public func callAsFunction(_ name: Name) throws -> String? { try object.decodeIfPresent(String.self, forKey: name) }
    /// See the first.
    public func callAsFunction(_ name: Name) throws -> Bool? { try object.decodeIfPresent(Bool.self, forKey: name) }
    /// See the first.
    public func callAsFunction(_ name: Name) throws -> UInt32? { try object.decodeIfPresent(UInt32.self, forKey: name) }
    /// See the first.
    public func required(_ name: Name) throws -> String { try object.decode(String.self, forKey: name) }
    /// See the first.
    public func required(_ name: Name) throws -> Bool { try object.decode(Bool.self, forKey: name) }
    /// See the first.
    public func required(_ name: Name) throws -> UInt32 { try object.decode(UInt32.self, forKey: name) }
    /// See the first.
    public func required(_ name: Name) throws -> UInt64 { try object.decode(UInt64.self, forKey: name) }

    /// The name of a member.
    public struct Name: CodingKey, ExpressibleByStringLiteral {
        /// The name.
        public let stringValue: String
        /// Never an index.
        public var intValue: Int? { nil }

        /// Takes the name as it stands in the code.
        public init(stringLiteral: String) { stringValue = stringLiteral }
        /// Takes a name.
        public init(stringValue: String) { self.stringValue = stringValue }
        /// Members have no index.
        public init?(intValue: Int) { nil }
    }
}
