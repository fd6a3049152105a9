import JSONCodec
import OCISpec
import Testing

private func decode(_ value: Value) throws(JSONError) -> Spec {
    try JSONDecoder().decode(Spec.self, from: JSONEncoder().encode(value))
}

private func complete() throws -> Value {
    try JSONDecoder().decode(Value.self, from: Array(completeConfiguration.utf8))
}

/// What is wrong with a value; nil when it is decoded.
private func failure(_ value: Value) -> JSONError? {
    do {
        _ = try decode(value)
        return nil
    } catch {
        return error
    }
}

/// Objects whose keys are free, hence no properties.
private let maps = [
    "/annotations", "/linux/sysctl", "/linux/timeOffsets", "/linux/netDevices", "/linux/resources/rdma",
    "/linux/resources/unified",
]

/// A place without its numbers: what all elements of a list have in common.
private func kind(_ path: [String]) -> String {
    pointer(path.map { Int($0) == nil ? $0 : "*" })
}

/// Every place of the document that holds a property, not an element or a free key.
private func properties(of document: Value) -> [(path: [String], value: Value)] {
    document.everything.filter { path, _ in
        Int(path[path.count - 1]) == nil && !maps.contains(pointer(path.dropLast()))
    }
}

/// What the specification requires.
private let required: Set<String> = {
    let mapping = ["containerID", "hostID", "size"]
    let places: [(String, [String])] = [
        ("", ["ociVersion", "root"]), ("/root", ["path"]), ("/mounts/*", ["destination"]),
        ("/mounts/*/uidMappings/*", mapping), ("/mounts/*/gidMappings/*", mapping), ("/process", ["cwd"]),
        ("/process/consoleSize", ["height", "width"]), ("/process/user", ["uid", "gid"]),
        ("/process/rlimits/*", ["type", "soft", "hard"]), ("/process/scheduler", ["policy"]),
        ("/process/ioPriority", ["class", "priority"]), ("/hooks/prestart/*", ["path"]),
        ("/hooks/createRuntime/*", ["path"]), ("/hooks/createContainer/*", ["path"]),
        ("/hooks/startContainer/*", ["path"]), ("/hooks/poststart/*", ["path"]), ("/hooks/poststop/*", ["path"]),
        ("/linux/namespaces/*", ["type"]), ("/linux/uidMappings/*", mapping), ("/linux/gidMappings/*", mapping),
        ("/linux/devices/*", ["type", "path"]), ("/linux/resources/devices/*", ["allow"]),
        ("/linux/resources/blockIO/weightDevice/*", ["major", "minor"]),
        ("/linux/resources/blockIO/throttleReadBpsDevice/*", ["major", "minor", "rate"]),
        ("/linux/resources/blockIO/throttleWriteBpsDevice/*", ["major", "minor", "rate"]),
        ("/linux/resources/blockIO/throttleReadIOPSDevice/*", ["major", "minor", "rate"]),
        ("/linux/resources/blockIO/throttleWriteIOPSDevice/*", ["major", "minor", "rate"]),
        ("/linux/resources/hugepageLimits/*", ["pageSize", "limit"]),
        ("/linux/resources/network/priorities/*", ["name", "priority"]), ("/linux/seccomp", ["defaultAction"]),
        ("/linux/seccomp/syscalls/*", ["names", "action"]),
        ("/linux/seccomp/syscalls/*/args/*", ["index", "value", "op"]), ("/linux/memoryPolicy", ["mode"]),
        ("/linux/personality", ["domain"]),
    ]
    return Set(places.flatMap { place, keys in keys.map { "\(place)/\($0)" } })
}()

@Suite("Decoding a configuration") struct DecodingTests {
    @Test func everyPropertyOfACompleteConfigurationArrives() throws {
        let document = try complete()
        let spec = try decode(document)
        // What is decoded and encoded again is the whole document: no property is lost.
        #expect(try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(spec)) == document)
        #expect(try JSONDecoder().decode(Spec.self, from: JSONEncoder(pretty: true).encode(spec)) == spec)
        #expect(spec.process?.rlimits == [Spec.Rlimit(type: "RLIMIT_NOFILE", soft: 512, hard: .max)])
        #expect(spec.linux?.namespaces?[1] == Spec.Linux.Namespace(type: .network, path: "/run/netns/blue"))
        #expect(spec.linux?.seccomp?.syscalls?[0].args?[0].op == .maskedEqual)
        #expect(spec.linux?.timeOffsets?["monotonic"] == Spec.Linux.TimeOffset(secs: -5, nanosecs: 6))
    }

    @Test func aValueOfAnotherTypeIsRefusedAtItsPlace() throws {
        let document = try complete()
        let others: [Value] = [.boolean(true), .integer(1), .fraction(1.5), .string("x"), .array([]), .object([:])]
        var tried = 0
        for (path, value) in document.everything {
            for other in others where !isSameType(value, other) {
                let error = failure(document.replacing(path[...], with: other))
                #expect(error?.pointer == pointer(path), "\(other) at \(pointer(path)): \(String(describing: error))")
                tried += 1
            }
        }
        #expect(tried > 1000)
    }

