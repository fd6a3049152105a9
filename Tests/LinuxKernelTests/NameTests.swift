import Foundation
import LinuxKernel
import Testing

/// Names and numbers of the kernel.
@Suite struct NameTests {
    @Test func everyErrnoHasTheNameThatTheCLibraryGivesIt() {
        let aliases = ["ENOTSUP": "EOPNOTSUPP", "EWOULDBLOCK": "EAGAIN", "EDEADLOCK": "EDEADLK"]
        var known = 0
        for number in Int32(1)...140 {
            guard let raw = unsafe strerrorname_np(number) else {
                #expect(Errno(rawValue: number).name == "errno \(number)")
                continue
            }
            let name = unsafe String(cString: raw)
            known += 1
            #expect(Errno(rawValue: number).name == aliases[name] ?? name, "\(number)")
        }
        #expect(known > 125)
    }

    @Test(arguments: [0, -1, 134, 4096, .max, .min] as [Int32]) func aNumberWithoutANameIsANumber(_ number: Int32) {
        #expect(Errno(rawValue: number).name == "errno \(number)")
        #expect(!Errno(rawValue: number).message.isEmpty)
    }

    @Test func messagesAreInLowerCase() {
        #expect(Errno.noEntry.message == "no such file or directory")
        #expect(Errno.accessDenied.message == "permission denied")
        #expect(Errno.notPermitted.message == "operation not permitted")
        for number in Int32(1)...133 {
            let message = Errno(rawValue: number).message
            #expect(message == message.lowercased())
        }
    }

    @Test func everyCallHasANameOfItsOwn() {
        let names = Call.allCases.map(\.name)
        #expect(names.filter(\.isEmpty).count == 1)
        #expect(Call.none.name == "")
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } })
    }

    @Test func aCallSurvivesTheFlightRecord() {
        for call in Call.allCases { #expect(Call(rawValue: call.rawValue) == call) }
    }

    @Test func aSignalsBitIsItsNumbersPlace() {
        #expect(Signals.bit(1) == 1)
        #expect(Signals.bit(64) == 1 << 63)
        #expect(Signals.bit(Signals.kill) == 1 << 8)
        let faults = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS]
        #expect((Int32(1)...64).filter { Signals.faults & Signals.bit($0) != 0 } == faults.sorted())
    }

    @Test func aShellCountsSignalsFrom128() {
        #expect(ExitStatus.exited(7).shellStatus == 7)
        #expect(ExitStatus.signalled(9).shellStatus == 137)
    }

    @Test func theRemainingTimeNeverIsNegativeNorTooLong() {
        #expect(Clock.remainingMilliseconds(until: 0) == 0)
        #expect(Clock.remainingMilliseconds(until: Clock.monotonicNanoseconds + 5_000_000_000) > 1000)
        #expect(Clock.remainingMilliseconds(until: .max) == .max)
    }

    @Test func theKernelsReleaseIsKnown() {
        #expect(Kernel.release.major >= 4)
    }
}
