/// What writes itself as the members of an object, in an order of its own.
///
/// The counterpart of ``ObjectDecodable``: no containers, no value on its way into text, nothing to be sorted.
public protocol ObjectWritable {
    /// Writes each property that isn't absent.
    func write(to member: inout ObjectWriter)
}

extension JSONEncoder {
    /// Encodes a value that writes itself, always on one line; the text doesn't end in a newline.
    @inlinable public func encode<Value: ObjectWritable>(_ value: Value) -> [UInt8] {
        var writer = ObjectWriter()
        writer.write(value)
        return writer.text
    }
}

/// Puts the members of an object into text, one after the other.
public struct ObjectWriter {
    @usableFromInline var text: [UInt8] = []
    private var isFirst = true

    @usableFromInline init() { text.reserveCapacity(2048) }  // most records fit

    /// A string; absent if it is nil.
    public mutating func callAsFunction(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        begin(name)
        text.append(jsonString: value)
    }

    /// True or false; absent if it is nil.
    public mutating func callAsFunction(_ name: StaticString, _ value: Bool?) {
        guard let value else { return }
        begin(name)
        text.append(ascii: value ? "true" : "false")
    }

    /// An integer without a sign.
    public mutating func callAsFunction(_ name: StaticString, _ value: UInt64) {
        begin(name)
        text.append(decimal: value)
    }

    /// An integer.
    public mutating func callAsFunction(_ name: StaticString, _ value: Int64) {
        begin(name)
        if value < 0 { text.append(UInt8(ascii: "-")) }
        text.append(decimal: value.magnitude)
    }

    /// An array of strings.
    public mutating func callAsFunction(_ name: StaticString, _ values: [String]) {
        begin(name)
        text.append(UInt8(ascii: "["))
        for index in 0..<values.count {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(jsonString: values[index])
        }
        text.append(UInt8(ascii: "]"))
    }

    /// An object with strings only; absent if it is nil.
    public mutating func callAsFunction(_ name: StaticString, _ values: [String: String]?) {
        guard let values else { return }
        begin(name)
        text.append(UInt8(ascii: "{"))
        var isFirst = true
        for (key, value) in values {
            if !isFirst { text.append(UInt8(ascii: ",")) }
            isFirst = false
            text.append(jsonString: key)
            text.append(UInt8(ascii: ":"))
            text.append(jsonString: value)
        }
        text.append(UInt8(ascii: "}"))
    }

    /// An object; absent if it is nil.
    @inlinable public mutating func callAsFunction<Value: ObjectWritable>(_ name: StaticString, _ value: Value?) {
        guard let value else { return }
        begin(name)
        write(value)
    }

    /// An array of objects.
    @inlinable public mutating func callAsFunction<Value: ObjectWritable>(_ name: StaticString, _ values: [Value]) {
        begin(name)
        put(UInt8(ascii: "["))
        for index in 0..<values.count {
            if index > 0 { put(UInt8(ascii: ",")) }
            write(values[index])
        }
        put(UInt8(ascii: "]"))
    }

    @inlinable mutating func write<Value: ObjectWritable>(_ value: Value) {
        beginObject()
        value.write(to: &self)
        endObject()
    }

    @usableFromInline mutating func put(_ character: UInt8) { text.append(character) }

    @usableFromInline mutating func beginObject() {
        put(UInt8(ascii: "{"))
        isFirst = true
    }

    @usableFromInline mutating func endObject() {
        put(UInt8(ascii: "}"))
        isFirst = false
    }

    @usableFromInline mutating func begin(_ name: StaticString) {
        if !isFirst { put(UInt8(ascii: ",")) }
        isFirst = false
        put(UInt8(ascii: "\""))
        text.append(ascii: name)  // names in the code have nothing to be escaped
        put(UInt8(ascii: "\""))
        put(UInt8(ascii: ":"))
    }
}

extension [UInt8] {
    fileprivate mutating func append(ascii words: StaticString) {
        words.withUTF8Buffer { bytes in unsafe append(contentsOf: bytes) }
    }

    fileprivate mutating func append(decimal number: UInt64) {
        var power: UInt64 = 1
        while number / power >= 10 { power *= 10 }
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / power % 10))
            power /= 10
        }
    }

    /// Escapes what JSON demands, and DEL, so that the text is harmless on a terminal.
    mutating func append(jsonString string: String) {
        append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { bytes in
            var written = 0
            for index in bytes.indices {
                let byte = unsafe bytes[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F else {
                    continue
                }
                unsafe append(contentsOf: UnsafeBufferPointer(rebasing: bytes[written..<index]))
                append(escaped: byte)
                written = index + 1
            }
            unsafe append(contentsOf: UnsafeBufferPointer(rebasing: bytes[written...]))
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func append(escaped byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case UInt8(ascii: "\n"): append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): append(UInt8(ascii: "t"))
        default:
            append(ascii: byte < 0x10 ? "u000" : "u00")
            self += String(byte, radix: 16).utf8
        }
    }
}
