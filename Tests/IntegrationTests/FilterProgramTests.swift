internal import Foundation
internal import Support
internal import Testing

/// The annotation that brings a filter of system calls in the kernel's own form.
@Suite(.containers) struct FilterProgramTests {
    private static let annotation = "run.oci.seccomp_bpf_data"
    private static let runtimes = [OCIRuntime.swrun] + OCIRuntime.peers.filter { $0.name == "crun" }
    private static let refused = "mkdir: can't create directory '/tmp/x': No space left on device\n"

    /// An instruction as it lies in memory.
    private static func instruction(_ code: UInt16, _ ifTrue: UInt8, _ ifFalse: UInt8, _ operand: UInt32) -> Data {
        let bytes =
            unsafe [withUnsafeBytes(of: code) { unsafe Array($0) }, [ifTrue, ifFalse]]
            + [withUnsafeBytes(of: operand) { unsafe Array($0) }]
        return Data(bytes.flatMap(\.self))
    }

    /// Lets mkdir and mkdirat fail with ENOSPC.
    private static let noMkdir: Data = {
        #if arch(x86_64)
            let numbers: (UInt32, UInt32) = (83, 258)
        #else
            let numbers: (UInt32, UInt32) = (34, 34)
        #endif
        return instruction(0x20, 0, 0, 0) + instruction(0x15, 1, 0, numbers.0) + instruction(0x15, 0, 1, numbers.1)
            + instruction(0x06, 0, 0, 0x0005_0000 | UInt32(ENOSPC)) + instruction(0x06, 0, 0, 0x7FFF_0000)
    }()

    private func bring(_ program: Data, to box: Box) {
        box.config["annotations"] = [Self.annotation: .string(program.base64EncodedString())]
    }

    @Test(arguments: runtimes, [true, false]) func itTakesThePlaceOfTheConfiguredFilter(
        _ runtime: OCIRuntime, _ hasOther: Bool
    ) throws {
        try inBox(runtime) { box in
            bring(Self.noMkdir, to: box)
            if hasOther {
                box.config["linux"]["seccomp"] = [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [
                        ["names": ["uname", "sethostname"], "action": "SCMP_ACT_ERRNO"]
                    ],
                ]
            }
            let seen = try box.sh("mkdir /tmp/x 2>&1; uname -s; grep Seccomp: /proc/self/status").get().output
            #expect(seen == Self.refused + "Linux\nSeccomp:\t2\n")
        }
    }

    /// What isn't used isn't judged: neither its words nor its listener.
    @Test func theConfiguredFilterIsIgnoredAsAWhole() throws {
        try inBox { box in
            bring(Self.noMkdir, to: box)
            box.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/not/there", "flags": ["SECCOMP_NOT_KNOWN"],
            ]
            let seen = try box.sh("mkdir /tmp/x 2>&1; true").get().output
            #expect(seen == Self.refused)
        }
    }

    @Test(arguments: [true, false]) func itNeedsNoMoreRightsThanAnother(_ gainsNone: Bool) throws {
        try inBox { box in
            bring(Self.noMkdir, to: box)
            box.config["process"]["noNewPrivileges"] = .bool(gainsNone)
            box.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            let seen = try box.sh("mkdir /tmp/x 2>&1; true").get().output
            #expect(seen == Self.refused)
        }
    }

    @Test(arguments: runtimes) func aJoiningProcessHasIt(_ runtime: OCIRuntime) throws {
        try inBox(runtime) { box in
            bring(Self.noMkdir, to: box)
            try box.startSleeper()
            let outcome = try box.exec([], "sh", "-c", "mkdir /tmp/x 2>&1; true").get()
            #expect(outcome.output == Self.refused)
        }
    }

    @Test func itIsTakenAsItIsAndNotKept() throws {
        try inBox { box in
            let all = Self.instruction(0x06, 0, 0, 0x7FFF_0000)
            var program = Data()
            for _ in 0..<4096 { program += all }
            bring(program, to: box)
            try box.run().get()
            #expect(!FileManager.default.fileExists(atPath: box.root + "/.seccomp"))
            let plan = try box.command("explain", "--bundle", box.bundle).run().get().output
            #expect(plan.contains("take the filter of 4096 instructions as it is"))
        }
    }

    @Test func aProgramThatTheKernelRefusesIsToBlame() throws {
        try inBox { box in
            bring(Self.instruction(0xFFFF, 0, 0, 0), to: box)
            box.config["process"]["args"] = ["/bin/echo", "must not run"]
            expectRefusal(try box.run(), "/annotations/\(Self.annotation)", "invalid argument")
            expectNothingLeft(of: box)
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            expectRefusal(
                try box.command("start", box.id()).run(), "/annotations/\(Self.annotation)", "invalid argument")
        }
    }

    @Test(
        arguments: [
            ("", "it is empty"), ("nonsense", "6 bytes"), ("/run/filter.bpf", "isn't base64"),
            ("AAAAAAAAAAA=\n", "isn't base64"), ("AAAAAAAAAAA", "isn't base64"), ("AAAA", "3 bytes"),
            (Data(count: 4097 * 8).base64EncodedString(), "4097 instructions"),
            (Data(count: 700_000).base64EncodedString(), "more characters than 4096 instructions"),
        ])
    func dataThatIsNoProgramIsRefusedBeforeAnythingIsMade(_ data: String, _ words: String) throws {
        try inBox { box in
            box.config["annotations"] = [Self.annotation: .string(data)]
            let outcome = try box.run()
            expectRefusal(outcome, "/annotations/\(Self.annotation)", words)
            #expect(outcome.errors.utf8.count < 1000)
            expectNothingLeft(of: box)
        }
    }
}
