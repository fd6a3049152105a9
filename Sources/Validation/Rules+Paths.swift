internal import OCISpec

extension Rules {
    /// Rules on masked and read-only paths.
    static let paths: [Rule] = [
        Rule("masked-path", "config-linux.md \"Masked Paths\"", "Each is an absolute path below the root.") {
            subject, report in
            judgePaths(subject.linux?.maskedPaths ?? [], "/linux/maskedPaths", subject, &report)
        },
        Rule("readonly-path", "config-linux.md \"Readonly Paths\"", "Each is an absolute path below the root.") {
            subject, report in
            judgePaths(subject.linux?.readonlyPaths ?? [], "/linux/readonlyPaths", subject, &report)
        },
    ]

    private static func judgePaths(
        _ paths: [String], _ pointer: String, _ subject: Subject, _ report: inout Report
    ) {
        guard !paths.isEmpty else { return }
        if !subject.has(.mount) {
            report.error(
                pointer, "without a mount namespace the machine's own files would be covered",
                "add {\"type\": \"mount\"} to linux.namespaces")
        }
        if paths.count > MostEntries.list {
            return report.error(pointer, "\(paths.count) paths are too many", "list at most 4096")
        }
        for (index, path) in paths.enumerated() {
            if !path.isAbsolutePath {
                report.error(
                    "\(pointer)/\(index)", "\(quoted(path)) is not an absolute path",
                    "write it from the container's root")
            } else if path.normalizedPath.isExactly("/") {
                report.error(
                    "\(pointer)/\(index)", "\(quoted(path)) is the root itself",
                    "name a path below it; root.readonly makes all of it read-only")
            } else if let problem = path.pathLengthProblem {
                report.error("\(pointer)/\(index)", problem, "use a shorter path")
            }
        }
    }
}
