import CKernel
import Glibc
import JSONValue

/// The process of every container under test, and of every hook.
///
/// It says as one line of JSON what it sees, and carries out the steps named by its arguments, in order:
///
///     oci-probe report STEP…       print the report with the steps' answers, then exit with 0 or with what `exit=N` says
///     oci-probe hook TAG FILE [failing|hanging]  append to FILE what a hook sees, its standard input included
///
/// A step is `verb=value`; see `Step`. `hold` is the only one after the report: it answers each signal with a line.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2 else { exit(2) }
        switch arguments[1] {
        case "report": report(Array(arguments.dropFirst(2)))
        case "hook": exit(Hook.run(Array(arguments.dropFirst(2))))
        default: exit(2)
        }
    }

    /// Signals are blocked first: one that arrives early must be answered and not kill an unready probe.
    private static func report(_ steps: [String]) -> Never {
        var code: Int32 = 0
        let holds = steps.contains { $0.hasPrefix("hold") }
        if holds { Signals.block() }
        var answers: [JSON] = []
        for text in steps {
            let step = Step(text)
            if step.verb == "exit" { code = Int32(step.value) ?? 2 } else { answers.append(step.answer()) }
        }
        var report = Observation.all()
        report["/answers"] = .array(answers)
        emit(report)
        if holds { Signals.answer(surviving: steps.contains("hold=stubborn")) }
        exit(code)
    }

    /// Writes one line to standard output, all of it.
    static func emit(_ value: JSON) {
        var bytes = Array(value.text().utf8)
        bytes.append(0x0A)
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            start += count
        }
    }
}
