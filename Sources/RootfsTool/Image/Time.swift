internal import CRootfs
internal import Glibc

/// The moment that new things are stamped with: SOURCE_DATE_EPOCH where it is set, so that the same input gives the
/// same output, and now otherwise.
///
/// Source: reproducible-builds.org, "SOURCE_DATE_EPOCH".
enum Moment {
    /// Seconds since the epoch; nil where the variable is unset.
    static func sourceDate() throws(ToolError) -> Int64? {
        guard let text = Environment.value("SOURCE_DATE_EPOCH") else { return nil }
        guard let seconds = decimal(text.utf8), seconds < 1 << 40 else {
            throw ToolError("SOURCE_DATE_EPOCH is \"\(text)\", not a number of seconds")
        }
        return seconds
    }

    static func current() throws(ToolError) -> Int64 {
        if let date = try sourceDate() { return date }
        return rf_now()
    }

    /// As RFC 3339 has it, in UTC.
    static func text(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = unsafe tm()
        unsafe gmtime_r(&time, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let date = unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        return unsafe "\(date)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}

/// The environment of this program.
enum Environment {
    /// The value of a variable; nil if it is unset or empty.
    static func value(_ name: String) -> String? {
        guard let pointer = unsafe getenv(name) else { return nil }
        let value = unsafe String(cString: pointer)
        return value.isEmpty ? nil : value
    }
}
