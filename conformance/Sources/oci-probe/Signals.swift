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

    /// Answers `{"signal": N}` for each signal. SIGTERM ends the probe with exit status 0, unless it survives it.
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
