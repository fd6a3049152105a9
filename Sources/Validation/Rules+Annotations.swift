internal import OCISpec

extension Rules {
    /// Rules on the annotations that change what the runtime does.
    static let annotations: [Rule] = [
        Rule("hook-file", "the manual", "What hooks print is appended to a file with a path.") { subject, report in
            guard let annotations = subject.spec.annotations else { return }
            for key in [KnownAnnotation.hookErrors, KnownAnnotation.hookOutput] {
                guard let path = annotations[key] else { continue }
                if path.isEmpty {
                    report.error("/annotations/\(key)", "the path is empty", "name a file, or remove it")
                } else if let problem = path.pathLengthProblem {
                    report.error("/annotations/\(key)", problem, "use a shorter path")
                }
            }
        },
        Rule("filter-program", "seccomp(2)", "A filter in base64 has 1 to 4096 instructions of 8 bytes.") {
            subject, report in
            guard let data = subject.spec.filterData else { return }
            do throws(FilterProgram.Mistake) {
                _ = try FilterProgram.instructions(data)
            } catch {
                report.error(
                    subject.spec.filterPointer, error.words,
                    "give the bytes of an array of struct sock_filter in base64, on one line")
            }
        },
    ]
}
