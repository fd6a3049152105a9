internal import ContainerRuntime
internal import LinuxKernel

extension Order {
    /// `swrun rootfs …`: the program swrun-rootfs takes this one's place.
    ///
    /// It is another program, so that this one stays small and quick to start.
    func becomeCompanion() throws(Failure) {
        let name = "swrun-rootfs"
        var directories = (Surroundings.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin")
            .split(separator: ":").map(String.init)
        if let beside = ownDirectory { directories.insert(beside, at: 0) }
        for directory in directories {
            do throws(CallError) {
                let path = "\(directory)/\(name)"
                try Process.execute(path, [name] + arguments.words, environment: Process.environment)
            } catch  where error.errno == .noEntry || error.errno == .notDirectory || error.errno == .accessDenied {
                continue
            } catch {
                throw Failure(.hostFailed, "cannot start \(quoted("\(directory)/\(name)"))", call: error)
            }
        }
        throw Failure(
            .optionUnusable, "there is no \(name) beside swrun or in $PATH",
            hint: "it is built with: make build-rootfs")
    }

    private var ownDirectory: String? {
        guard let path = try? FileDescriptor.readLink("/proc/self/exe"),
            let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        else { return nil }
        return String(decoding: path.utf8[..<slash], as: UTF8.self)
    }
}
