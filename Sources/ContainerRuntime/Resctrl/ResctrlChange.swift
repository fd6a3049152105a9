internal import LinuxKernel
internal import OCISpec
internal import Validation

/// New schemata for the class of a container that is there.
struct ResctrlChange {
    /// The class, and what is written to it.
    private let request: ResctrlRequest
    /// True if the container has had no class up to now.
    private let isNew: Bool

    /// Judges what is asked for; nil if that is nothing.
    ///
    /// A container without a class gets one of its own, as with runc.
    ///
    /// - Parameters:
    ///   - wanted: the two schemata.
    ///   - spec: the container's configuration, which has the new ones afterwards.
    init?(_ wanted: Spec.Linux.IntelRdt?, of container: Container, in spec: inout Spec) throws(Failure) {
        guard let wanted else { return nil }
        let schemata = [wanted.l3CacheSchema, wanted.memBwSchema].compactMap(\.self).filter { !$0.isEmpty }
        if schemata.isEmpty { return nil }
        let known = container.record?.swrun.resctrl
        isNew = known == nil
        var rdt = spec.linux?.intelRdt ?? .init()
        if let schema = wanted.l3CacheSchema, !schema.isEmpty { rdt.l3CacheSchema = schema }
        if let schema = wanted.memBwSchema, !schema.isEmpty { rdt.memBwSchema = schema }
        spec.linux = spec.linux ?? .init()
        spec.linux?.intelRdt = rdt
        let root = known?.root ?? HostFacts.resctrlMount
        let errors = validate(spec, on: HostFacts(resctrl: root)).filter {
            $0.severity == .error && $0.pointer.utf8.starts(with: "/linux/intelRdt".utf8)
        }
        if !errors.isEmpty { throw Failure(.configRejected, "the new schemata can't be used", findings: errors) }
        if let known {
            request = ResctrlRequest(place: known, exists: true, schemata: schemata.map { $0 + "\n" })
            return
        }
        let own = Spec.Linux.IntelRdt(l3CacheSchema: wanted.l3CacheSchema, memBwSchema: wanted.memBwSchema)
        guard let new = try ResctrlRequest.locate(own, id: container.directory.id, root: root) else { return nil }
        request = new
    }

    /// Writes the schemata, all of them or none, and calls; if that fails, everything is as it was.
    func apply(
        to container: Container, holding lock: borrowing ContainerDirectory.Lock, _ body: () throws(Failure) -> Void
    ) throws(Failure) {
        guard isNew else {
            let before = try step(of: container) { () throws(StepError) in
                try request.place.replaceSchemata(request.schemata)
            }
            do throws(Failure) { try body() } catch {
                request.place.restoreSchemata(before)
                throw error
            }
            return
        }
        guard let old = container.record, let process = container.process else { return }
        var record = old
        record.swrun.resctrl = request.place
        try container.directory.replace(record, holding: lock)
        do throws(Failure) {
            try step(of: container) { () throws(StepError) in try request.place.enter(request, process: process.pid) }
            try joinOthers(of: container, except: process.pid)
            try body()
        } catch {
            // The failure that counts is the first one.
            try? request.place.remove()
            try? container.directory.replace(old, holding: lock)
            throw error
        }
    }

    private func joinOthers(of container: Container, except first: Int32) throws(Failure) {
        for pid in try container.processes() where pid != first {
            try step(of: container) { () throws(StepError) in
                do throws(StepError) {
                    try request.place.join(process: pid)
                } catch let error where error.call?.errno == .noProcess {
                    // It has ended meanwhile.
                }
            }
        }
    }

    private func step<R>(of container: Container, _ body: () throws(StepError) -> R) throws(Failure) -> R {
        do throws(StepError) {
            return try body()
        } catch {
            throw Failure(
                .hostFailed, "cannot set the new schemata of container \(container.directory.id)",
                at: .config("/linux/intelRdt"), call: error.call, words: error.words)
        }
    }
}

extension ResctrlPlace {
    /// Writes schemata to the class: all of them or none.
    ///
    /// - Returns: the lines that were there for the same resources.
    fileprivate func replaceSchemata(_ schemata: [String]) throws(StepError) -> [String] {
        let path = directory + "/schemata"
        let text = try read(path)
        let resources = schemata.map(ResctrlPlace.resource)
        let before = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) + "\n" }
            .filter { line in resources.contains { $0.utf8.elementsEqual(ResctrlPlace.resource(line).utf8) } }
        do throws(StepError) {
            for schema in schemata { try write(schema, to: path) }
        } catch {
            restoreSchemata(before)
            throw error
        }
        return before
    }

    /// Writes the lines back; what can't be written stays as it is.
    fileprivate func restoreSchemata(_ before: [String]) {
        for line in before { try? write(line, to: directory + "/schemata") }
    }

    /// The resource that a line such as `L3:0=f` is about.
    private static func resource(_ line: String) -> String {
        String(decoding: line.utf8.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
}
