internal import LinuxKernel
internal import SafePaths

extension Walker {
    mutating func connectConsole(_ path: String) throws(StepError) {
        slots.put(try step { () throws(CallError) in try FileDescriptor.connect(toSocket: path) }, as: .console)
    }

    mutating func makeConsoleChannel() throws(StepError) {
        let pair = try step { () throws(CallError) in try FileDescriptor.socketPair() }
        slots.put(pair.first, as: .console)
        slots.put(pair.second, as: .consoleReceiver)
    }

    /// A terminal of the container's own devpts.
    ///
    /// - Parameter covers: true if it is to be the container's `/dev/console`.
    ///
    /// Every step goes by a held descriptor: `/dev/pts/N` and `/dev/console` as names could be exchanged meanwhile
    /// (CVE-2025-52565, CVE-2026-88264).
    mutating func makeConsole(_ size: TerminalExtent?, _ owner: UInt32, covers: Bool) throws(StepError) {
        let tree = try rootTree()
        let terminals = try inRootfs { () throws(PathError) in try tree.root.directoryWithoutLinks("/dev/pts") }
        guard try step({ () throws(CallError) in try terminals.descriptor.fileSystem() }) == .devpts else {
            throw StepError(nil, words: "a terminal needs a devpts filesystem mounted on /dev/pts")
        }
        let master = try step { () throws(CallError) in
            try terminals.descriptor.open("ptmx", [.readWrite, .noFollow, .noControllingTerminal])
        }
        let peer = try step { () throws(CallError) in
            try master.unlockTerminal()
            if let size { try master.setTerminalSize(TerminalSize(rows: size.rows, columns: size.columns)) }
            let peer = try master.terminalPeer()
            if owner != 0 { try peer.setTerminalOwner(uid: owner) }
            return peer
        }
        if covers { try showAsConsole(peer, in: tree) }
        let receiver = try slots.take(.console)
        try step { () throws(CallError) in
            try receiver.send(master, text: "/dev/ptmx")
            try peer.makeControllingTerminal()
            for number in Int32(0)...2 { try peer.install(as: number) }
        }
    }

    private func showAsConsole(_ peer: borrowing FileDescriptor, in tree: RootTree) throws(StepError) {
        let directory = try inRootfs { () throws(PathError) in try tree.root.directoryWithoutLinks("/dev") }
        try step { () throws(CallError) in
            do throws(CallError) {
                _ = try directory.descriptor.open("console", [.writeOnly, .create, .exclusive, .noFollow], mode: 0o620)
            } catch let error where error.errno == .exists {
                // Whatever is there gets covered, as long as it isn't a link to somewhere else.
            }
            let target = try directory.descriptor.open("console", [.path, .noFollow])
            guard try target.status().kind != .symlink else { throw CallError(.open, .symlinkLoop) }
            try FileDescriptor.openTree(of: peer.raw).attach(to: target)
        }
    }
}
