import OCISpec
import Seccomp
import Testing

@Suite struct CompileTests {
    @Test func aProfileIsCompiledToWhatTheKernelRuns() throws {
        let program = try Profile(
            .init(
                defaultAction: .allow, syscalls: [.init(names: ["getppid"], action: .errno, errnoRet: 5)])
        ).compile()
        #expect(answer(of: program, to: Asked(number: 110)) == 0x0005_0005)
        #expect(answer(of: program, to: Asked(number: 39)) == 0x7FFF_0000)
    }
}
