internal import LinuxKernel
internal import SafePaths

extension Walker {
    /// The container's `/dev`: a real directory, or its nodes would be made wherever the image's link leads
    /// (CVE-2026-41579).
    func deviceDirectory() throws(StepError) -> HeldDescriptor {
        if let freshDevices { return freshDevices }
        let tree = try rootTree()
        return HeldDescriptor(
            try inRootfs { () throws(PathError) in
                try tree.root.directoryWithoutLinks("/dev", making: 0o755).take()
            })
    }

    mutating func makeDevices(_ devices: [DeviceRequest], _ bound: Bool) throws(StepError) {
        if bound { return try bindDevices(devices) }
        let tree = try rootTree()
        let directory = try deviceDirectory()
        for device in devices {
            if let name = nameInDevices(device.path) {
                try make(device, name, in: directory.descriptor)
            } else {
                let place = try inRootfs { () throws(PathError) in try tree.root.makeParent(of: device.path) }
                try make(device, place.name, in: place.directory.descriptor)
            }
        }
    }

    private func make(
        _ device: DeviceRequest, _ name: String, in directory: borrowing FileDescriptor
    ) throws(StepError) {
        do throws(CallError) {
            try directory.makeNode(name, mode: device.type | device.mode, major: device.major, minor: device.minor)
        } catch let error where error.errno == .exists {
            let status = try step { () throws(CallError) in try directory.status(of: name) }
            guard status.isDevice(device) else {
                throw StepError(error, words: "\(device.path) is there and isn't the wanted device")
            }
        } catch {
            throw StepError(error, words: device.path)
        }
        guard device.uid != 0 || device.gid != 0 else { return }
        do throws(CallError) {
            try directory.open(name, [.path, .noFollow]).setOwner(uid: device.uid, gid: device.gid)
        } catch {
            throw StepError(error, words: device.path)
        }
    }

    private mutating func bindDevices(_ devices: [DeviceRequest]) throws(StepError) {
        let tree = try rootTree()
        _ = try deviceDirectory()
        for device in devices {
            let source = try slots.take(.deviceSource(device.index))
            let status = try step { () throws(CallError) in try source.status() }
            guard status.isDevice(device) else {
                throw StepError(nil, words: "the host's \(device.path) isn't the wanted device")
            }
            let target = try inRootfs { () throws(PathError) in try tree.root.makeFile(device.path) }
            try step { () throws(CallError) in
                try source.setMountAttributes(set: [.noSetuid, .noExecution], propagation: .private)
                try source.attach(to: target.descriptor)
            }
        }
    }

    mutating func makeDeviceLinks(_ links: [DeviceLink]) throws(StepError) {
        let directory = try deviceDirectory()
        for link in links {
            do throws(CallError) {
                try directory.descriptor.makeSymlink(link.name, to: link.text)
            } catch let error where error.errno == .exists {
                try keep(link, in: directory.descriptor)
            } catch {
                throw StepError(error, words: "/dev/\(link.name)")
            }
        }
    }

    /// What the image has in the place of a link stays, except that `ptmx` must lead to the container's own terminals.
    private func keep(_ link: DeviceLink, in directory: borrowing FileDescriptor) throws(StepError) {
        guard link.name == "ptmx" else { return }
        try step { () throws(CallError) in
            let isLink = try directory.status(of: link.name).kind == .symlink
            if isLink, try directory.readLink(link.name).utf8.elementsEqual(link.text.utf8) { return }
            try directory.remove(link.name)
            try directory.makeSymlink(link.name, to: link.text)
        }
    }

    /// The name of a device that stands in `/dev` itself; nil where directories are between.
    func nameInDevices(_ path: String) -> String? {
        let prefix = "/dev/".utf8
        guard path.utf8.starts(with: prefix) else { return nil }
        let rest = path.utf8.dropFirst(prefix.count)
        guard !rest.isEmpty, !rest.contains(UInt8(ascii: "/")) else { return nil }
        let name = String(decoding: rest, as: UTF8.self)
        return name == "." || name == ".." ? nil : name
    }
}

extension FileStatus {
    /// True if it is the node that the configuration describes.
    fileprivate func isDevice(_ device: DeviceRequest) -> Bool {
        switch device.type {
        case 0o020_000: kind == .characterDevice && major == device.major && minor == device.minor
        case 0o060_000: kind == .blockDevice && major == device.major && minor == device.minor
        default: kind == .fifo
        }
    }
}
