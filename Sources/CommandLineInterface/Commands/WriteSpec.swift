internal import JSONCodec
internal import LinuxKernel
internal import OCISpec

/// `swrun spec`: writes a configuration to start from.
func writeSpec(_ arguments: Arguments) throws(Report) {
    let isRootless = arguments.has(.rootlessSpec)
    let template =
        isRootless
        ? Spec.rootlessTemplate(uid: Credentials.effectiveUID, gid: Surroundings.effectiveGID) : Spec.template
    let text: [UInt8]
    do throws(JSONError) {
        text = try JSONEncoder(pretty: true, indent: .tab).encode(template) + Array("\n".utf8)
    } catch {
        throw Report(message: "cannot encode the configuration: \(error)")
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
        if error.errno == .exists { throw Report(message: "File \(escaped(name)) exists. Remove it first") }
        let path = arguments[.bundle].map { "\($0)/\(name)" } ?? name
        throw Report(message: "cannot write \(quoted(path)): \(error.errno.message)")
    }
}
