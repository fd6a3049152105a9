internal import ContainerRuntime
internal import JSONCodec
internal import OCISpec

extension Order {
    /// `swrun features`: prints what this build implements.
    ///
    /// Managers read it at their start, some of them standard output and error as one: nothing else may be printed.
    func printFeatures() throws(Failure) {
        var annotations = [
            "io.github.seccomp.libseccomp.version": Release.filterLibraryVersion,
            "org.opencontainers.runc.checkpoint.enabled": "true", "org.swrun.version": Version.current,
        ]
        if let commit = Surroundings.commit { annotations["org.swrun.commit"] = commit }
        let features = Features.ofThisBuild(annotations: annotations)
        let text: [UInt8]
        do throws(JSONError) {
            text = try JSONEncoder(pretty: true, indent: .spaces(2)).encode(features) + Array("\n".utf8)
        } catch {
            throw Failure(.hostFailed, "cannot encode the features", words: error.description)
        }
        try output(text)
    }
}
