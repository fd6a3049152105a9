internal import LinuxKernel

/// The systemd that is asked for units: the system's, or the user's own.
public struct SystemdManager: ~Copyable {
    private var bus: BusConnection
    private let address: BusAddress

    /// How long a command waits for systemd in all.
    public static let timeoutMilliseconds: UInt64 = 30_000

    private static let service = "org.freedesktop.systemd1"
    private static let path = "/org/freedesktop/systemd1"
    private static let interface = "org.freedesktop.systemd1.Manager"

    /// The environment, as far as it says where the bus is.
    public struct Surroundings: Equatable, Sendable {
        /// DBUS_SYSTEM_BUS_ADDRESS; nil leaves the usual places.
        public var systemBus: String?
        /// DBUS_SESSION_BUS_ADDRESS.
        public var sessionBus: String?
        /// XDG_RUNTIME_DIR.
        public var runtimeDirectory: String?

        /// What the process was started with.
        public static var current: Surroundings {
            Surroundings(
                systemBus: Process.variable("DBUS_SYSTEM_BUS_ADDRESS"),
                sessionBus: Process.variable("DBUS_SESSION_BUS_ADDRESS"),
                runtimeDirectory: Process.variable("XDG_RUNTIME_DIR"))
        }

        /// Makes up an environment.
        public init(systemBus: String?, sessionBus: String?, runtimeDirectory: String?) {
            self.systemBus = systemBus
            self.sessionBus = sessionBus
            self.runtimeDirectory = runtimeDirectory
        }

        /// Where to connect, the best place first; true for systemd's own socket.
        func places(isUsers: Bool) -> [(address: BusAddress, isDirect: Bool)] {
            if !isUsers {
                if let systemBus { return BusAddress(systemBus).map { [($0, false)] } ?? [] }
                return [(.path("/run/systemd/private"), true), (.path("/run/dbus/system_bus_socket"), false)]
            }
            var places: [(address: BusAddress, isDirect: Bool)] = []
            if let sessionBus, let address = BusAddress(sessionBus) { places.append((address, false)) }
            if let runtimeDirectory, !runtimeDirectory.isEmpty {
                places.append((.path(runtimeDirectory + "/bus"), false))
                places.append((.path(runtimeDirectory + "/systemd/private"), true))
            }
            return places
        }
    }

    private init(_ bus: consuming BusConnection, _ address: BusAddress) {
        self.bus = bus
        self.address = address
    }

    /// Connects to the first place where somebody listens.
    ///
    /// - Throws: `systemd` errors: nobody is there, nobody answers in time.
    public static func connect(
        isUsers: Bool, _ surroundings: Surroundings = .current, timeoutMilliseconds: UInt64 = timeoutMilliseconds
    ) throws(CgroupError) -> SystemdManager {
        var failure: (error: BusError, address: BusAddress)?
        for place in surroundings.places(isUsers: isUsers) {
            do throws(BusError) {
                let bus = try BusConnection.open(
                    place.address, isDirect: place.isDirect, timeoutMilliseconds: timeoutMilliseconds)
                return SystemdManager(bus, place.address)
            } catch {
                if failure == nil { failure = (error, place.address) }
                // Only where nobody is there at all another place can be better.
                guard case .call(let call) = error.problem, call.call == .connect, call.errno != .tryAgain else {
                    break
                }
            }
        }
        guard let failure else {
            throw CgroupError(.systemd, .noBus(isUsers: isUsers), path: isUsers ? "the user's systemd" : "systemd")
        }
        throw CgroupError(failure.error, failure.address)
    }

    private mutating func call(_ member: String, _ body: [BusValue]) throws(BusError) -> [BusValue] {
        try bus.call(
            member, of: SystemdManager.interface, at: SystemdManager.path, to: SystemdManager.service, body)
    }

    private mutating func property(_ name: String) throws(BusError) -> BusValue? {
        try bus.call(
            "Get", of: "org.freedesktop.DBus.Properties", at: SystemdManager.path, to: SystemdManager.service,
            [.string(SystemdManager.interface), .string(name)]
        ).first
    }

