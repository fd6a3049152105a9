import JSONCodec
import OCISpec
import Testing
import Validation

/// A small generator with a fixed seed (SplitMix64): the same mutations in each run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// What JSON is made of, and what decoders and rules stumble over.
private let fragments = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\udfff", "\\n", "null", "true", "false", "0",
    "-1",
    "-0", "1e9", "1.5", "4294967295", "4294967296", "9223372036854775807", "-9223372036854775808",
    "18446744073709551615", "18446744073709551616", "\"\"", "\"/\"", "\"..\"", "\"/../x\"", "[]", "{}", "{\"a\":1}",
    "é",
    "\u{FEFF}", "\u{212A}", "\u{301}", "\r\n", "\u{0}", "\"unknown\"",
]

@Suite("Damaged configurations") struct FuzzTests {
    @Test(arguments: 0..<8) func noDamageCrashesDecoderOrRules(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        var decoded = 0
        let original = try JSONEncoder(pretty: seed.isMultiple(of: 2)).encode(rich())
        for _ in 0..<500 {
            var text = original
            for _ in 0..<Int.random(in: 1...3, using: &random) { damage(&text, &random) }
            guard let spec = try? JSONDecoder().decode(Spec.self, from: text) else { continue }
            decoded += 1
            _ = validate(spec, on: HostFacts(cgroupMode: seed % 3 == 0 ? .v1 : .v2, cgroupControllers: []))
            #expect(try JSONDecoder().decode(Spec.self, from: JSONEncoder().encode(spec)) == spec)
        }
        #expect(decoded > 25, "too few mutations were readable to be worth much")
    }

    @Test(arguments: 0..<4) func everyErrorOfADamagedTextHasAPlaceInIt(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed + 1000))
        let original = try JSONEncoder(pretty: true).encode(soundSpec())
        for _ in 0..<500 {
            var text = original
            damage(&text, &random)
            do {
                _ = try JSONDecoder().decode(Spec.self, from: text)
            } catch {
                let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                let line = try #require(error.line)
                let column = try #require(error.column)
                try #require(1...lines.count ~= line)
                #expect(1...lines[line - 1].count + 1 ~= column, "\(error)")
                #expect(error.pointer.isEmpty || error.pointer.hasPrefix("/"))
            }
        }
    }

    /// The sound configuration with more in it for the rules to look at.
    private func rich() -> Spec {
        var spec = soundSpec()
        spec.annotations = ["org.example.a": "b"]
        spec.process?.rlimits = [.init(type: "RLIMIT_CORE", soft: 0, hard: 1)]
        spec.process?.capabilities = .init(bounding: ["CAP_KILL"], ambient: ["CAP_CHOWN"])
        spec.hooks = .init(poststop: [.init(path: "/x", args: ["x"], env: ["A=1"], timeout: 3)])
        spec.linux?.namespaces?.append(.init(type: .user))
        spec.linux?.uidMappings = [.init(containerID: 0, hostID: 1000, size: 10)]
        spec.linux?.gidMappings = [.init(containerID: 0, hostID: 1000, size: 11)]
        spec.linux?.devices = [.init(type: .character, path: "/dev/fuse", major: 10, minor: 229)]
        spec.linux?.cgroupsPath = "/a/b"
        spec.linux?.sysctl = ["net.core.somaxconn": "1"]
        spec.linux?.maskedPaths = ["/proc/kcore"]
        spec.linux?.resources = .init(
            devices: [.init(allow: false, access: "rwm")], memory: .init(limit: 1 << 30, swap: 1 << 31),
            cpu: .init(shares: 2, quota: 5000, burst: 1, period: 9000, cpus: "0-1"), pids: .init(limit: 3))
        spec.linux?.seccomp = .init(
            defaultAction: .errno, defaultErrnoRet: 1,
            syscalls: [.init(names: ["read"], action: .allow, args: [.init(index: 0, value: 1, op: .equal)])])
        return spec
    }

    private func damage(_ text: inout [UInt8], _ random: inout Seeded) {
        guard !text.isEmpty else { return }
        let place = Int.random(in: 0..<text.count, using: &random)
        let end = min(text.count, place + Int.random(in: 1...12, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: text[place] = UInt8.random(in: 0...255, using: &random)
        case 1: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: text.removeSubrange(place..<end)
        case 3: text.insert(contentsOf: text[place..<end], at: place)
        case 4: replaceNumberOrWord(&text, near: place, &random)
        default:
            let fragment = fragments[Int.random(in: 0..<fragments.count, using: &random)]
            text.replaceSubrange(place..<place, with: fragment.utf8)
        }
    }

    /// Puts a fragment in the place of the value behind the next colon: mostly still JSON.
    private func replaceNumberOrWord(_ text: inout [UInt8], near place: Int, _ random: inout Seeded) {
        guard let colon = text[place...].firstIndex(of: UInt8(ascii: ":")) else { return }
        let end = text[colon...].firstIndex { ",}\n".utf8.contains($0) } ?? text.count
        let fragment = fragments[Int.random(in: 0..<fragments.count, using: &random)]
        text.replaceSubrange(colon + 1..<end, with: fragment.utf8)
    }
}
