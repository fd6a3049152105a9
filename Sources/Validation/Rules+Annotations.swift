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
    ]
}
