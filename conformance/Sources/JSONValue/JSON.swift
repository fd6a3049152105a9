/// A JSON value that keeps the order of an object's members, so that what was written can be recognised when read.
package enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number by its decimal text, so that 64-bit values survive exactly.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// One member of an object.
    package struct Member: Equatable, Sendable {
        package var name: String
        package var value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }
}

extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .number(String(value)) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}

extension JSON {
    /// A number.
    package static func int(_ value: some BinaryInteger) -> JSON { .number(String(value)) }
    /// An array of strings.
    package static func strings(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    package var uint64: UInt64? { if case .number(let text) = self { UInt64(text) } else { nil } }
    package var array: [JSON]? { if case .array(let values) = self { values } else { nil } }
    package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    package var isNull: Bool { self == .null }
    /// The strings of an array of strings; anything else in it is left out.
    package var strings: [String] { array?.compactMap(\.string) ?? [] }
    /// The integers of an array of numbers; anything else in it is left out.
    package var ints: [Int] { array?.compactMap(\.int) ?? [] }

    /// A member of an object, or nil.
    ///
    /// Setting nil removes it; setting on anything but an object makes it one.
    package subscript(name name: String) -> JSON? {
        get { members?.first { $0.name.utf8.elementsEqual(name.utf8) }?.value }
        set {
            var list = members ?? []
            if let index = list.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                if let newValue { list[index].value = newValue } else { list.remove(at: index) }
            } else if let newValue {
                list.append(Member(name, newValue))
            }
            self = .object(list)
        }
    }

    /// The value at a JSON pointer such as `/process/args/0`.
    ///
    /// Setting makes the missing objects on the way; `-` as the last part appends to an array; setting nil removes.
    package subscript(pointer: String) -> JSON? {
        get {
            var value = self
            for part in JSON.parts(pointer) {
                if let list = value.array {
                    guard let index = Int(part), list.indices.contains(index) else { return nil }
                    value = list[index]
                } else {
                    guard let next = value[name: part] else { return nil }
                    value = next
                }
            }
            return value
        }
        set { set(JSON.parts(pointer)[...], newValue) }
    }

    private mutating func set(_ parts: ArraySlice<String>, _ newValue: JSON?) {
        guard let first = parts.first else {
            self = newValue ?? .null
            return
        }
        let rest = parts.dropFirst()
        if first == "-" || array != nil {
            var list = array ?? []
            if first == "-" {
                var element = JSON.null
                element.set(rest, newValue)
                list.append(element)
            } else if let index = Int(first), list.indices.contains(index) {
                if rest.isEmpty && newValue == nil {
                    list.remove(at: index)
                } else {
                    list[index].set(rest, newValue)
                }
            }
            self = .array(list)
            return
        }
        if rest.isEmpty {
            self[name: first] = newValue
            return
        }
        if self[name: first] == nil && newValue == nil { return }
        var child = self[name: first] ?? JSON.null
        child.set(rest, newValue)
        self[name: first] = child
    }

    private static func parts(_ pointer: String) -> [String] {
        pointer.split(separator: "/", omittingEmptySubsequences: true).map {
            var text = ""
            var escaped = false
            for scalar in $0.unicodeScalars {
                if escaped {
                    text += scalar == "1" ? "/" : "~"
                    escaped = false
                } else if scalar == "~" {
                    escaped = true
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
            return text
        }
    }
}
