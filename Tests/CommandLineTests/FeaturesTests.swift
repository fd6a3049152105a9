import ContainerRuntime
import Foundation
import JSONCodec
import OCISpec
import Testing
import Validation

@testable import CommandLineInterface

struct FeaturesTests {
    private func printed(_ environment: [String: String] = [:]) throws -> (Program.Result, [String: Any]) {
        let result = try Program.run("features", environment: environment)
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        return (result, try #require(object))
    }

    @Test func theDocumentIsPrintedAloneOnStandardOutput() throws {
        let (result, document) = try printed(["XDG_RUNTIME_DIR": "/nowhere", "PATH": ""])
        #expect(result.status == 0)
        #expect(result.error == "")
        #expect(document["ociVersionMin"] as? String == "1.0.0")
        #expect(document["ociVersionMax"] as? String == Release.specificationVersion)
    }

    @Test func itWorksForAnybodyWithoutAnything() throws {
        // By a descriptor, as the program may be below a directory that only root can search.
        let result = try Program.script(
            "exec env -i setpriv --reuid 65534 --regid 65534 --clear-groups /proc/self/fd/3 features 3<\"$0\"")
        #expect(result.status == 0)
        #expect(result.error == "")
        #expect(result.output.contains("ociVersionMax"))
    }

    @Test func managersFindWhatTheyLookFor() throws {
        let document = try printed().1
        let options = try #require(document["mountOptions"] as? [String])
        #expect(options.contains("rro"))
        #expect(options == options.sorted())
        let annotations = document["annotations"] as? [String: String]
        #expect(annotations?["org.opencontainers.runc.checkpoint.enabled"] == "true")
        #expect(document["hooks"] as? [String] == HookKind.allCases.map(\.rawValue))
        let linux = try #require(document["linux"] as? [String: Any])
        #expect(
            linux["namespaces"] as? [String] == ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"])
        #expect((linux["capabilities"] as? [String])?.last == "CAP_CHECKPOINT_RESTORE")
        let cgroup = try #require(linux["cgroup"] as? [String: Bool])
        #expect(cgroup["v1"] == true && cgroup["v2"] == true && cgroup["rdma"] == true)
        let rdt = try #require(linux["intelRdt"] as? [String: Bool])
        #expect(rdt == ["enabled": true, "schemata": true, "monitoring": true])
        #expect((linux["memoryPolicy"] as? [String: [String]])?["modes"]?.count == 7)
        for name in ["apparmor", "selinux"] { #expect((linux[name] as? [String: Bool])?["enabled"] == true) }
    }

    /// What the document says and what the rules do come from one place.
    @Test func whatIsRefusedIsNotCalledThere() throws {
        let features = Features.ofThisBuild(annotations: [:])
        var spec = Spec.template
        spec.linux?.seccomp = .init(defaultAction: .allow)
        let isTaken = !validate(spec, on: HostFacts()).contains { $0.pointer.hasPrefix("/linux/seccomp") }
        #expect(features.linux?.seccomp?.enabled == isTaken)
        #expect((features.linux?.seccomp?.actions != nil) == isTaken)
        let hasMappings = features.linux?.mountExtensions?.idmap.enabled
        #expect(features.mountOptions?.contains("idmap") == hasMappings)
    }

    @Test func nothingIsSaidThatTheSpecificationDoesNotKnow() throws {
        let document = try printed().1
        let known = [
            "ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
            "potentiallyUnsafeConfigAnnotations",
        ]
        #expect(Set(document.keys).isSubset(of: known))
        #expect(document["potentiallyUnsafeConfigAnnotations"] as? [String] == KnownAnnotation.all)
    }

    @Test func wordsBehindItAreRefused() throws {
        let result = try Program.run("features", "all")
        #expect(result.status == 1)
        #expect(result.error.contains("exactly 0 argument(s)"))
    }
}
