internal import LinuxKernel
internal import OCISpec
internal import Validation

extension HostFacts {
    /// Finds out what only the rarer properties depend on: nobody pays who doesn't use them.
    mutating func lookUp(for spec: Spec) {
        let process = spec.process
        let linux = spec.linux
        if isGiven(process?.apparmorProfile) { hasAppArmor = HostFacts.appArmorIsActive }
        if isGiven(process?.selinuxLabel) || isGiven(linux?.mountLabel) { hasSELinux = HostFacts.selinuxIsActive }
        if linux?.intelRdt != nil { resctrl = HostFacts.resctrlMount }
        if linux?.memoryPolicy != nil {
            hasMemoryPolicies = HostFacts.kernelHasMemoryPolicies
            memoryNodes = HostFacts.list("/sys/devices/system/node/has_memory")
        }
        if process?.execCPUAffinity != nil { cpus = HostFacts.list("/sys/devices/system/cpu/online") }
    }

    private func isGiven(_ text: String?) -> Bool { !(text ?? "").isEmpty }

    /// The module's parameter reads Y; without the module there is no such file.
    private static var appArmorIsActive: Bool {
        text("/sys/module/apparmor/parameters/enabled").utf8.first == UInt8(ascii: "Y")
    }

    /// As libselinux finds out: its filesystem is mounted where it belongs.
    private static var selinuxIsActive: Bool {
        (try? FileDescriptor.fileSystem(of: "/sys/fs/selinux"))?.magic == .selinux
    }

    private static var kernelHasMemoryPolicies: Bool {
        do throws(CallError) {
            _ = try Process.memoryPolicy()
            return true
        } catch {
            return error.errno != .notImplemented
        }
    }

    /// The first mount of type resctrl.
    ///
    /// Source: proc_pid_mountinfo(5): the type is the first word behind the hyphen.
    static var resctrlMount: String? {
        #if DEBUG
            if let madeUp = Process.variable("SWRUN_RESCTRL") { return madeUp }
        #endif
        for line in text("/proc/self/mountinfo").utf8.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard let hyphen = words.firstIndex(where: { $0.elementsEqual("-".utf8) }), hyphen + 1 < words.count,
                words[hyphen + 1].elementsEqual("resctrl".utf8), words.count > 4
            else { continue }
            return String(decoding: words[4], as: UTF8.self)
        }
        return nil
    }

    private static func list(_ path: String) -> [ClosedRange<Int>]? {
        let line = text(path).utf8.prefix { $0 != UInt8(ascii: "\n") }
        guard !line.isEmpty else { return nil }
        return NumberList.ranges(String(decoding: line, as: UTF8.self))
    }

    /// A file of the kernel's; empty where it can't be read.
    private static func text(_ path: String) -> String {
        let bytes = try? FileDescriptor.open(path, .readOnly).readAll(limitBytes: 8 << 20)
        return String(decoding: bytes ?? [], as: UTF8.self)
    }
}
