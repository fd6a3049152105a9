import CKernel
import Glibc
import JSONValue

/// What `hold` does: every signal is blocked, fetched, and reported by its number.
enum Signals {
    static func block() {
        var all = sigset_t()
        sigfillset(&all)
        sigprocmask(SIG_BLOCK, &all, nil)
    }

    /// Writes a line with the number of each signal.
    ///
    /// SIGTERM ends the probe with exit status 0, unless it survives it.
    static func answer(surviving: Bool) -> Never {
        var all = sigset_t()
        sigfillset(&all)
        while true {
            let signal = sigwaitinfo(&all, nil)
            if signal <= 0 || signal == SIGCHLD { continue }
            Main.emit(["signal": .int(signal)])
            if signal == SIGTERM && !surviving { exit(0) }
        }
    }
}
