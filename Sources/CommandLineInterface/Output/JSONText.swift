/// A string as JSON, with its quotation marks; for the few places where no document is encoded.
func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        // Some readers of lines take U+2028 and U+2029 for the end of one.
        case _ where scalar.value < 0x20 || scalar.value == 0x7f || 0x2028...0x2029 ~= scalar.value:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// An object whose members are all strings.
func jsonObject(_ members: [(key: String, value: String)]) -> String {
    "{" + members.map { "\(jsonString($0.key)):\(jsonString($0.value))" }.joined(separator: ",") + "}"
}
