internal import Foundation
internal import Support
internal import Testing

/// A program with two threads, of which one makes a call that the filter kills.
@Suite(.containers) struct ThreadFilterTests {
    private static let source = """
        #include <pthread.h>
        #include <stdio.h>
        #include <sys/stat.h>
        #include <unistd.h>
        static void *make(void *nothing) {
            mkdir("/tmp/x", 0755);
            puts("the call came back");
            return nothing;
        }
        int main(void) {
            pthread_t thread;
            if (pthread_create(&thread, 0, make, 0)) return 1;
            // The kernel wakes whoever waits for a thread, however it ended.
            if (pthread_join(thread, 0)) return 2;
            puts("the other thread goes on");
            return 0;
        }
        """

    /// The C compiler that is there; nil without one.
    private static let compiler = ["clang", "gcc", "cc"].first { name in
        (try? Command(name, "--version").run().succeeded) == true
    }

    private func outcome(_ action: String, in runtime: OCIRuntime) throws -> Outcome {
        try inBox(runtime) { box in
            let file = box.directory + "/threads.c"
            try Data(Self.source.utf8).write(to: URL(fileURLWithPath: file))
            try Command(
                Self.compiler ?? "cc", "-static", "-pthread", "-o", box.rootfs + "/bin/threads", file
            ).run().get()
            box.filter(Box.mkdir(action))
            box.config["process"]["args"] = ["/bin/threads"]
            return try box.run()
        }
    }

    private static let needsCompiler = "needs a C compiler"

    @Test(
        .enabled(if: compiler != nil, "\(needsCompiler)"),
        arguments: [OCIRuntime.swrun] + OCIRuntime.peers, ["SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL"])
    func onlyTheThreadThatMadeTheCallIsKilled(runtime: OCIRuntime, action: String) throws {
        let outcome = try outcome(action, in: runtime)
        #expect(outcome.status == 0 && outcome.output == "the other thread goes on\n", "\(outcome)")
    }

    @Test(
        .enabled(if: compiler != nil, "\(needsCompiler)"), arguments: [OCIRuntime.swrun] + OCIRuntime.peers)
    func allThreadsOfTheProcessAreKilled(runtime: OCIRuntime) throws {
        let outcome = try outcome("SCMP_ACT_KILL_PROCESS", in: runtime)
        #expect(outcome.status == 159 && outcome.output.isEmpty, "\(outcome)")
    }
}