    @Test func aNumberThatNoIntegerHoldsIsRefusedAtItsPlace() throws {
        let document = try complete()
        for (path, value) in document.everything where isInteger(value) {
            let marked = try JSONEncoder().encode(document.replacing(path[...], with: .string("HERE")))
            let parts = String(decoding: marked, as: UTF8.self).split(separator: "\"HERE\"")
            try #require(parts.count == 2)
            for number in ["18446744073709551616", "-9223372036854775809", "1e400", "1e3", "2.0", "-1e999"] {
                let error = #expect(throws: JSONError.self) {
                    try JSONDecoder().decode(Spec.self, from: Array((parts[0] + number + parts[1]).utf8))
                }
                #expect(error?.pointer == pointer(path), "\(number)")
            }
        }
    }

    @Test func onlyWhatTheSpecificationRequiresMustBeThere() throws {
        let document = try complete()
        var seen = Set<String>()
        for (path, _) in properties(of: document) {
            let error = failure(document.replacing(path[...], with: nil))
            if required.contains(kind(path)) {
                #expect(error?.problem == .missing(key: path[path.count - 1]), "\(pointer(path))")
                #expect(error?.pointer == pointer(path.dropLast()))
                seen.insert(kind(path))
            } else {
                #expect(error == nil, "\(pointer(path))")
            }
        }
        #expect(seen == required)
    }

    @Test func nullCountsAsAbsent() throws {
        let document = try complete()
        for (path, _) in properties(of: document) {
            let null = document.replacing(path[...], with: .null)
            if required.contains(kind(path)) {
                #expect(failure(null)?.problem == .missing(key: path[path.count - 1]), "\(pointer(path))")
            } else {
                #expect(try decode(null) == decode(document.replacing(path[...], with: nil)), "\(pointer(path))")
            }
        }
    }

    @Test func nullIsNeitherAnElementNorAnEntry() throws {
        let document = try complete()
        let places = Set(properties(of: document).map { pointer($0.path) })
        for (path, _) in document.everything where !places.contains(pointer(path)) {
            let error = try #require(failure(document.replacing(path[...], with: .null)))
            #expect(error.pointer == pointer(path) || error.problem == .missing(key: path[path.count - 1]))
        }
    }

    @Test func unknownPropertiesAreIgnoredEverywhere() throws {
        let document = try complete()
        let spec = try decode(document)
        for (path, value) in document.everything {
            guard case .object(var members) = value, !maps.contains(pointer(path)) else { continue }
            members["x-unknown"] = .array([.object(["x": .null])])
            #expect(try decode(document.replacing(path[...], with: .object(members))) == spec, "\(pointer(path))")
        }
    }

    @Test func aZeroCharacterIsRefusedInEveryString() throws {
        let document = try complete()
        for (path, value) in document.everything {
            guard case .string(let text) = value else { continue }
            let error = failure(document.replacing(path[...], with: .string(text + "\u{0}x")))
            #expect(error?.problem == .nulCharacter)
            #expect(error?.pointer == pointer(path))
        }
    }

    @Test func anyWordIsKeptForValidationToJudge() throws {
        let document = try complete()
        for (path, value) in document.everything {
            guard case .string = value else { continue }
            let changed = document.replacing(path[...], with: .string("no such word"))
            #expect(try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(decode(changed))) == changed)
        }
    }

    @Test func aProcessWithoutUserRunsAsRoot() throws {
        let document = try complete().replacing(["process", "user"], with: nil)
        #expect(try decode(document).process?.user == Spec.User(uid: 0, gid: 0))
    }

    @Test func aMinimalConfigurationIsDecoded() throws {
        let text = #"{"ociVersion": "1.0.0", "root": {"path": "rootfs"}}"#
        let spec = try JSONDecoder().decode(Spec.self, from: Array(text.utf8))
        #expect(spec == Spec(ociVersion: "1.0.0", root: .init(path: "rootfs")))
    }

    @Test func aStateDocumentHasWhatTheSpecificationAsksFor() throws {
        let state = State(
            ociVersion: "1.3.0", id: "c1", status: .running, pid: 7, bundle: "/b", annotations: ["k": "v"])
        let text = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
        #expect(
            text
                == #"{"annotations":{"k":"v"},"bundle":"/b","id":"c1","ociVersion":"1.3.0","pid":7,"status":"running"}"#
        )
        #expect(try JSONDecoder().decode(State.self, from: Array(text.utf8)) == state)
    }

    private func isInteger(_ value: Value) -> Bool {
        switch value {
        case .integer, .large: true
        default: false
        }
    }

    private func isSameType(_ one: Value, _ other: Value) -> Bool {
        switch (one, other) {
        case (.boolean, .boolean), (.integer, .integer), (.large, .integer), (.string, .string), (.array, .array),
            (.object, .object):
            true
        default: false
        }
    }
}
