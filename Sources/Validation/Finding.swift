/// Something that is wrong, or questionable, in a configuration.
public struct Finding: Equatable, Sendable, Codable {
    /// How bad it is.
    public enum Severity: String, Equatable, Sendable, Codable {
        /// No container comes of this configuration.
        case error
        /// The container can be made, though perhaps not as meant.
        case warning
    }

    /// How bad it is.
    public var severity: Severity
    /// Where it is in the configuration: a JSON pointer (RFC 6901).
    public var pointer: String
    /// The rule that found it, in kebab-case; see ``Rules``.
    public var rule: String
    /// What is wrong.
    public var problem: String
    /// What would be right.
    public var remedy: String
    /// The part of the specification, or the manual, that the rule follows.
    public var section: String

    /// Makes a finding.
    public init(
        severity: Severity, pointer: String, rule: String, problem: String, remedy: String, section: String
    ) {
        self.severity = severity
        self.pointer = pointer
        self.rule = rule
        self.problem = problem
        self.remedy = remedy
        self.section = section
    }
}

extension Finding: CustomStringConvertible {
    /// One line: `error: #/process/cwd: "tmp" is not an absolute path: … (config.md "Process", process-cwd)`.
    public var description: String {
        "\(severity.rawValue): #\(pointer): \(problem): \(remedy) (\(section), \(rule))"
    }
}
