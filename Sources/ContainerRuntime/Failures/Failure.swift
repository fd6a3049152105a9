public import LinuxKernel
public import Validation

/// What went wrong, as facts.
///
/// This is the only error that leaves the module. It becomes text once, at the edge: ``message`` for people,
/// ``fields`` for JSON logs.
public struct Failure: Error, Equatable, Sendable {
    /// Where it happened.
    public enum Place: Equatable, Sendable {
        /// A file or directory of the host.
        case file(String)
        /// A property of config.json, as an RFC 6901 pointer.
        case config(String)
        /// A container.
        case container(String)
        /// A command-line option.
        case option(String)
        /// Nowhere in particular.
        case nowhere
    }

    /// A step of a birth.
    public struct StepReference: Equatable, Sendable {
        /// The place in the plan, as `explain` numbers it.
        public var index: Int
        /// What the step does, in words.
        public var sentence: String
    }

    /// Which of the documented failures this is.
    public var code: Code
    /// What was attempted, or what is the matter, in words and with the objects named.
    public var about: String
    /// Where.
    public var place: Place
    /// The call that failed, where one did.
    public var call: CallError?
    /// The kernel's own words, or what was found out afterwards.
    public var words: String
    /// The step of the birth that failed.
    public var step: StepReference?
    /// What to do about it; the code's own advice where this is nil.
    public var hint: String?
    /// The document in which places of the configuration are.
    public var document = "config.json"
    /// What the validator found, for ``Code/configRejected``.
    public var findings: [Finding]

    /// Puts facts together.
    public init(
        _ code: Code, _ about: String, at place: Place = .nowhere, call: CallError? = nil, words: String = "",
        step: StepReference? = nil, hint: String? = nil, findings: [Finding] = []
    ) {
        self.code = code
        self.about = about
        self.place = place
        self.call = call
        self.words = words
        self.step = step
        self.hint = hint
        self.findings = findings
    }
}

extension Failure {
    /// The whole message, on one line, except for the findings of the validator, which take a line each.
    public var message: String {
        var text = about.printable
        switch place {
        case .file(let path) where !about.utf8.containsSequence(path.utf8): text += " (\(path.printable))"
        case .config(let pointer): text += " (\(document.printable)#\(pointer.printable))"
        case .option(let name): text += " (--\(name))"
        case .file, .container, .nowhere: break
        }
        if let call {
            let name = call.call.name
            text += ": \(name.isEmpty ? "" : name + ": ")\(call.errno.name): \(call.errno.message)"
        }
        if !words.isEmpty { text += ": \(words.printable)" }
        if let advice = hint ?? Hints.hint(for: self) { text += "; \(advice)" }
        for finding in findings where finding.severity == .error {
            text +=
                "\n  \(document.printable)#\(finding.pointer): \(finding.problem); \(finding.remedy) [\(finding.section)]"
        }
        return text
    }

    /// The facts by name, for a log in JSON beside its `level`, `msg` and `time`.
    public var fields: [(key: String, value: String)] {
        var fields = [(key: "code", value: code.rawValue)]
        switch place {
        case .file(let path): fields.append(("path", path))
        case .config(let pointer): fields.append(("pointer", pointer))
        case .container(let id): fields.append(("container", id))
        case .option(let name): fields.append(("option", name))
        case .nowhere: break
        }
        if let call {
            if !call.call.name.isEmpty { fields.append(("call", call.call.name)) }
            fields.append(("errno", call.errno.name))
        }
        if let step { fields.append(("step", "\(step.index): \(step.sentence)")) }
        if let advice = hint ?? Hints.hint(for: self) { fields.append(("hint", advice)) }
        return fields
    }
}

extension String {
    /// The text with control characters escaped and cut at a bearable length: it may be hostile.
    var printable: String {
        let limit = 400
        // U+0080 to U+009F are control characters, too, each with a first byte of 0xC2.
        guard utf8.count > limit || utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if text.utf8.count >= limit { return text + "…" }
            switch scalar.value {
            case 0x0A: text += "\\n"
            case 0x09: text += "\\t"
            case 0..<0x20, 0x7F..<0xA0: text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension String.UTF8View {
    /// True if these bytes occur in a row.
    func containsSequence(_ other: String.UTF8View) -> Bool {
        if other.isEmpty { return true }
        var rest = self[...]
        while rest.count >= other.count {
            if rest.starts(with: other) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
