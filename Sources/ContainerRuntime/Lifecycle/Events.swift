internal import Cgroups
internal import JSONCodec
internal import LinuxKernel
internal import OCISpec

/// The containers that `events` looks at.
struct Watches {
    let root: StateRoot
    /// None stands for all.
    let ids: [String]
    private var list: [Watch] = []

    init(root: StateRoot, ids: [String]) {
        self.root = root
        self.ids = ids
    }

    /// One container.
    private final class Watch {
        let id: String
        let layout: CgroupLayout
        let process: ProcessHandle
        let memory: MemoryWatch?

        init(_ id: String, _ layout: CgroupLayout, _ process: consuming ProcessHandle, _ memory: MemoryWatch?) {
            self.id = id
            self.layout = layout
            self.process = process
            self.memory = memory
        }
    }

    /// Looks for the containers that aren't in the list yet.
    ///
    /// - Throws: `wrongState` where one that is named doesn't live; among all, those are left out.
    mutating func find(withMemory: Bool) throws(Failure) {
        for id in ids.isEmpty ? try root.containerNames() : ids
        where !list.contains(where: { $0.id.utf8.elementsEqual(id.utf8) }) {
            do throws(Failure) {
                list.append(try watch(id, withMemory: withMemory))
            } catch let error where ids.isEmpty {
                if error.code == .hostFailed { throw error }
            }
        }
    }

    private func watch(_ id: String, withMemory: Bool) throws(Failure) -> Watch {
        let container = try Container.find(id, in: root)
        let process: ProcessHandle?
        do throws(CallError) {
            process = try container.process?.open()
        } catch {
            throw Failure(
                .hostFailed, "cannot look at the process of container \(id)", at: .container(id), call: error)
        }
        guard try container.currentStatus() != .stopped, let process else {
            throw Failure(.wrongState, "container with id \(id) is not running", at: .container(id))
        }
        guard let layout = container.record?.swrun.cgroup else {
            throw Failure(.wrongState, "container \(id) has no cgroup that would count anything", at: .container(id))
        }
        do throws(CgroupError) {
            return Watch(id, layout, process, withMemory ? try MemoryWatch(layout) : nil)
        } catch {
            throw Failure(error)
        }
    }

    /// A line for each container; one whose cgroup has gone by now is left out of the list from here on.
    mutating func emitStatistics(_ emit: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
        for watch in list {
            let statistics: CgroupStatistics
            do throws(CgroupError) {
                statistics = try watch.layout.statistics()
            } catch let error where error.call?.errno == .noEntry || error.call?.errno == .noDevice {
                list.removeAll { $0 === watch }
                continue
            } catch {
                throw Failure(error)
            }
            try emit(try line(Event(type: "stats", id: watch.id, data: .init(statistics))))
        }
    }

    /// Tells what happens, and the statistics at each interval, until no container is left.
    mutating func follow(
        _ intervalMilliseconds: Int64, _ emit: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        do throws(CallError) {
            // Nothing else ends it where all containers are meant: a caller who blocked them blocked them for itself.
            try Signals.unblock(Signals.ending)
        } catch {
            throw Failure(.hostFailed, "cannot wait for signals", call: error)
        }
        let interval = UInt64(clamping: intervalMilliseconds).multipliedReportingOverflow(by: 1_000_000)
        var next = Clock.monotonicNanoseconds &+ interval.partialValue
        while ids.isEmpty || !list.isEmpty {
            let watched = list
            let ready: [Bool]
            do throws(CallError) {
                ready = try Poll.wait(
                    watched.flatMap { [$0.process.descriptor.raw, $0.memory?.descriptor ?? -1] },
                    timeoutMilliseconds: Clock.remainingMilliseconds(until: next))
            } catch {
                throw Failure(.hostFailed, "cannot wait for events", call: error)
            }
            for (index, watch) in watched.enumerated() {
                // Before its end: what killed it is worth a line.
                if ready[2 * index + 1] { try tellMemory(of: watch, emit) }
                if ready[2 * index] {
                    try tellRest(of: watch, emit)
                    list.removeAll { $0 === watch }
                }
            }
            guard Clock.remainingMilliseconds(until: next) == 0 else { continue }
            next = Clock.monotonicNanoseconds &+ interval.partialValue
            if ids.isEmpty { try find(withMemory: true) }
            try emitStatistics(emit)
        }
    }

    private mutating func tellMemory(
        of watch: Watch, _ emit: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        let times: UInt64?
        do throws(CgroupError) {
            times = try watch.memory?.take()
        } catch let error where error.call?.errno == .tryAgain {
            return
        } catch {
            throw Failure(error)
        }
        // A cgroup that goes signals, too, and means nothing by it.
        guard let times else { return list.removeAll { $0 === watch } }
        try tell(times, of: watch, emit)
    }

    private func tellRest(of watch: Watch, _ emit: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
        let times: UInt64?
        do throws(CgroupError) {
            times = try watch.memory?.takeRest()
        } catch {
            throw Failure(error)
        }
        try tell(times ?? 0, of: watch, emit)
    }

    private func tell(
        _ times: UInt64, of watch: Watch, _ emit: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        for _ in 0..<min(times, 1000) { try emit(try line(Event(type: "oom", id: watch.id))) }
    }

    private func line(_ event: Event) throws(Failure) -> [UInt8] { try document(event) + [UInt8(ascii: "\n")] }
}

/// A line of `events`.
private struct Event: Encodable {
    var type: String
    var id: String
    var data: Statistics?

    /// The cgroup's statistics, and two members of runc's of which a cgroup knows nothing.
    struct Statistics: Encodable {
        let cgroup: CgroupStatistics

        init(_ cgroup: CgroupStatistics) { self.cgroup = cgroup }

        private enum Key: String, CodingKey {
            case interfaces = "network_interfaces"
            case resctrl = "intel_rdt"
        }

        func encode(to encoder: any Encoder) throws {
            try cgroup.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode([String: String](), forKey: .resctrl)
            try container.encodeNil(forKey: .interfaces)
        }
    }
}
