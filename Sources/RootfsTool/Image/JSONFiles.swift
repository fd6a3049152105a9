internal import JSONCodec

/// Reads a value from JSON text.
func decode<Value: Decodable>(_ type: Value.Type, _ text: Bytes, _ what: String) throws(ToolError) -> Value {
    do {
        return try JSONDecoder().decode(type, from: text)
    } catch {
        throw ToolError("\(what) can't be read: \(error.description)")
    }
}

/// Writes a value as JSON text, with a newline at the end if it is for people.
func encode<Value: Encodable>(_ value: Value, pretty: Bool = false) throws(ToolError) -> Bytes {
    do {
        let text = try JSONEncoder(pretty: pretty).encode(value)
        return pretty ? text + [UInt8(ascii: "\n")] : text
    } catch {
        throw ToolError("cannot write JSON: \(error.description)")
    }
}
