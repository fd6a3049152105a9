/// The words of a command line, sorted.
struct Arguments: Equatable, Sendable {
    /// The options in their order, with the value that was given; a flag's is empty or a truth value.
    private(set) var given: [(name: String, value: String)] = []
    /// What is no option.
    var words: [String] = []

    mutating func add(_ option: Option, _ value: String) { given.append((option.name, value)) }

    /// The last value of an option; nil if it wasn't given, or was given as empty text, which means the same.
    subscript(option: Option) -> String? {
        guard let value = given.last(where: { $0.name == option.name })?.value, !value.isEmpty else { return nil }
        return value
    }

    /// All values of an option.
    func all(_ option: Option) -> [String] { given.filter { $0.name == option.name }.map(\.value) }

    /// Whether a flag is set.
    func has(_ flag: Option) -> Bool {
        guard let value = given.last(where: { $0.name == flag.name })?.value else { return false }
        return value.isEmpty || Truth.value(of: value) == true
    }

    /// The value of an option that takes a number; 0 if it wasn't given.
    func number(_ option: Option) -> Int { self[option].flatMap(decimal) ?? 0 }

    static func == (a: Arguments, b: Arguments) -> Bool {
        a.words == b.words && a.given.elementsEqual(b.given) { $0 == $1 }
    }
}

extension Arguments: CustomStringConvertible {
    /// The words in one spelling, options first.
    var description: String {
        let options = given.map { $0.value.isEmpty ? "--\($0.name)" : "--\($0.name)=\(quoted($0.value))" }
        return (options + words.map(quoted)).joined(separator: " ")
    }
}

/// Reads 1 to 10 digits and nothing else, up to 2^31 - 1.
func decimal(_ text: String) -> Int? {
    // Int(text) would take "+5" as well.
    guard 1...10 ~= text.utf8.count, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
        let value = Int(text), value <= Int(Int32.max)
    else { return nil }
    return value
}
