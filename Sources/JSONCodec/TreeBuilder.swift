internal import CYajl

/// Turns yajl's events into a ``Tree``, and refuses what yajl would accept: deep nesting, duplicate keys, U+0000.
///
/// yajl has a tree of its own, but that allocates for each value and bounds nothing.
@safe struct TreeBuilder {
    private let limits: Limits
    private let text: UnsafeBufferPointer<UInt8>
    /// What yajl may read: less than the text when a check found something that stands behind.
    private let readable: Int
    private var parser: yajl_handle?

    private var nodes: [Node] = []
    private var unescaped: [UInt8] = []
    /// The containers that are open, the innermost last.
    private var open: [Frame] = []
    /// The end of the last token that yajl reported, and the separator that may follow it.
    private var taken = 0
    private var separator: UInt8?
    /// The first thing that was refused.
    private var failure: JSONError?

    private struct Frame {
        /// The container's node.
        var node: Int
        /// The key whose value is awaited or being read.
        var key: Int?
        var hasWideKey = false
    }

    private init(text: UnsafeBufferPointer<UInt8>, readable: Int, limits: Limits) {
        unsafe self.text = text
        self.readable = readable
        self.limits = limits
        nodes.reserveCapacity(text.count / 16)
    }
}

extension TreeBuilder {
    /// Parses a whole text.
    static func parse(_ text: [UInt8], limits: Limits) throws(JSONError) -> Tree {
        // A node keeps places in the text in 32 bits.
        let limit = min(limits.textBytes, Int(UInt32.max))
        guard text.count <= limit else { throw JSONError(.tooLarge(limit: limit), pointer: "") }
        guard text.contains(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }) else {
            throw JSONError(.empty, pointer: "")
        }
        let flaw = TextCheck.firstProblem(in: text)
        let result: Result<Tree, JSONError> = unsafe text.withUnsafeBufferPointer { bytes in
            var builder = unsafe TreeBuilder(text: bytes, readable: flaw?.offset ?? bytes.count, limits: limits)
            if let error = builder.run(flaw: flaw?.problem) { return .failure(error) }
            return .success(Tree(text: text, unescaped: builder.unescaped, nodes: builder.nodes))
        }
        return try result.get()
    }

    /// Drives yajl over the text; answers what is wrong with it.
    private mutating func run(flaw: JSONError.Problem?) -> JSONError? {
        var callbacks = Self.callbacks
        // yajl hands this pointer to each callback; until it returns, nobody else touches the builder.
        return unsafe withUnsafeMutablePointer(to: &self) { builder in
            guard let handle = unsafe yajl_alloc(&callbacks, nil, builder) else {
                return JSONError(.refused("out of memory"), pointer: "")
            }
            defer { unsafe yajl_free(handle) }
            unsafe builder.pointee.parser = handle
            let text = unsafe builder.pointee.text
            let readable = unsafe builder.pointee.readable
            var status = unsafe yajl_parse(handle, text.baseAddress, readable)
            var offset = unsafe yajl_get_bytes_consumed(handle)
            if status == yajl_status_ok {
                if let flaw { return unsafe builder.pointee.error(flaw, at: readable) }
                status = unsafe yajl_complete_parse(handle)
                offset = readable
            }
            if let failure = unsafe builder.pointee.failure { return failure }
            guard status != yajl_status_ok else { return nil }
            return unsafe builder.pointee.syntaxError(
                builder.pointee.words(of: handle), readTo: min(offset, readable))
        }
    }

    private func words(of handle: yajl_handle) -> String {
        guard let message = unsafe yajl_get_error(handle, 0, text.baseAddress, readable) else { return "syntax error" }
        defer { unsafe yajl_free_error(handle, message) }
        var words = unsafe String(cString: message)
        while words.last == "\n" { words.removeLast() }
        return words
    }

    /// Renders yajl's message and finds where the mistake begins; yajl's own place is somewhere in or behind it.
    private func syntaxError(_ message: String, readTo end: Int) -> JSONError {
        for (prefix, isLexical) in [("lexical error: ", true), ("parse error: ", false)] where message.hasPrefix(prefix)
        {
            let words = String(message.dropFirst(prefix.utf8.count))
            let place: Int
            if isLexical {
                place = words.hasPrefix("invalid char in json text") ? end - 1 : end
            } else {
                place = words.hasPrefix("premature EOF") ? end : unexpectedToken(SyntaxWords.missesSeparator(words))
            }
            return error(.syntax(words: SyntaxWords.rendering(words)), at: max(0, place))
        }
        return error(.syntax(words: message), at: end)
    }

    /// Where the first token is that yajl didn't take: behind the last one it reported, and behind the separator that
    /// it doesn't report, unless it is the separator that is missing.
    private func unexpectedToken(_ missesSeparator: Bool) -> Int {
        let first = firstToken(from: taken)
        guard !missesSeparator, first < readable, unsafe text[first] == separator else { return first }
        return firstToken(from: first + 1)
    }

    private func firstToken(from offset: Int) -> Int {
        var index = offset
        while index < readable, unsafe [0x20, 0x0A, 0x0D, 0x09].contains(text[index]) { index += 1 }
        return index
    }
}

