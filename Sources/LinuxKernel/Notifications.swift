internal import CLinux

extension FileDescriptor {
    /// A counter that the kernel raises, and which can be read as 8 bytes once it isn't 0; a read sets it to 0.
    ///
    /// Source: eventfd(2).
    public static func eventCounter() throws(CallError) -> FileDescriptor {
        FileDescriptor(adopting: try check(.eventfd, sw_eventfd()))
    }

    /// A descriptor that can be read once a file has changed.
    ///
    /// Source: inotify(7).
    public static func watchingChanges(of path: String) throws(CallError) -> FileDescriptor {
        let watcher = FileDescriptor(adopting: try check(.inotify, sw_inotify()))
        try check(.inotify, unsafe sw_inotify_watch_changes(watcher.raw, path))
        return watcher
    }
}
