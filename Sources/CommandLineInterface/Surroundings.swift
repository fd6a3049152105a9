internal import CStart

/// What the process was started with, besides its descriptors.
///
/// The one place here that touches C strings.
enum Surroundings {
    /// The words behind the program's name, up to the first that isn't UTF-8; and the place of that one, from 1.
    static var arguments: (words: [String], firstInvalid: Int?) {
        var words: [String] = []
        // Not CommandLine.arguments, which repairs bad UTF-8: that would be another path than the caller's.
        let count = Int(CommandLine.argc)
        words.reserveCapacity(max(0, count - 1))
        for index in stride(from: 1, to: count, by: 1) {
            guard let pointer = unsafe CommandLine.unsafeArgv[index] else { break }
            guard let word = unsafe String(validatingCString: pointer) else { return (words, index) }
            words.append(word)
        }
        return (words, nil)
    }

    /// The value of an environment variable; nil if it is unset, empty, or not UTF-8.
    static func variable(_ name: String) -> String? {
        guard let pointer = unsafe sw_getenv(name), let value = unsafe String(validatingCString: pointer) else {
            return nil
        }
        return value.isEmpty ? nil : value
    }

    /// Whether swrun has more rights than its caller.
    static var isPrivileged: Bool { sw_is_privileged() != 0 }

    /// How text for people looks on a descriptor: coloured on a terminal, unless the user doesn't want it.
    ///
    /// Source: no-color.org.
    static func style(of stream: StandardStream) -> Style {
        guard stream.isTerminal, variable("NO_COLOR") == nil, variable("TERM") != "dumb" else { return .plain }
        return Style(isColoured: true)
    }

    /// The effective group.
    static var effectiveGID: UInt32 { sw_effective_gid() }

    /// The revision that was built; nil where the build wasn't told.
    static var commit: String? {
        let text = unsafe String(cString: sw_build_commit())
        return text.isEmpty ? nil : text
    }
}
