internal import OCISpec

extension V2 {
    /// What the configuration writes to files of the cgroup by their names, each line by itself.
    ///
    /// The order is that of the names, so that the same configuration always does the same.
    /// Source: config-linux.md "Unified".
    static func unified(_ unified: [String: String]) throws(CgroupError) -> [CgroupSetting] {
        var all: [CgroupSetting] = []
        for (file, text) in unified.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            let pointer = "/linux/resources/unified/\(pointerToken(file))"
            let parts = file.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }), !file.utf8.contains(UInt8(ascii: "/")),
                let controller = parts.first
            else { throw CgroupSetting.failure(.badFile, pointer, value: file) }
            let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
            // An empty text is a wish, too: it takes a set of CPUs back.
            for line in lines.isEmpty ? ["\n"] : lines {
                all.append(CgroupSetting(String(Substring(controller)), file, line, pointer: pointer))
            }
        }
        return all
    }
}
