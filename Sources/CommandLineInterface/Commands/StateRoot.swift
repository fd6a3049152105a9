internal import ContainerRuntime
internal import LinuxKernel

extension Order {
    /// The directory of `--root`, made absolute and cleaned of `.`, `..` and doubled slashes, or the usual one.
    func stateRoot() throws(Failure) -> String {
        guard let given = globals.given.last(where: { $0.name == Option.root.name })?.value else {
            return try Runtime.usualRoot()
        }
        // In contrast to other options, empty text is no wish for the default: it comes from a variable that isn't set.
        if given.isEmpty { throw unusable("Option --root argument should not be set to / or be empty") }
        var path = given
        if given.utf8.first != UInt8(ascii: "/") {
            do throws(CallError) {
                path = try FileDescriptor.currentDirectory() + "/" + given
            } catch {
                throw unusable("--root \(quoted(given)) is relative, and the current directory is gone")
            }
            // So the kernel begins the name of a directory that is outside of the root.
            guard path.utf8.first == UInt8(ascii: "/") else {
                throw unusable("--root \(quoted(given)) is relative, and the current directory is unreachable")
            }
        }
        let cleaned = path.cleanedPath
        if cleaned.utf8.count == 1 { throw unusable("Option --root argument should not be set to /") }
        return cleaned
    }

    private func unusable(_ about: String) -> Failure { Failure(.optionUnusable, about) }
}