    /// The manager's own cgroup, below which its slices are, and its version, as 257.
    public mutating func place() throws(CgroupError) -> (cgroup: String, version: Int) {
        do throws(BusError) {
            let cgroup = try property("ControlGroup")?.text ?? ""
            let text = try property("Version")?.text ?? ""
            // `257.7-1` as well as `v249`.
            let digits = text.utf8.drop { !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0) }.prefix {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
            }
            return (cgroup, Int(Substring(digits)) ?? 0)
        } catch {
            throw CgroupError(error, address)
        }
    }

    /// Starts a scope with processes in it, and waits until it is there.
    ///
    /// One of the same name that failed earlier is forgotten first.
    public mutating func start(
        _ unit: SystemdUnit, processes: [Int32], description: String, _ properties: [UnitProperty]
    ) throws(CgroupError) {
        let basics = [
            UnitProperty("Description", .string(description)),
            UnitProperty("Slice", .string(unit.slice)),
            UnitProperty("Delegate", .boolean(true)),
            UnitProperty("PIDs", .array(of: "u", processes.map { .uint32(UInt32(bitPattern: $0)) })),
            UnitProperty("DefaultDependencies", .boolean(false)),
        ]
        // Of two values of one property systemd takes the last.
        let all = (basics + properties).map(\.encoded)
        let body: [BusValue] = [
            .string(unit.name), .string("replace"), .array(of: "(sv)", all), .array(of: "(sa(sv))", []),
        ]
        do throws(BusError) {
            try watchJobs()
            let job: [BusValue]
            do throws(BusError) {
                job = try call("StartTransientUnit", body)
            } catch let error where error.names("UnitExists") {
                _ = try? call("ResetFailedUnit", [.string(unit.name)])
                job = try call("StartTransientUnit", body)
            }
            try waitForJob(job, "StartTransientUnit")
        } catch {
            throw CgroupError(error, address, unit: unit.name)
        }
    }

    /// Sets properties of a running unit until it ends.
    public mutating func set(_ properties: [UnitProperty], of unit: SystemdUnit) throws(CgroupError) {
        do throws(BusError) {
            _ = try call(
                "SetUnitProperties",
                [.string(unit.name), .boolean(true), .array(of: "(sv)", properties.map(\.encoded))])
        } catch {
            throw CgroupError(error, address, unit: unit.name)
        }
    }

    /// Stops a unit and forgets it; one that isn't there is stopped.
    public mutating func stop(_ unit: SystemdUnit) throws(CgroupError) {
        do throws(BusError) {
            try watchJobs()
            do throws(BusError) {
                let job = try call("StopUnit", [.string(unit.name), .string("replace")])
                try waitForJob(job, "StopUnit")
            } catch let error where error.names("NoSuchUnit") {
                return
            }
            do throws(BusError) {
                _ = try call("ResetFailedUnit", [.string(unit.name)])
            } catch let error where error.names("NoSuchUnit") {
                return
            }
        } catch {
            throw CgroupError(error, address, unit: unit.name)
        }
    }

    private mutating func watchJobs() throws(BusError) {
        if !bus.isDirect {
            try bus.call(
                "AddMatch", of: "org.freedesktop.DBus", at: "/org/freedesktop/DBus", to: "org.freedesktop.DBus",
                [
                    .string(
                        "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.systemd1.Manager',"
                            + "member='JobRemoved'")
                ])
        }
        _ = try call("Subscribe", [])
    }

    private mutating func waitForJob(_ job: [BusValue], _ during: String) throws(BusError) {
        guard let path = job.first?.text else { throw BusError(problem: .malformed, during: during) }
        let end = try bus.waitForSignal("JobRemoved") { $0.count >= 4 && $0[1].text == path }
        let result = end[3].text ?? ""
        guard result == "done" else {
            throw BusError(problem: .answer(name: "", text: "the job ended with \"\(result)\""), during: during)
        }
    }
}

extension SystemdUnit {
    /// Lets systemd stop and forget the unit; one that isn't there is stopped.
    public func stop() throws(CgroupError) {
        var manager = try SystemdManager.connect(isUsers: isUsers, timeoutMilliseconds: 10_000)
        try manager.stop(self)
    }

    /// Tells systemd of limits that were written to the files of its cgroup, so that it doesn't set them back.
    public func tell(_ settings: [CgroupSetting], of layout: CgroupLayout) throws(CgroupError) {
        var manager = try SystemdManager.connect(isUsers: isUsers, timeoutMilliseconds: 10_000)
        let properties = try UnitProperty.limits(settings, on: layout.mode, version: manager.place().version)
        if properties.isEmpty { return }
        try manager.set(properties, of: self)
        guard properties.contains(where: { $0.name == "CPUQuotaPerSecUSec" }) else { return }
        // It writes what it was told before it answers again, and knows CPU time in hundredths only.
        _ = try manager.place()
        try layout.apply(settings.filter { $0.controller == "cpu" })
    }
}

extension UnitProperty {
    var encoded: BusValue { .structure([.string(name), .variant(value)]) }
}

extension BusError {
    /// True for systemd's error of this name.
    func names(_ name: String) -> Bool {
        guard case .answer(let full, _) = problem else { return false }
        return full.utf8.elementsEqual("org.freedesktop.systemd1.\(name)".utf8)
    }
}

extension CgroupError {
    init(_ error: BusError, _ address: BusAddress, unit: String? = nil) {
        let path = unit.map { "\($0) over \(address)" } ?? "\(address)"
        var call: CallError?
        if case .call(let failed) = error.problem { call = failed }
        let words =
            switch error.problem {
            case .call: "\(error.during) failed"
            case .closed: "\(error.during): the connection was closed"
            case .refused(let answer): "\(error.during): refused with \"\(answer)\""
            case .malformed: "\(error.during): what came isn't a message of the bus"
            case .timedOut: "\(error.during): no answer in time"
            case .answer(let name, let text): "\(error.during): \(text.isEmpty ? name : text)"
            }
        var isAnswer = false
        if case .answer = error.problem { isAnswer = true }
        self.init(.systemd, .bus(words, isAnswer: isAnswer), path: path, call: call)
    }

    /// True if systemd was reached and refused.
    public var isRefusal: Bool {
        guard case .bus(_, let isAnswer) = problem else { return false }
        return isAnswer
    }
}
