internal import LinuxKernel

/// New limits that couldn't be set as a whole.
public struct CgroupReplacementError: Error, Equatable, Sendable {
    /// What went wrong.
    public var cause: CgroupError
    /// What could not be set back to what it was; nothing, as a rule.
    public var unrestored: [CgroupError]

    /// Puts both together.
    public init(_ cause: CgroupError, unrestored: [CgroupError] = []) {
        self.cause = cause
        self.unrestored = unrestored
    }
}

extension CgroupLayout {
    /// Writes settings to the cgroup of a running container: all, or none.
    public func replace(_ settings: [CgroupSetting]) throws(CgroupReplacementError) {
        let directories: CgroupDirectories
        do throws(CgroupError) {
            try verify()
            directories = try CgroupDirectories(opening: self)
        } catch {
            throw CgroupReplacementError(error)
        }
        try directories.replace(settings)
    }
}

extension CgroupDirectories {
    /// Writes the settings in order, all or none.
    ///
    /// What the files say is read before the first write. Where a write fails, all that has changed by then is set back.
    public func replace(_ settings: [CgroupSetting]) throws(CgroupReplacementError) {
        let earlier: [Earlier]
        do throws(CgroupError) {
            earlier = try settings.map { (setting) throws(CgroupError) in try read(setting) }
        } catch {
            throw CgroupReplacementError(error)
        }
        do throws(CgroupError) {
            try apply(settings)
        } catch {
            throw CgroupReplacementError(error, unrestored: restore(earlier))
        }
    }

    /// What a file said before something was written to it, and what says it again.
    private struct Earlier {
        var file: CgroupSetting
        var text: [UInt8]?
        var settings: [CgroupSetting]
    }

    private func read(_ setting: CgroupSetting) throws(CgroupError) -> Earlier {
        guard let place = layout.place(of: setting.controller) else {
            throw CgroupError(
                .set, .missingController(setting.controller), path: basePath, file: setting.file, value: setting.value,
                pointer: setting.pointer)
        }
        let path = place.directory
        let directory = CgroupDirectory(opened: try during(.set, path, try open(place)), path, .set)
        for candidate in [setting, setting.replaced] {
            guard let candidate, let text = try directory.text(candidate) else { continue }
            return Earlier(file: candidate, text: text, settings: candidate.undoing(text))
        }
        return Earlier(file: setting, text: nil, settings: [])
    }

    /// Goes backwards, and twice: what bounds each other may need both rounds, and BFQ forgets the weights of devices
    /// when it gets another one for the group.
    private func restore(_ earlier: [Earlier]) -> [CgroupError] {
        var failures: [CgroupError] = []
        for _ in 0..<2 {
            failures = []
            for entry in earlier.reversed() where entry.text != nil {
                // What says the same has not been reached, or is back.
                if (try? read(entry.file).text) == entry.text { continue }
                for setting in entry.settings {
                    do throws(CgroupError) { try apply([setting]) } catch { failures.append(error) }
                }
            }
        }
        return failures
    }
}

extension CgroupDirectory {
    /// What a setting's file says; nil where there is none, or it can only be written.
    fileprivate func text(_ setting: CgroupSetting) throws(CgroupError) -> [UInt8]? {
        do throws(CgroupError) {
            return try contents(setting.file)
        } catch let error where error.call?.errno == .accessDenied || error.call?.errno == .invalid {
            return nil
        } catch {
            throw error.at(setting.pointer)
        }
    }
}

extension CgroupSetting {
    /// What brings a file back to what it says now, before this setting is written.
    ///
    /// A file says one thing, or has a line for each device: then the device's line is what counts, and where there is
    /// none yet a word takes the new one out again.
    package func undoing(_ text: [UInt8]) -> [CgroupSetting] {
        let newline = UInt8(ascii: "\n")
        let blank = UInt8(ascii: " ")
        let lines = text.split(separator: newline).map { String(decoding: $0, as: UTF8.self) }
        func back(_ value: String) -> CgroupSetting {
            CgroupSetting(controller, file, value, pointer: pointer, ignoreIfMissing: true)
        }
        if file.utf8.elementsEqual("memory.oom_control".utf8) {
            // oom_kill_disable 0
            return lines.first?.utf8.split(separator: blank).last.map { [back(String(Substring($0)))] } ?? []
        }
        if let removal, let key = value.utf8.split(separator: blank).first {
            let own = lines.filter { $0.utf8.split(separator: blank).first?.elementsEqual(key) == true }
            return own.isEmpty ? [back("\(Substring(key)) \(removal)")] : own.map(back)
        }
        return lines.isEmpty ? [back("\n")] : lines.map(back)
    }

    /// What takes the line of a device out of the file; nil where the setting is not about one device.
    private var removal: String? {
        guard value.utf8.contains(UInt8(ascii: ":")) else { return nil }
        switch file {
        case "io.max": return "rbps=max wbps=max riops=max wiops=max"
        case "io.weight", "io.bfq.weight", "blkio.bfq.weight_device": return "default"
        default: return file.utf8.starts(with: "blkio.".utf8) ? "0" : nil
        }
    }
}
