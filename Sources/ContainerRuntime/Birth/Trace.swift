internal import LinuxKernel

/// The times of a birth, one JSON object for each step.
enum Trace {
    private struct Line: Encodable {
        var index: Int
        var side: String
        var step: String
        var origin: String
        /// Nanoseconds from the first step to this one.
        var beganNanoseconds: UInt64
        /// Nanoseconds until the same side's next step, absent for its last.
        var tookNanoseconds: UInt64?
    }

    /// Writes the times that the record has; steps that weren't reached are left out.
    static func write(_ plan: Plan, _ recorder: borrowing FlightRecorder, to path: String) throws(Failure) {
        var times: [UInt64] = []
        for index in plan.indices { times.append(recorder.began(at: index)) }
        let first = times.filter { $0 > 0 }.min() ?? 0
        var text: [UInt8] = []
        for (index, step) in plan.enumerated() where times[index] > 0 {
            let following = plan.indices.first { $0 > index && plan[$0].side == step.side && times[$0] > 0 }
            let line = Line(
                index: index, side: step.side.rawValue, step: step.action.sentence, origin: step.origin,
                beganNanoseconds: times[index] - first, tookNanoseconds: following.map { times[$0] - times[index] })
            text += try document(line) + [0x0A]
        }
        do throws(CallError) {
            let file = try FileDescriptor.open(path, [.writeOnly, .create, .truncate, .noFollow], mode: 0o644)
            try file.writeAll(text)
        } catch {
            throw Failure(.optionUnusable, "cannot write the trace \(path)", at: .file(path), call: error)
        }
    }
}
