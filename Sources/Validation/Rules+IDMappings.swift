internal import OCISpec

extension Rules {
    /// Rules on the mappings of a new user namespace.
    static let idMappings: [Rule] = [
        Rule(
            "user-namespace-mappings", "config-linux.md \"User namespace mappings\"",
            "A new user namespace has mappings of both kinds, and nothing else has."
        ) { subject, report in
            judgePresence(subject, &report)
        },
        Rule(
            "id-mapping", "config-linux.md \"User namespace mappings\", user_namespaces(7)",
            "Mappings are as the kernel takes them."
        ) { subject, report in
            judgeMappings(subject.linux?.uidMappings ?? [], "/linux/uidMappings", &report)
            judgeMappings(subject.linux?.gidMappings ?? [], "/linux/gidMappings", &report)
        },
        Rule(
            "id-mapping-privilege", "user_namespaces(7), newuidmap(1), subuid(5)",
            "Who isn't root maps the own id, or ids that were granted."
        ) { subject, report in
            guard subject.makes(.user) else { return }
            judgePrivilege(subject.linux?.uidMappings ?? [], .users, subject.host, &report)
            judgePrivilege(subject.linux?.gidMappings ?? [], .groups, subject.host, &report)
        },
        Rule(
            "id-mapping-root", "config-linux.md \"User namespace mappings\"",
            "Root inside is mapped: it owns the container's devices and terminals."
        ) { subject, report in
            guard subject.makes(.user) else { return }
            forEachMapping(of: subject) { key, mappings in
                if mappings.isEmpty || mappings.contains(where: { $0.containerID == 0 && $0.size > 0 }) { return }
                report.error("/linux/\(key)", "id 0 inside is not mapped", "add an entry with \"containerID\": 0")
            }
        },
    ]

    private static func forEachMapping(of subject: Subject, _ body: (String, [Spec.IDMapping]) -> Void) {
        body("uidMappings", subject.linux?.uidMappings ?? [])
        body("gidMappings", subject.linux?.gidMappings ?? [])
    }

    private static func judgePresence(_ subject: Subject, _ report: inout Report) {
        if !subject.has(.user) {
            forEachMapping(of: subject) { key, mappings in
                if mappings.isEmpty { return }
                report.error(
                    "/linux/\(key)", "there is no user namespace which the mapping could apply to",
                    "add {\"type\": \"user\"} to linux.namespaces, or remove \(key)")
            }
        } else if !subject.makes(.user) {
            // Managers that let containers share a user namespace do so; what isn't true is an error at the birth.
            forEachMapping(of: subject) { key, mappings in
                if mappings.isEmpty { return }
                report.warning(
                    "/linux/\(key)",
                    "a user namespace that is joined has its mappings already; these must be the same",
                    "remove \(key)")
            }
        } else {
            forEachMapping(of: subject) { key, mappings in
                if !mappings.isEmpty { return }
                report.error(
                    "/linux/\(key)", "a new user namespace needs a mapping",
                    "add {\"containerID\": 0, \"hostID\": …, \"size\": …}, or give the namespace a path to join")
            }
        }
    }

    /// Reports what the kernel would refuse with a bare EINVAL, by entry.
    ///
    /// - Parameter isPlaceOfAll: true if the pointer is that of a text in which all entries stand.
    static func judgeMappings(
        _ mappings: [Spec.IDMapping], _ pointer: @autoclosure () -> String, _ report: inout Report,
        isPlaceOfAll: Bool = false
    ) {
        func place(_ index: Int, _ key: String) -> String {
            isPlaceOfAll ? pointer() : "\(pointer())/\(index)/\(key)"
        }
        if mappings.count > MostEntries.idMappings {
            return report.error(
                pointer(), "\(mappings.count) mappings are more than the kernel takes, 340", "join ranges")
        }
        for (index, mapping) in mappings.enumerated() {
            if mapping.size == 0 {
                report.error(place(index, "size"), "the range is empty", "give at least 1, or remove the entry")
                continue
            }
            // The last id, 4294967295, is no id; a range that reaches it wraps around in the kernel.
            for (key, first) in [("containerID", mapping.containerID), ("hostID", mapping.hostID)]
            where first.addingReportingOverflow(mapping.size).overflow {
                report.error(
                    place(index, "size"), "\(mapping.size) ids from \(key) \(first) go beyond the last one, 4294967294",
                    "give at most \(noID - first)")
            }
            for (earlier, other) in mappings[..<index].enumerated() {
                if overlaps(mapping.containerID, other.containerID, mapping, other) {
                    report.error(
                        place(index, "containerID"), "the ids inside overlap those of entry \(earlier)",
                        "let the ranges follow each other")
                }
                if overlaps(mapping.hostID, other.hostID, mapping, other) {
                    report.error(
                        place(index, "hostID"), "the ids outside overlap those of entry \(earlier)",
                        "let the ranges follow each other")
                }
            }
        }
    }

    private static func judgePrivilege(
        _ mappings: [Spec.IDMapping], _ kind: HostFacts.IDKind, _ host: HostFacts, _ report: inout Report
    ) {
        guard !mappings.isEmpty, !host.mayWrite(mappings, of: kind), let granted = host.subordinateIDs else { return }
        let own = host.ownID(kind)
        let pointer = "/linux/\(kind.property)"
        guard kind == .users ? granted.hasUserHelper : granted.hasGroupHelper else {
            return report.error(
                pointer,
                "mapping other ids than the own one, \(own), needs the program \(kind.helper), which isn't there",
                "install it (Debian's package is called uidmap), "
                    + "or map {\"containerID\": 0, \"hostID\": \(own), \"size\": 1} alone")
        }
        guard let ranges = kind == .users ? granted.users : granted.groups else { return }
        for (index, mapping) in mappings.prefix(MostEntries.idMappings).enumerated() where mapping.size > 0 {
            if mapping.size == 1, mapping.hostID == own { continue }
            let wanted = UInt64(mapping.hostID)..<UInt64(mapping.hostID) + UInt64(mapping.size)
            if ranges.contains(where: { $0.lowerBound <= wanted.lowerBound && wanted.upperBound <= $0.upperBound }) {
                continue
            }
            let has = ranges.prefix(8).map { "\($0.lowerBound) to \($0.upperBound - 1)" }.joined(separator: ", ")
            report.error(
                "\(pointer)/\(index)/hostID",
                "the ids \(wanted.lowerBound) to \(wanted.upperBound - 1) aren't granted to user "
                    + "\(host.effectiveUserID): \(kind.file) grants \(has.isEmpty ? "nothing" : has)",
                "map what is granted, or let root add the line "
                    + "\"\(host.effectiveUserID):\(mapping.hostID):\(mapping.size)\" to \(kind.file)")
        }
    }

    private static func overlaps(
        _ one: UInt32, _ other: UInt32, _ mapping: Spec.IDMapping, _ otherMapping: Spec.IDMapping
    ) -> Bool {
        UInt64(one) < UInt64(other) + UInt64(otherMapping.size) && UInt64(other) < UInt64(one) + UInt64(mapping.size)
    }
}
