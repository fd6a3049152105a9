/// The block that heads an entry, as it was read.
struct TarHeader {
    let bytes: Bytes

    init(_ bytes: Bytes) { self.bytes = bytes }

    var type: Character { Character(UnicodeScalar(bytes[156])) }

    /// True if the format is POSIX's, which has a prefix for names; GNU's has other things there.
    private var hasPrefix: Bool { bytes[257..<263].elementsEqual("ustar\0".utf8) }

    private func text(_ range: Range<Int>) -> Bytes { Bytes(bytes[range].prefix { $0 != 0 }) }

    var name: Bytes {
        let prefix = hasPrefix ? text(345..<500) : []
        return prefix.isEmpty ? text(0..<100) : prefix + [slash] + text(0..<100)
    }

    var link: Bytes { text(157..<257) }
    var mode: Int64? { number(100..<108) }
    var uid: Int64? { number(108..<116) }
    var gid: Int64? { number(116..<124) }
    var size: Int64? { number(124..<136) }
    var time: Int64? { number(136..<148) }
    var major: Int64? { number(329..<337) }
    var minor: Int64? { number(337..<345) }
    var sparseSize: Int64? { number(483..<495) }

    /// Octal digits between blanks and NULs, or GNU's base 256; nil for anything else.
    private func number(_ range: Range<Int>) -> Int64? {
        let field = bytes[range]
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            var value: Int64 = first & 0x40 != 0 ? -1 : 0
            for (index, byte) in field.enumerated() {
                let digit = index == 0 ? (first & 0x40 != 0 ? byte | 0x80 : byte & 0x7F) : byte
                let (product, overflow) = value.multipliedReportingOverflow(by: 256)
                if overflow { return nil }
                value =
                    index == 0
                    ? (first & 0x40 != 0 ? Int64(Int8(bitPattern: digit)) : Int64(digit)) : product + Int64(digit)
            }
            return value
        }
        let digits = field.filter { $0 != 0 && $0 != UInt8(ascii: " ") }
        if digits.isEmpty { return 0 }
        return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    func check(_ bad: (String) -> ToolError) throws(ToolError) {
        var sum: Int64 = 0
        // Some old writers counted the bytes as signed.
        var signed: Int64 = 0
        for (index, byte) in bytes.enumerated() {
            let value = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            sum += Int64(value)
            signed += Int64(Int8(bitPattern: value))
        }
        guard let told = number(148..<156), told == sum || told == signed else {
            throw bad("a header's checksum is wrong")
        }
    }

    /// Parts of a sparse file in GNU's old format: offset and length, 12 bytes each.
    func extents(at start: Int, count: Int) -> [TarEntry.Extent] {
        var all: [TarEntry.Extent] = []
        for index in 0..<count {
            let place = start + 24 * index
            if bytes[place] == 0 { break }
            // What is no number becomes an impossible map, which is refused.
            all.append(
                .init(
                    offset: number(place..<(place + 12)) ?? -1, length: number((place + 12)..<(place + 24)) ?? -1))
        }
        return all
    }
}

/// What pax headers say.
struct PaxValues {
    var path: Bytes?
    var linkPath: Bytes?
    var uid: Int64?
    var gid: Int64?
    var size: Int64?
    var seconds: Int64?
    var nanoseconds: Int64 = 0
    var xattrs: [Metadata.Attribute] = []
    var isSparse = false
    var sparseMajor: Int64 = 0
    var sparseSize: Int64?
    var sparseName: Bytes?
    var sparseExtents: [TarEntry.Extent] = []
    private var lastOffset: Int64 = -1

    init() {}

    init(_ records: Bytes, _ bad: (String) -> ToolError) throws(ToolError) {
        var rest = records[...]
        while !rest.isEmpty {
            guard let blank = rest.firstIndex(of: UInt8(ascii: " ")), let length = decimal(rest[..<blank]),
                length > 0, length <= Int64(rest.count)
            else { throw bad("a pax header has a record of impossible length") }
            let record = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            guard record.last == UInt8(ascii: "\n"), record.startIndex <= blank, blank < record.endIndex,
                let equals = record[blank...].firstIndex(of: UInt8(ascii: "="))
            else { throw bad("a pax header has a record without a value") }
            let key = Bytes(record[(blank + 1)..<equals])
            try take(key, Bytes(record[(equals + 1)...].dropLast()), bad)
        }
    }

