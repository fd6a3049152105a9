/// The signals' names and numbers.
///
/// Source: signal(7).
public enum SignalName {
    /// The names of the standard signals, without `SIG`; a signal's number is its index plus one.
    public static let standard: [String] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]

    /// The first realtime signal a program may use: the C library keeps 32 and 33 for itself.
    public static let realtimeMinimum: Int32 = 34
    /// The last signal.
    public static let realtimeMaximum: Int32 = 64

    /// The number of a signal, 0 to 64; nil for text that names none.
    ///
    /// Accepts a decimal number (0 is kill(2)'s existence test) and, in any case and with or without `SIG`, a standard
    /// name, its other name (`IOT`, `CLD`, `POLL`), `RTMIN`, `RTMAX`, `RTMIN+n` and `RTMAX-n`.
    public static func number(of text: String) -> Int32? {
        var name = text.utf8.map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 ? $0 - 32 : $0 }
        if let first = name.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= first {
            return decimal(name[...], upTo: realtimeMaximum)
        }
        if name.starts(with: "SIG".utf8) { name.removeFirst(3) }
        if let index = standard.firstIndex(where: { $0.utf8.elementsEqual(name) }) { return Int32(index) + 1 }
        let span = realtimeMaximum - realtimeMinimum
        switch name {
        case _ where name.elementsEqual("IOT".utf8): return 6
        case _ where name.elementsEqual("CLD".utf8): return 17
        case _ where name.elementsEqual("POLL".utf8): return 29
        case _ where name.elementsEqual("RTMIN".utf8): return realtimeMinimum
        case _ where name.elementsEqual("RTMAX".utf8): return realtimeMaximum
        case _ where name.starts(with: "RTMIN+".utf8):
            return decimal(name.dropFirst(6), upTo: span).map { realtimeMinimum + $0 }
        case _ where name.starts(with: "RTMAX-".utf8):
            return decimal(name.dropFirst(6), upTo: span).map { realtimeMaximum - $0 }
        default: return nil
        }
    }

    /// The name of a signal with `SIG`, realtime signals as `SIGRTMIN+n`; nil below 1, above 64, for 32 and for 33.
    public static func name(of number: Int32) -> String? {
        switch number {
        case 1...31: "SIG" + standard[Int(number) - 1]
        case realtimeMinimum: "SIGRTMIN"
        case realtimeMaximum: "SIGRTMAX"
        case realtimeMinimum...realtimeMaximum: "SIGRTMIN+\(number - realtimeMinimum)"
        default: nil
        }
    }

    /// Reads one to three digits and nothing else.
    private static func decimal(_ digits: ArraySlice<UInt8>, upTo limit: Int32) -> Int32? {
        guard 1...3 ~= digits.count else { return nil }
        var value: Int32 = 0
        for digit in digits {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
            value = value * 10 + Int32(digit - UInt8(ascii: "0"))
        }
        return value <= limit ? value : nil
    }
}
