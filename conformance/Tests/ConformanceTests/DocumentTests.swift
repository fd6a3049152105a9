import JSONValue
import Testing

@testable import Conformance

@Suite struct DocumentTests {
    @Test(arguments: ["1.0.0", "1.2.3-rc.1", "1.0.2-dev", "0.0.0+build.5", "10.20.30"])
    func versionsAreKnown(text: String) { #expect(Documents.isVersion(text)) }

    @Test(arguments: ["", "1", "1.0", "1.0.x", "01.0.0", "1.0.0-", "banana", "1.0.0.0", "v1.0.0"])
    func otherTextsAreNoVersions(text: String) { #expect(!Documents.isVersion(text)) }

    @Test func aStateThatFitsHasNoProblems() {
        let state: JSON = [
            "ociVersion": "1.0.2", "id": "a", "status": "running", "pid": 5, "bundle": "/b", "annotations": ["k": "v"],
        ]
        #expect(Documents.problems(ofState: state) == [])
    }

    @Test(arguments: ["/id", "/status", "/bundle", "/ociVersion", "/pid"])
    func aRunningStateWithoutAPartIsWrong(part: String) {
        var state: JSON = ["ociVersion": "1.0.2", "id": "a", "status": "running", "pid": 5, "bundle": "/b"]
        state[part] = nil
        #expect(!Documents.problems(ofState: state).isEmpty)
    }

    @Test func featuresOfTheWrongKindAndUnknownOnesAreTold() {
        let document: JSON = [
            "ociVersionMin": "1.0.0", "ociVersionMax": "1.3.0", "linux": ["seccomp": ["enabled": "yes"]], "extra": 1,
        ]
        let problems = Documents.problems(ofFeatures: document)
        #expect(problems.wrong.count == 1 && problems.wrong[0].contains("linux/seccomp/enabled"))
        #expect(problems.unknown == ["extra"])
    }

    @Test func aLineOfMountinfoIsTakenApart() throws {
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:4 - ext3 /dev/root rw,errors=continue\n"
        let mount = try #require(MountLine.parse(line).first)
        #expect(mount.id == 36 && mount.parent == 35 && mount.point == "/mnt2" && mount.type == "ext3")
        #expect(mount.propagation == ["master:1", "shared:4"] && mount.superOptions == ["rw", "errors=continue"])
    }

    @Test func aRuntimeKnowsTheVersionsUpToWhatItClaims() {
        var runtime = Runtime(path: "x", stateDirectory: "/nowhere", timeout: 1)
        runtime.claims = "1.1.0-dev"
        #expect(runtime.knows("1.0.2") && runtime.knows("1.1.0") && !runtime.knows("1.2.0"))
        runtime.claims = "1.10.0"
        #expect(runtime.knows("1.9.0"))
        for nothing in ["", "-", "."] {
            runtime.claims = nothing
            #expect(!runtime.knows("1.0.0"))
        }
    }
}
