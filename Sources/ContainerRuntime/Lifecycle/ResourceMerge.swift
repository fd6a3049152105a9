internal import OCISpec

/// New limits joined with those that a container has.
struct ResourceMerge: Equatable {
    /// All limits as they are to be from now on.
    var whole: Spec.Linux.Resources
    /// What is to be written: what was asked for, and what is written together with it.
    var change: Spec.Linux.Resources
    /// True if memory was asked for, and the sum of memory and swap wasn't.
    var leavesSwap = false

    /// Joins limits.
    ///
    /// What isn't asked for stays, and 0 asks for nothing where it makes no sense as a limit. Devices are left alone: an
    /// update that is about limits must not take a device away that was given by other means.
    init(_ old: Spec.Linux.Resources, with new: Spec.Linux.Resources) {
        whole = old
        change = Spec.Linux.Resources()
        merge(new.memory)
        merge(new.cpu)
        merge(new.blockIO)
        if let limit = new.pids?.limit {
            whole.pids = .init(limit: limit)
            change.pids = whole.pids
        }
        if let limits = new.hugepageLimits, !limits.isEmpty {
            whole.hugepageLimits = joined(old.hugepageLimits, limits) { $0.pageSize }
            change.hugepageLimits = limits
        }
        if let network = new.network {
            let classID = asked(network.classID)
            whole.network = .init(
                classID: classID ?? old.network?.classID,
                priorities: joined(old.network?.priorities, network.priorities) { $0.name })
            change.network = .init(classID: classID, priorities: network.priorities)
        }
        if let rdma = new.rdma, !rdma.isEmpty {
            change.rdma = rdma
            whole.rdma = (old.rdma ?? [:]).merging(rdma) { old, new in
                .init(hcaHandles: new.hcaHandles ?? old.hcaHandles, hcaObjects: new.hcaObjects ?? old.hcaObjects)
            }
        }
        if let unified = new.unified, !unified.isEmpty {
            change.unified = unified
            whole.unified = (old.unified ?? [:]).merging(unified) { _, new in new }
        }
    }

    private mutating func merge(_ new: Spec.Linux.Resources.Memory?) {
        guard let new else { return }
        var all = whole.memory ?? .init()
        var change = Spec.Linux.Resources.Memory()
        let limit = asked(new.limit)
        // Who takes the limit of memory away can't mean to keep one of the sum.
        let swap = asked(new.swap) ?? (limit == -1 ? -1 : nil)
        leavesSwap = limit != nil && swap == nil
        all.limit = limit ?? all.limit
        all.swap = swap ?? all.swap
        // Both bound each other.
        if limit != nil || swap != nil { (change.limit, change.swap) = (all.limit, all.swap) }
        func take<Value>(
            _ key: WritableKeyPath<Spec.Linux.Resources.Memory, Value?>, _ value: Value?
        ) {
            guard let value else { return }
            all[keyPath: key] = value
            change[keyPath: key] = value
        }
        take(\.reservation, asked(new.reservation))
        take(\.kernel, asked(new.kernel))
        take(\.kernelTCP, asked(new.kernelTCP))
        take(\.swappiness, new.swappiness == .max ? nil : new.swappiness)
        take(\.disableOOMKiller, new.disableOOMKiller)
        take(\.useHierarchy, new.useHierarchy)
        take(\.checkBeforeUpdate, new.checkBeforeUpdate ?? all.checkBeforeUpdate)
        whole.memory = all
        self.change.memory = change
    }

    private mutating func merge(_ new: Spec.Linux.Resources.CPU?) {
        guard let new else { return }
        var all = whole.cpu ?? .init()
        var change = Spec.Linux.Resources.CPU()
        func take<Value>(_ key: WritableKeyPath<Spec.Linux.Resources.CPU, Value?>, _ value: Value?) -> Bool {
            guard let value else { return false }
            all[keyPath: key] = value
            change[keyPath: key] = value
            return true
        }
        let hasShares = take(\.shares, asked(new.shares))
        if take(\.idle, new.idle), !hasShares {
            // An idle group has no weight; what it had is due again when it is idle no longer.
            change.shares = new.idle == 0 ? all.shares : nil
        }
        let hasQuota = take(\.quota, asked(new.quota))
        if take(\.period, asked(new.period)) || hasQuota { (change.quota, change.period) = (all.quota, all.period) }
        let hasRuntime = take(\.realtimeRuntime, asked(new.realtimeRuntime))
        if take(\.realtimePeriod, asked(new.realtimePeriod)) || hasRuntime {
            (change.realtimeRuntime, change.realtimePeriod) = (all.realtimeRuntime, all.realtimePeriod)
        }
        _ = take(\.burst, new.burst)
        _ = take(\.cpus, new.cpus.flatMap { $0.isEmpty ? nil : $0 })
        _ = take(\.mems, new.mems.flatMap { $0.isEmpty ? nil : $0 })
        whole.cpu = all
        self.change.cpu = change
    }

    private mutating func merge(_ new: Spec.Linux.Resources.BlockIO?) {
        guard let new else { return }
        typealias BlockIO = Spec.Linux.Resources.BlockIO
        var all = whole.blockIO ?? .init()
        var change = new
        change.weight = asked(new.weight)
        change.leafWeight = asked(new.leafWeight)
        all.weight = change.weight ?? all.weight
        all.leafWeight = change.leafWeight ?? all.leafWeight
        all.weightDevice = joined(all.weightDevice, new.weightDevice) { "\($0.major):\($0.minor)" }
        let throttles: [WritableKeyPath<BlockIO, [BlockIO.ThrottleDevice]?>] = [
            \.throttleReadBpsDevice, \.throttleWriteBpsDevice, \.throttleReadIOPSDevice, \.throttleWriteIOPSDevice,
        ]
        for key in throttles {
            all[keyPath: key] = joined(all[keyPath: key], new[keyPath: key]) { "\($0.major):\($0.minor)" }
        }
        // BFQ forgets the weights of devices when it gets another one for the group.
        if change.weight != nil { change.weightDevice = all.weightDevice }
        whole.blockIO = all
        self.change.blockIO = change
    }
}

/// A number that asks for something; callers write 0 for "not set".
private func asked<Number: BinaryInteger>(_ number: Number?) -> Number? { number == 0 ? nil : number }

/// A list in which new entries take the places of old ones with the same key.
private func joined<Entry>(_ old: [Entry]?, _ new: [Entry]?, by key: (Entry) -> String) -> [Entry]? {
    guard let new, !new.isEmpty else { return old }
    var all = old ?? []
    for entry in new {
        if let index = all.firstIndex(where: { key($0).utf8.elementsEqual(key(entry).utf8) }) {
            all[index] = entry
        } else {
            all.append(entry)
        }
    }
    return all
}