    private mutating func take(_ key: Bytes, _ value: Bytes, _ bad: (String) -> ToolError) throws(ToolError) {
        let name = String(decoding: key, as: UTF8.self)
        func number() throws(ToolError) -> Int64 {
            guard let number = decimal(value) else { throw bad("the pax record \(displayed(key)) is no number") }
            return number
        }
        switch name {
        case "path", "linkpath":
            if value.contains(0) { throw bad("the pax record \(name) contains a NUL") }
            if name == "path" { path = value } else { linkPath = value }
        case "uid": uid = try number()
        case "gid": gid = try number()
        case "size": size = try number()
        case "mtime": try setTime(value, bad)
        case "GNU.sparse.major":
            isSparse = true
            sparseMajor = try number()
        case "GNU.sparse.minor", "GNU.sparse.numblocks": isSparse = true
        case "GNU.sparse.size", "GNU.sparse.realsize":
            isSparse = true
            sparseSize = try number()
        case "GNU.sparse.name": sparseName = value
        case "GNU.sparse.offset": lastOffset = try number()
        case "GNU.sparse.numbytes": sparseExtents.append(.init(offset: lastOffset, length: try number()))
        case "GNU.sparse.map":
            let numbers = value.split(separator: UInt8(ascii: ",")).map { decimal($0) ?? -1 }
            if numbers.count % 2 != 0 { throw bad("the map of a sparse file has an odd number of values") }
            sparseExtents = stride(from: 0, to: numbers.count, by: 2).map {
                .init(offset: numbers[$0], length: numbers[$0 + 1])
            }
        default:
            guard name.has(prefix: "SCHILY.xattr.") else { return }
            let attribute = Bytes(key.dropFirst("SCHILY.xattr.".utf8.count))
            guard !attribute.isEmpty, attribute.count <= 255, !attribute.contains(0), value.count <= 65_536 else {
                throw bad("an extended attribute is too long")
            }
            xattrs.removeAll { $0.name == attribute }
            xattrs.append(.init(name: attribute, value: value))
        }
    }

    private mutating func setTime(_ value: Bytes, _ bad: (String) -> ToolError) throws(ToolError) {
        let isNegative = value.first == UInt8(ascii: "-")
        let parts = value.drop { $0 == UInt8(ascii: "-") }.split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ decimal($0) }), whole < 1 << 40 else {
            throw bad("a time is no number")
        }
        var fraction: Int64 = 0
        if parts.count > 1 {
            let digits = Bytes(parts[1].prefix(9))
            guard let number = decimal(digits.isEmpty ? [UInt8(ascii: "0")] : digits) else {
                throw bad("a time is no number")
            }
            fraction = number
            for _ in digits.count..<9 { fraction *= 10 }
        }
        seconds = isNegative ? -whole : whole
        nanoseconds = fraction
        if isNegative && fraction > 0 {
            seconds = -whole - 1
            nanoseconds = 1_000_000_000 - fraction
        }
    }

    /// Values of a global header, from then on.
    mutating func take(_ other: PaxValues) { self = overlaid(with: other) }

    /// These values, and in their place the other's where it has some.
    func overlaid(with other: PaxValues) -> PaxValues {
        var all = other
        all.path = other.path ?? path
        all.linkPath = other.linkPath ?? linkPath
        all.uid = other.uid ?? uid
        all.gid = other.gid ?? gid
        all.size = other.size ?? size
        if other.seconds == nil {
            all.seconds = seconds
            all.nanoseconds = nanoseconds
        }
        for attribute in xattrs where !other.xattrs.contains(where: { $0.name == attribute.name }) {
            all.xattrs.append(attribute)
        }
        return all
    }
}