// MARK: - Events

extension TreeBuilder {
    private static var callbacks: yajl_callbacks {
        unsafe yajl_callbacks(
            yajl_null: { unsafe builder($0).pointee.scalar(.null, false, nil, 0) },
            yajl_boolean: { unsafe builder($0).pointee.scalar(.boolean, $1 != 0, nil, 0) },
            yajl_integer: nil,
            yajl_double: nil,
            yajl_number: { context, digits, count in
                let bytes = unsafe UnsafeRawPointer(digits)?.assumingMemoryBound(to: UInt8.self)
                return unsafe builder(context).pointee.scalar(.number, false, bytes, count)
            },
            yajl_string: { unsafe builder($0).pointee.scalar(.string, false, $1, $2) },
            yajl_start_map: { unsafe builder($0).pointee.begin(.object) },
            yajl_map_key: { unsafe builder($0).pointee.key($1, $2) },
            yajl_end_map: { unsafe builder($0).pointee.end() },
            yajl_start_array: { unsafe builder($0).pointee.begin(.array) },
            yajl_end_array: { unsafe builder($0).pointee.end() })
    }

    /// Where yajl stands: behind the token that it reports.
    private var tokenEnd: Int {
        unsafe parser.map { unsafe yajl_get_bytes_consumed($0) } ?? 0
    }

    /// Takes a value that isn't a container; answers 0, which stops yajl, when it is refused.
    private mutating func scalar(_ kind: Node.Kind, _ flag: Bool, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32
    {
        let end = tokenEnd
        var node = Node(kind: kind, flag: flag, next: UInt32(nodes.count + 1), offset: 0)
        if let bytes = unsafe bytes {
            guard unsafe place(bytes, count, end: end, into: &node) else { return 0 }
        } else {
            let length = kind == .null ? 4 : flag ? 4 : 5
            node.offset = UInt32(max(0, end - length))
        }
        nodes.append(node)
        completedValue(end: end)
        return 1
    }

    private mutating func key(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        let end = tokenEnd
        var node = Node(kind: .string, next: UInt32(nodes.count + 1), offset: 0)
        if let bytes = unsafe bytes {
            guard unsafe place(bytes, count, end: end, into: &node) else { return 0 }
            if unsafe UnsafeBufferPointer(start: bytes, count: count).contains(where: { $0 >= 0x80 }) {
                open[open.count - 1].hasWideKey = true
            }
        }
        open[open.count - 1].key = nodes.count
        nodes.append(node)
        taken = end
        separator = UInt8(ascii: ":")
        return 1
    }

    private mutating func begin(_ kind: Node.Kind) -> Int32 {
        taken = tokenEnd
        separator = nil
        let offset = taken - 1
        guard open.count < limits.depth else { return refuse(.tooDeep(limit: limits.depth), at: offset) }
        open.append(Frame(node: nodes.count))
        nodes.append(Node(kind: kind, next: 0, offset: UInt32(offset)))
        return 1
    }

    private mutating func end() -> Int32 {
        let frame = open[open.count - 1]
        nodes[frame.node].next = UInt32(nodes.count)
        if nodes[frame.node].kind == .object, let twice = duplicateKey(in: frame) {
            let name = string(of: twice)
            open.removeLast()
            failure = error(.duplicateKey(name), at: Int(nodes[twice].offset), below: "/" + pointerToken(name))
            return 0
        }
        open.removeLast()
        completedValue(end: tokenEnd)
        return 1
    }

    /// Counts the value in the container it stands in.
    private mutating func completedValue(end: Int) {
        taken = end
        separator = UInt8(ascii: ",")
        guard let last = open.indices.last else { return }
        nodes[open[last].node].count += 1
        open[last].key = nil
    }

    /// Records where a string's or number's bytes are, copying them when yajl had to undo escapes.
    private mutating func place(_ bytes: UnsafePointer<UInt8>, _ count: Int, end: Int, into node: inout Node) -> Bool {
        guard count <= limits.stringBytes else {
            _ = refuse(.stringTooLong(limit: limits.stringBytes), at: end)
            return false
        }
        node.count = UInt32(count)
        if let base = unsafe text.baseAddress, unsafe bytes >= base && bytes + count <= base + text.count {
            node.start = UInt32(unsafe bytes - base)
            node.offset = node.kind == .string ? node.start - 1 : node.start
            return true
        }
        let content = unsafe UnsafeBufferPointer(start: bytes, count: count)
        node.offset = UInt32(stringStart(endingAt: end))
        node.start = UInt32(unescaped.count)
        unsafe unescaped.append(contentsOf: content)
        node.flag = true
        guard unsafe !content.contains(0) else {
            _ = refuse(.nulCharacter, at: Int(node.offset))
            return false
        }
        return true
    }

    /// Where a string's opening quote is, given what is behind its closing one.
    private func stringStart(endingAt end: Int) -> Int {
        var index = end - 2
        while index >= 0 {
            if unsafe text[index] == UInt8(ascii: "\"") {
                var backslashes = 0
                while index - backslashes > 0, unsafe text[index - backslashes - 1] == UInt8(ascii: "\\") {
                    backslashes += 1
                }
                if backslashes.isMultiple(of: 2) { return index }
            }
            index -= 1
        }
        return 0
    }
}

// MARK: - Refusals

extension TreeBuilder {
    private mutating func refuse(_ problem: JSONError.Problem, at offset: Int) -> Int32 {
        failure = failure ?? error(problem, at: offset)
        return 0
    }

