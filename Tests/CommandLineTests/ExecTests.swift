import ContainerRuntime
import Testing

@testable import CommandLineInterface

/// Commands that end with somebody else's command line.
struct ExecTests {
    private func arguments(_ words: String...) throws -> Arguments {
        guard case .command(_, let arguments) = parse(words).request else {
            Issue.record("\(words) was refused")
            throw CancellationError()
        }
        return arguments
    }

    @Test func whatFollowsTheIDIsNotForUs() throws {
        let found = try arguments("exec", "-d", "c1", "ls", "-l", "--help", "--", "-d")
        #expect(found.words == ["c1", "ls", "-l", "--help", "--", "-d"])
        #expect(try arguments("ps", "c1", "-ef").words == ["c1", "-ef"])
        #expect(try arguments("exec", "c1", "--", "ls", "--").words == ["c1", "ls", "--"], "one is dropped")
        #expect(try arguments("exec", "--", "c1", "ls").words == ["c1", "ls"])
    }

    @Test func theOptionsBecomeWishes() throws {
        let options = ExecOptions(
            try arguments(
                "exec", "-t", "-e", "A=1", "--env=B=2,3", "-u", "1:2", "-g", "3", "--additional-gids", "4", "-c",
                "CAP_KILL",
                "--cwd", "/x", "--no-new-privs=false", "--apparmor", "p", "--process-label", "l", "--cgroup", "a", "-d",
                "--cgroup=b", "--ignore-paused", "--pid-file", "f", "c1", "sh"))
        #expect(options.terminal && options.ignoresPause && options.launch.detach)
        #expect(options.environment == ["A=1", "B=2,3"])
        #expect(options.user == "1:2" && options.additionalGroups == ["3", "4"])
        #expect(options.capabilities == ["CAP_KILL"] && options.cgroups == ["a", "b"])
        #expect(options.cwd == "/x" && options.noNewPrivileges == false)
        #expect(options.apparmorProfile == "p" && options.selinuxLabel == "l")
        #expect(options.launch.pidFile == "f" && options.arguments == ["sh"])
        #expect(ExecOptions(try arguments("exec", "c1", "sh")).noNewPrivileges == nil)
        #expect(ExecOptions(try arguments("exec", "--tty=no", "c1", "sh")).terminal == false)
    }

    @Test func theContainersLinesAreKeptOfATable() throws {
        let table = "USER  PID TTY CMD\nroot    1 ?   init 23\nroot   23 ?   sh\nroot  230 ?   x\n"
        #expect(try Processes.kept([23], of: table) == "USER  PID TTY CMD\nroot   23 ?   sh\n")
        #expect(try Processes.kept([], of: table) == "USER  PID TTY CMD\n")
        #expect(throws: Failure.self) { try Processes.kept([1], of: "USER CMD\nroot x\n") }
        #expect(throws: Failure.self) { try Processes.kept([1], of: "") }
    }
}
