internal import LinuxKernel
internal import SafePaths

/// Makes the mount points that the saved container had, where the root filesystem doesn't have them: it may be another
/// copy of the image, into which nothing was ever mounted.
///
/// CRIU mounts and makes nothing. What is inside of another mount is left alone: the content of a tmpfs is in the images,
/// that of a bind mount on the host.
func makeMountPoints(of config: BirthConfig) throws(Failure) {
    var covered: [String] = []
    do throws(PathError) {
        let root = try Root(opening: config.rootfs)
        for request in config.mountRequests where !request.isRemount {
            let point = request.destination.cleanedPath
            if covered.contains(where: { point.isBelow($0) }) { continue }
            covered.append(point)
            if try root.resolveIfPresent(point) != nil { continue }
            if request.isBind, !isDirectory(request.source) {
                _ = try root.makeFile(point)
            } else {
                _ = try root.makeDirectories(point, mode: 0o755)
            }
        }
    } catch {
        throw Failure(
            .checkpointFailed, "cannot make the mount point \(error.path) in \(config.rootfs)",
            at: .file(config.rootfs), call: error.call)
    }
}

/// What can't be looked at is told by whoever mounts it.
private func isDirectory(_ path: String) -> Bool {
    (try? FileDescriptor.status(of: path))?.kind == .directory
}

extension String {
    fileprivate func isBelow(_ other: String) -> Bool {
        utf8.starts(with: other.utf8) && utf8.count > other.utf8.count
            && (other.utf8.last == UInt8(ascii: "/") || utf8.dropFirst(other.utf8.count).first == UInt8(ascii: "/"))
    }
}
