/// What a probe expected, and whether it held.
public struct Checks {
    /// Whether something didn't hold.
    public private(set) var failed = false

    /// Expects nothing yet.
    public init() {}

    /// Prints the sentence if it doesn't hold.
    public mutating func expect(_ sentence: String, _ holds: Bool) {
        if holds { return }
        failed = true
        print("not so: \(sentence)")
    }
}
