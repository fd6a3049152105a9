/// Bounds on what is read; a text beyond one of them is refused as a whole.
public struct Limits: Sendable {
    /// The most bytes of a text.
    public var textBytes = 16 << 20
    /// The most arrays and objects inside of one another.
    public var depth = 128
    /// The most bytes of a string.
    public var stringBytes = 1 << 20

    /// The limits for a configuration: 16 MiB, 128 levels, 1 MiB in a string.
    public init() {}
}
