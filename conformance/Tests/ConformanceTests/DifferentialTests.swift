import JSONValue
import Testing

@testable import Conformance

@Suite struct DifferentialTests {
    @Test func theSameSeedDrawsTheSameConfigurations() {
        func draw(_ seed: UInt64) -> [String] {
            var generator = Seeded(seed: seed)
            return (0..<20).map { _ in Ingredients.draw(&generator).map(\.text).joined(separator: " + ") }
        }
        #expect(draw(7) == draw(7))
        #expect(draw(7) != draw(8))
    }

    @Test func everyIngredientChangesTheConfigurationAndLeavesItsFrame() {
        var generator = Seeded(seed: 1)
        for _ in 0..<100 {
            for ingredient in Ingredients.draw(&generator) {
                let plain = PlainConfig.make(id: "x", cgroupParent: "y", rootless: nil)
                var config = plain
                ingredient.apply(&config, ingredient.parts)
                #expect(config != plain || ingredient.parts.isEmpty, "\(ingredient.text)")
                #expect(config["/process/args/0"]?.string == "/oci-probe" && config["/root/path"] != nil)
            }
        }
    }

    @Test(arguments: ["cwd", "rlimits/CORE", "mounts/data", "create", "step create=/new", "hook/prestart"])
    func thePlacesThatTheSpecificationSpeaksOfNameASentence(place: String) throws {
        #expect(Requirements[try #require(Sight.sentence(for: place))] != nil)
    }

    @Test(arguments: [
        "keyring", "step list=/dev", "mounts/proc/kcore", "cgroup file devices.list", "descriptors",
        "hook/prestart/cwd",
    ])
    func whereTheSpecificationIsSilentNoSentenceIsNamed(place: String) { #expect(Sight.sentence(for: place) == nil) }

    @Test func sightsDifferWhereOneSeesNothing() {
        let one = Sight(values: ["a": "1", "b": "2"])
        let two = Sight(values: ["a": "1", "c": "3"])
        #expect(one.differences(from: two) == ["b", "c"])
    }
}

@Suite struct FaultTests {
    private func invocation(_ operation: Conformance.Operation) -> Invocation {
        Invocation(
            operation: operation, arguments: ["id"], bundle: nil, output: nil,
            runtime: Runtime(path: "x", stateDirectory: "/nowhere", timeout: 1))
    }

    @Test func aRuntimeThatNeverFailsHidesFailuresOfItsOperationAlone() {
        let fault = Fault.neverFails(.start)
        #expect(fault.operation?(invocation(.start)) { _ in .failure("no") }.succeeded == true)
        #expect(fault.operation?(invocation(.kill)) { _ in .failure("no") }.succeeded == false)
    }

    @Test func aChangedStateIsStillADocument() throws {
        let fault = Fault.state("tells another id") { $0["/id"] = "other" }
        let outcome = fault.operation?(invocation(.state)) { _ in
            Outcome(ending: .exited(0), output: Array("{\"id\":\"a\",\"pid\":7}".utf8))
        }
        #expect(outcome?.text == "{\"id\":\"other\",\"pid\":7}")
    }

    @Test func aFaultOnTopOfAnotherSeesTheCallFirst() {
        let deaf = Fault.refusing(.kill, "is deaf") { $0.arguments == ["id"] }
        let both = Fault.neverFails(.kill).over(deaf)
        #expect(deaf.operation?(invocation(.kill)) { _ in Outcome(ending: .exited(0)) }.succeeded == false)
        #expect(deaf.operation?(invocation(.start)) { _ in Outcome(ending: .exited(0)) }.succeeded == true)
        #expect(both.operation?(invocation(.kill)) { _ in .failure("no") }.succeeded == true)
    }

    @Test func theChangesOfBothFaultsReachTheConfiguration() {
        let both = Fault.config("one") { $0["/a"] = 1 }.over(.config("two") { $0["/b"] = $0["/a"] })
        var config: JSON = [:]
        both.config?(&config, [:])
        #expect(config == ["a": 1, "b": 1])
    }

    @Test func aReasonIsNoBrokenRuntime() { #expect(!Fault.unprovable("because").provable) }
}
