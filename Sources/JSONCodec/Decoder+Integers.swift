extension TreeDecoder {
    /// Reads an integer from its decimal text, without a detour that would round it.
    func integer<Value: FixedWidthInteger>() throws -> Value { try tree.integer(node) }
}

extension Tree {
    /// Reads an integer of at most 64 bits.
    @inlinable func integer<Value: FixedWidthInteger>(_ node: Int) throws -> Value {
        Value(truncatingIfNeeded: try integer(node, lowest: Int64(Value.min), highest: UInt64(Value.max)))
    }

    /// Reads an integer within bounds, for all types.
    ///
    /// Where it is negative, the bits are those of an `Int64`.
    @usableFromInline func integer(_ node: Int, lowest: Int64, highest: UInt64) throws -> UInt64 {
        guard nodes[node].kind == .number else { throw TreeDecoder(tree: self, node: node).wrongType("an integer") }
        let text = bytes(of: node)
        let isNegative = text.first == UInt8(ascii: "-")
        // "-0" would pass for 0 below; where no sign is allowed it is a mistake.
        var fits = !isNegative || lowest < 0
        let limit = isNegative ? lowest.magnitude : highest
        var magnitude: UInt64 = 0
        for byte in isNegative ? text.dropFirst() : text {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else {
                throw error(.notAnInteger(found: shortened(text)), at: node)
            }
            let (scaled, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (next, overflowsToo) = scaled.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            fits = fits && !overflow && !overflowsToo && next <= limit
            magnitude = next
        }
        guard fits else {
            throw error(
                .outOfRange(found: shortened(text), lowest: String(lowest), highest: String(highest)), at: node)
        }
        return isNegative ? 0 &- magnitude : magnitude
    }

    private func shortened(_ text: ArraySlice<UInt8>) -> String {
        let limit = 32
        return String(decoding: text.prefix(limit), as: UTF8.self) + (text.count > limit ? "…" : "")
    }
}
