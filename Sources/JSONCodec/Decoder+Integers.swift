extension TreeDecoder {
    /// Reads an integer from its decimal text, without a detour that would round it.
    func integer<Value: FixedWidthInteger>() throws -> Value {
        guard tree.nodes[node].kind == .number else { throw wrongType("an integer") }
        let text = tree.bytes(of: node)
        guard let value: Value = try exactValue(of: text) else {
            throw tree.error(
                .outOfRange(found: shortened(text), lowest: String(Value.min), highest: String(Value.max)), at: node)
        }
        return value
    }

    /// The value of `-?[0-9]+`; nil when it doesn't fit.
    private func exactValue<Value: FixedWidthInteger>(of text: ArraySlice<UInt8>) throws -> Value? {
        let isNegative = text.first == UInt8(ascii: "-")
        // "-0" would pass for 0 below; where no sign is allowed it is a mistake.
        var fits = !isNegative || Value.isSigned
        var value: Value = 0
        for byte in isNegative ? text.dropFirst() : text {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else {
                throw tree.error(.notAnInteger(found: shortened(text)), at: node)
            }
            guard fits else { continue }
            let digit = Value(truncatingIfNeeded: byte - UInt8(ascii: "0"))
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            // Downwards for negative numbers: the lowest has no positive counterpart.
            let (next, overflowsToo) =
                isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            fits = !overflow && !overflowsToo
            value = next
        }
        return fits ? value : nil
    }

    private func shortened(_ text: ArraySlice<UInt8>) -> String {
        let limit = 32
        return String(decoding: text.prefix(limit), as: UTF8.self) + (text.count > limit ? "…" : "")
    }
}
