import CKernel
import Foundation

/// Whether the machine has what a case needs.
enum Environment {
    /// The reason why a need isn't met, nil when it is.
    static func lacks(_ need: Need, runtime: Runtime, rootless: Bool) -> String? {
        switch need {
        case .root:
            return geteuid() == 0 && !rootless ? nil : "needs root: the effective user id is \(geteuid())"
        case .rootless: return rootless ? nil : "needs --rootless"
        case .namespace(let kind):
            return access("/proc/self/ns/\(kind)", F_OK) == 0
                ? nil : "no \(kind) namespaces: /proc/self/ns/\(kind) is missing"
        case .cgroup1:
            return Cgroups.isVersion2 ? "needs cgroup v1: no v1 hierarchy is mounted" : nil
        case .cgroup2:
            return Cgroups.isVersion2 ? nil : "needs cgroup v2 alone: v1 hierarchies are mounted"
        case .controller(let name):
            if rootless { return "needs root for the cgroup controller \(name)" }
            return Cgroups.point(of: name) == nil ? "no cgroup controller \(name): it is in no mounted hierarchy" : nil
        case .cgroupFile(let controller, let name):
            guard let point = Cgroups.point(of: controller) else { return "no cgroup controller \(controller)" }
            let directory = "\(point)/\(Workshop.prefix)\(getpid())-look-\(UInt32.random(in: 0..<UInt32.max))"
            guard mkdir(directory, 0o755) == 0 else {
                return "can't make a cgroup: \(String(cString: strerror(errno)))"
            }
            defer { rmdir(directory) }
            return access(directory + "/" + name, F_OK) == 0 ? nil : "new cgroups have no file \(name)"
        case .file(let path): return access(path, F_OK) == 0 ? nil : "\(path) is missing"
        case .noFile(let path): return access(path, F_OK) == 0 ? "\(path) exists" : nil
        case .kernel(let major, let minor):
            var system = utsname()
            uname(&system)
            let release = withUnsafeBytes(of: system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            let numbers = release.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
            return numbers.lexicographicallyPrecedes([major, minor])
                ? "needs Linux \(major).\(minor): this is \(release)" : nil
        case .capability(let bit):
            var (effective, permitted, inheritable): (UInt64, UInt64, UInt64) = (0, 0, 0)
            _ = ck_capget(&effective, &permitted, &inheritable)
            return effective >> UInt64(bit) & 1 == 1 ? nil : "the harness lacks capability \(bit)"
        case .program(let name):
            let found = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains {
                access("\($0)/\(name)", X_OK) == 0
            }
            return found ? nil : "the program \(name) isn't installed"
        case .features: return runtime.features == nil ? "the runtime has no features document" : nil
        }
    }
}
