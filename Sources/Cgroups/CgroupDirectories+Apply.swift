internal import LinuxKernel

extension CgroupLayout {
    /// Writes settings to the cgroup of a running container; see `CgroupDirectories.apply`.
    public func apply(_ settings: [CgroupSetting]) throws(CgroupError) {
        try verify()
        try CgroupDirectories(opening: self).apply(settings)
    }
}

extension CgroupDirectories {
    /// Writes the settings in order.
    ///
    /// - Throws: `set` errors with the pointer of the property; what was written before stays.
    public func apply(_ settings: [CgroupSetting]) throws(CgroupError) {
        var rest = settings[...]
        while let first = rest.first {
            guard let place = layout.place(of: first.controller) else {
                throw CgroupError(
                    .set, .missingController(first.controller), path: basePath, file: first.file, value: first.value,
                    pointer: first.pointer)
            }
            // The first by its name, because the files of `cgroup` belong to no controller of the place.
            let group = rest.prefix {
                $0.controller == first.controller || place.controllers.contains($0.controller)
            }
            rest = rest.dropFirst(group.count)
            let path = place.directory
            let directory = CgroupDirectory(opened: try during(.set, path, try open(place)), path, .set)
            try directory.apply(group)
        }
    }
}

extension CgroupDirectory {
    fileprivate func apply(_ settings: ArraySlice<CgroupSetting>) throws(CgroupError) {
        for setting in settings where setting.refuseBelowUsage { try refuseBelowUsage(setting) }
        var postponed: [(setting: CgroupSetting, error: CgroupError)] = []
        var rest = settings
        while let first = rest.first {
            let run = rest.prefix { $0.file == first.file }
            rest = rest.dropFirst(run.count)
            do throws(CgroupError) {
                try write(run)
            } catch let error where first.retryAfterNext && error.call?.errno == .invalid {
                postponed.append((first, error))
                continue
            }
            var still: [(setting: CgroupSetting, error: CgroupError)] = []
            for earlier in postponed {
                do throws(CgroupError) {
                    try write([earlier.setting])
                } catch let error where error.call?.errno == .invalid {
                    still.append(earlier)
                }
            }
            postponed = still
        }
        if let first = postponed.first { throw first.error }
    }

    /// Writes values for the same file, each in one write(2).
    private func write(_ run: ArraySlice<CgroupSetting>) throws(CgroupError) {
        guard let first = run.first else { return }
        do throws(CgroupError) {
            let file = try open(first.file, .writeOnly)
            for setting in run {
                do throws(CallError) {
                    try file.writeOnce(setting.value)
                } catch let error where error.errno == .notSupported && setting.ignoreIfMissing {
                    continue
                } catch {
                    throw explained(setting, error)
                }
            }
        } catch let error where error.call?.call == .openat2 {
            if error.call?.errno == .noEntry {
                let replaced = run.compactMap(\.replaced)
                if replaced.count == run.count { return try write(replaced[...]) }
                if first.ignoreIfMissing { return }
                // Version 2: the file is there only if all ancestors handed the controller down.
                if let handedDown = try contents("cgroup.controllers"), !words(handedDown).contains(first.controller) {
                    throw failure(first, .missingController(first.controller), error.call)
                }
            }
            throw failure(first, .refused, error.call)
        }
    }

    private func failure(
        _ setting: CgroupSetting, _ problem: CgroupError.Problem, _ call: CallError? = nil
    ) -> CgroupError {
        CgroupError(
            .set, problem, path: path, file: setting.file, value: setting.value, pointer: setting.pointer, call: call)
    }

    /// Version 1 answers EBUSY where more memory is in use than the limit and can't be reclaimed.
    private func explained(_ setting: CgroupSetting, _ error: CallError) -> CgroupError {
        if error.errno == .busy, setting.file == "memory.limit_in_bytes", let usage = counter("memory.usage_in_bytes") {
            return failure(
                setting, .belowUsage(usage: usage, peak: counter("memory.max_usage_in_bytes")), error)
        }
        return failure(setting, .refused, error)
    }

    private func refuseBelowUsage(_ setting: CgroupSetting) throws(CgroupError) {
        guard let usage = counter("memory.current"), let limit = number(setting.value.utf8), limit <= usage else {
            return
        }
        throw failure(setting, .belowUsage(usage: usage, peak: counter("memory.peak")))
    }

    /// The number in a file; nil where there is none, as this only explains.
    private func counter(_ file: String) -> UInt64? {
        guard let text = try? contents(file) else { return nil }
        return number(text.prefix { $0 != UInt8(ascii: "\n") })
    }
}