    private func error(_ problem: JSONError.Problem, at offset: Int, below suffix: String = "") -> JSONError {
        let (line, column) = unsafe position(of: offset, in: Array(text))
        return JSONError(problem, pointer: pointer + suffix, line: line, column: column)
    }

    /// The JSON pointer of what is being read.
    private var pointer: String {
        var result = ""
        for frame in open {
            if let key = frame.key {
                result += "/" + pointerToken(string(of: key))
            } else if nodes[frame.node].kind == .array {
                result += "/\(nodes[frame.node].count)"
            }
        }
        return result
    }

    private func string(of node: Int) -> String {
        unsafe withBytes(of: node) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private func withBytes<Result>(of node: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let entry = nodes[node]
        let range = Int(entry.start)..<Int(entry.start) + Int(entry.count)
        guard entry.flag else { return unsafe body(UnsafeBufferPointer(rebasing: text[range])) }
        return unsafe unescaped.withUnsafeBufferPointer { unsafe body(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The second of two equal keys of a finished object.
    private func duplicateKey(in frame: Frame) -> Int? {
        if !frame.hasWideKey && nodes[frame.node].count <= 16 { return duplicateKeyOfFew(in: frame) }
        var keys: [Int] = []
        keys.reserveCapacity(Int(nodes[frame.node].count))
        var key = frame.node + 1
        while key < nodes.count {
            keys.append(key)
            key = Int(nodes[key + 1].next)
        }
        if frame.hasWideKey {
            // Dictionaries compare canonically: of two spellings of "é" they would drop one.
            var seen = Set<String>()
            if let twice = keys.first(where: { !seen.insert(string(of: $0)).inserted }) { return twice }
        }
        keys.sort { order($0, $1) < 0 }
        return keys.indices.dropFirst().first { order(keys[$0 - 1], keys[$0]) == 0 }
            .map { max(keys[$0 - 1], keys[$0]) }
    }

    /// The same, each key beside all before it: nearly every object is small, and of nearly all keys the lengths differ.
    private func duplicateKeyOfFew(in frame: Frame) -> Int? {
        let first = frame.node + 1
        var later = first
        while later < nodes.count {
            var earlier = first
            while earlier < later {
                if order(earlier, later) == 0 { return later }
                earlier = Int(nodes[earlier + 1].next)
            }
            later = Int(nodes[later + 1].next)
        }
        return nil
    }

    /// Compares two keys by length, then by bytes: less than, equal to or greater than zero.
    private func order(_ one: Int, _ other: Int) -> Int {
        let difference = Int(nodes[one].count) - Int(nodes[other].count)
        if difference != 0 { return difference }
        return unsafe withBytes(of: one) { left in
            unsafe withBytes(of: other) { right in
                for index in left.indices where unsafe left[index] != right[index] {
                    return unsafe Int(left[index]) - Int(right[index])
                }
                return 0
            }
        }
    }
}

/// The builder behind yajl's context pointer.
private func builder(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<TreeBuilder> {
    guard let context = unsafe context else { preconditionFailure("yajl hands back the context it was given") }
    return unsafe context.assumingMemoryBound(to: TreeBuilder.self)
}
