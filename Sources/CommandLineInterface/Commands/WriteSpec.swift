internal import ContainerRuntime
internal import JSONCodec
internal import LinuxKernel
internal import OCISpec

extension Order {
    /// `swrun spec`: writes a configuration to start from.
    func writeSpec() throws(Failure) {
        let isRootless = arguments.has(.rootlessSpec)
        let template =
            isRootless
            ? Spec.rootlessTemplate(uid: Credentials.effectiveUID, gid: Surroundings.effectiveGID) : Spec.template
        let text: [UInt8]
        do throws(JSONError) {
            text = try JSONEncoder(pretty: true, indent: .tab).encode(template) + Array("\n".utf8)
        } catch {
            throw Failure(.hostFailed, "cannot encode the configuration", words: error.description)
        }
        let name = arguments[.specFile] ?? "config.json"
        do throws(CallError) {
            let directory = try FileDescriptor.open(arguments[.bundle] ?? ".", [.path, .directory])
            let file = try directory.open(name, [.writeOnly, .create, .exclusive], mode: 0o666)
            do throws(CallError) {
                try file.writeAll(text)
            } catch {
                // Half a configuration is worse than none; if it can't even be removed, the first error says why.
                try? directory.remove(name)
                throw error
            }
        } catch {
            if error.errno == .exists {
                throw Failure(.optionUnusable, "File \(escaped(name)) exists. Remove it first")
            }
            let path = arguments[.bundle].map { "\($0)/\(name)" } ?? name
            throw Failure(.optionUnusable, "cannot write \(quoted(path))", call: error)
        }
    }
}
