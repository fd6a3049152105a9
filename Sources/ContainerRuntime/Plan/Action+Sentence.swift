internal import Cgroups
internal import OCISpec

extension Action {
    /// What the action does, as the end of a sentence that begins with "to": for `explain`, traces and errors.
    public var sentence: String {
        switch self {
        case .openNamespace(let kind, let path): "open the \(kind.rawValue) namespace \(path)"
        case .openRootfs(let path, _): "take a copy of the mount at \(path)"
        case .openMountSource(_, let path, let recursive):
            "take a \(recursive ? "recursive " : "")copy of the mount at \(path)"
        case .openIDMapping(_, .lines(let uid, let gid)):
            "make the id mapping of mounts for users (\(oneLine(uid))) and groups (\(oneLine(gid)))"
        case .openIDMapping(_, .joinedNamespace): "take the id mapping of mounts from the joined user namespace"
        case .compareIDMapping(let uid, let gid):
            "find the id mapping of users (\(oneLine(uid))) and groups (\(oneLine(gid))) in the joined user namespace"
        case .mapMountSource(let index, _, let recursive):
            "apply the id mapping to the source of mount \(index)\(recursive ? " and the mounts below it" : "")"
        case .openDeviceNode(_, let path): "take a copy of the host's \(path)"
        case .openNullDevice: "open the host's null device"
        case .connectConsole(let path): "connect to the console socket \(path)"
        case .makeConsoleChannel: "make the channel for the terminal"
        case .makeReadinessSocket(let listens):
            "make the \(listens ? "socket" : "directory of the socket") on which the container says that it is ready"
        case .openReadinessDirectory: "take a copy of the directory of that socket"
        case .makeGate: "make the gate at which the container waits for start"
        case .connectListener(let path): "connect to the socket \(path), which wants the filter's listener"
        case .reserveFilter: "make room for the filter of system calls"
        case .makeFilter: "compile the filter of system calls, or find it compiled"
        case .takeFilter(let instructions):
            "take the filter of \(count(instructions.count, "instruction", "instructions")) as it is"
        case .openHookFile(let stream, let path):
            "open \(path.printable), to which the hooks' \(stream.rawValue) is appended"
        case .createUnifiedCgroup(let layout):
            "make the cgroup \(layout.places.first(where: \.isUnified)?.directory ?? "")"
        case .createCgroup(let layout):
            "make the cgroup \(layout.places.first?.path ?? "") in "
                + count(layout.places.count, "hierarchy", "hierarchies")
        case .limitCgroup(let settings):
            "set " + settings.map { "\($0.file) to \($0.value)" }.joined(separator: ", ")
        case .limitDevices(let rules): "set \(count(rules.count, "device rule", "device rules")) and the default ones"
        case .clone(let namespaces, let intoCgroup):
            "start the container's process" + namespaceNames(namespaces, " in new namespaces")
                + (intoCgroup ? ", born in its cgroup" : "")
        case .startScope(let scope): "let systemd start \(scope.unit.name) in \(scope.unit.slice)"
        case .delegateCgroup(let owner): "give the cgroup to user \(owner)"
        case .mapIDs(let uid, let gid, _):
            "write the id mapping of "
                + [uid.map { "users (\(oneLine($0)))" }, gid.map { "groups (\(oneLine($0)))" }].compactMap(\.self)
                .joined(separator: " and ")
        case .mapGrantedIDs(let program, let ranges):
            "write the id mapping with \(program) \(ranges.joined(separator: " "))"
        case .setOOMScore(let adjustment): "set oom_score_adj to \(adjustment)"
        case .adopt: "take over the process that was made in new namespaces"
        case .setKeyringLabel(let label): "choose the SELinux label \(label.printable) for the session keyring"
        case .settle(let keyring):
            "lead a new session, hidden from other processes" + (keyring.map { ", with the keyring \($0)" } ?? "")
        case .joinNamespaces(let kinds):
            "join the namespaces " + kinds.map(\.rawValue).joined(separator: ", ")
        case .unshare(let namespaces): "enter new namespaces" + namespaceNames(namespaces, "")
        case .setTimeOffsets(let text): "set the clocks' offsets (\(oneLine(text)))"
        case .rebirth(let namespaces): "start the final process" + namespaceNames(namespaces, " in new namespaces")
        case .becomeRoot: "become root of the user namespace"
        case .enterCgroup: "enter the cgroup"
        case .moveIntoCgroup: "move the container's process into the cgroup"
        case .bringLoopbackUp: "bring the loopback interface up"
        case .moveNetworkDevices(let devices):
            "move the network devices "
                + devices.map { $0.name + ($0.nameInside == $0.name ? "" : " (as \($0.nameInside))") }
                .joined(separator: ", ")
        default: fileSentence
        }
    }

    private var fileSentence: String {
        switch self {
        case .isolateMounts: "cut the mounts off from the host's"
        case .attachRootfs(let path): "mount the root filesystem at \(path)"
        case .coverRootfs(let request, _): "cover the root filesystem with \(request.type)"
        case .enterRootfs(let path): "open the root filesystem \(path)"
        case .mount(let request): request.sentence
        case .mountCgroups(let request, _): "mount the container's cgroups on \(request.destination)"
        case .makeDevices(let devices, let bound):
            (bound ? "bind the devices " : "make the devices ") + devices.map(\.path).joined(separator: ", ")
        case .labelDirectory(let path, let label): "label \(path) \(label.printable)"
        case .labelMasks(let option): "label what hides directories \(option.label.printable)"
        case .makeDeviceLinks(let links): "make the links " + links.map { "/dev/\($0.name)" }.joined(separator: ", ")
        case .makeConsole(let size, _):
            "make the terminal" + (size.map { " of \($0.columns) by \($0.rows) characters" } ?? "")
        case .maskPath(let path): "hide \(path)"
        case .protectPath(let path): "make \(path) read-only"
        case .makeDirectory(let path): "make the working directory \(path) if it is missing"
        case .switchRoot(.pivot): "make the root filesystem the root (pivot_root)"
        case .switchRoot(.move): "make the root filesystem the root (MS_MOVE)"
        case .switchRoot(.chroot): "make the root filesystem the root (chroot)"
        case .setRootPropagation(let propagation): "make the root mount \(propagation.rawValue)"
        case .makeRootReadOnly: "make the root mount read-only"
        default: finalSentence
        }
    }

    private var finalSentence: String {
        switch self {
        case .runHooks(let kind, let number): "run \(number) \(kind.rawValue) hook\(number == 1 ? "" : "s")"
        case .setHostname(let name): "set the host name \(name)"
        case .setDomainname(let name): "set the domain name \(name)"
        case .setSysctls(let parameters): "set " + parameters.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
        case .setLimits(let limits):
            "set " + limits.map { "\($0.name) to \($0.soft):\($0.hard)" }.joined(separator: ", ")
        case .setPersonality(let domain): "set the execution domain \(domain.rawValue)"
        case .setMemoryPolicy(let policy): policy.sentence
        case .setAppArmorProfile(let profile): "choose the AppArmor profile \(profile.printable)"
        case .setSELinuxLabel(let label): "choose the SELinux label \(label.printable)"
        case .joinResctrl(let request):
            "join the resctrl group \(request.place.monitorDirectory ?? request.place.directory)"
        case .setAffinity(let list): "run on the CPUs \(list)"
        case .setScheduler(let scheduler): scheduler.sentence
        case .setIOPriority(let priority): "set the I/O priority to \(priority.class.rawValue) \(priority.priority)"
        case .ownStreams(let uid): "give the pipes among the standard streams to user \(uid)"
        case .setIdentity(let identity): identity.sentence
        case .changeDirectory(let path): "go to \(path)"
        case .findHome(let uid): "find the home directory of user \(uid)"
        case .findProgram(let name, _): "find the program \(name)"
        case .closeDescriptors(let first): "close all descriptors from \(first) on"
        case .recordProcess: "write down the container's process and its configuration"
        case .sendPidfd(let socket): "send a pidfd of the container's process to \(socket)"
        case .recordCreated(let pidFile):
            "let the container be there for others" + (pidFile.map { ", and write its pid to \($0)" } ?? "")
        case .letGo: Action.recordCreated(pidFile: nil).sentence
        case .passListener(let path): "send the filter's listener to \(path)"
        case .loadFilter(let load): "load the filter of system calls" + load.sentence
        case .waitAtGate: "wait for start"
        case .joinPIDs: "let the next process have a number in the container, hidden from its processes"
        case .shedDescriptors(let first): "close what the new process doesn't need, from descriptor \(first) on"
        case .joinContainer(let kinds):
            "join the container's namespaces " + kinds.map(\.rawValue).joined(separator: ", ")
        case .openRoot: "open the container's root"
        case .makeTerminal(let size, _):
            "make the terminal" + (size.map { " of \($0.columns) by \($0.rows) characters" } ?? "")
        case .writePidFile(let path): "write the pid to \(path)"
        case .execute(let arguments, _): "execute " + arguments.joined(separator: " ").printable
        default: ""
        }
    }
}

private func count(_ number: Int, _ one: String, _ several: String) -> String {
    "\(number) \(number == 1 ? one : several)"
}

private func oneLine(_ text: String) -> String {
    text.utf8.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
}

private func namespaceNames(_ flags: UInt64, _ introduction: String) -> String {
    let names = Spec.Linux.Namespace.Kind.known.filter { flags & ($0.cloneFlag ?? 0) != 0 }.map(\.rawValue)
    return names.isEmpty ? "" : "\(introduction): \(names.joined(separator: ", "))"
}

extension MountRequest {
    fileprivate var sentence: String {
        if isRemount { return "change the mount on \(destination)" }
        if isBind { return "bind \(source) on \(destination)" }
        let options = data.isEmpty ? "" : " (\(data.joined(separator: ",")))"
        let otherwise = substitute.map { ", or the host's \($0) where that is refused" } ?? ""
        return "mount \(type) on \(destination)\(options)\(otherwise)"
    }
}

extension FilterLoad {
    fileprivate var sentence: String {
        (flags.isEmpty ? "" : " with " + flags.joined(separator: ", ")) + (hasListener ? ", and get its listener" : "")
    }
}

extension Spec.Linux.MemoryPolicy {
    fileprivate var sentence: String {
        let flags = (flags ?? []).map { " \($0.rawValue)" }.joined()
        return "set the memory policy \(mode.rawValue)\(flags)"
            + ((nodes ?? "").isEmpty ? "" : " on nodes \(nodes ?? "")")
    }
}

extension Spec.Scheduler {
    fileprivate var sentence: String {
        var text = "set the scheduling policy \(policy.rawValue)"
        if let nice { text += " with nice \(nice)" }
        if let priority, priority != 0 { text += " with priority \(priority)" }
        if policy == .deadline { text += " for \(runtime ?? 0) of \(period ?? 0) ns within \(deadline ?? 0) ns" }
        return text + (flags ?? []).map { " \($0.rawValue)" }.joined()
    }
}

extension Identity {
    fileprivate var sentence: String {
        var text = "become user \(uid) and group \(gid)"
        if let groups, !groups.isEmpty { text += " with groups " + groups.map { "\($0)" }.joined(separator: ",") }
        if let capabilities {
            let names = (0..<64).filter { capabilities.permitted & (1 << UInt64($0)) != 0 }
                .map { CapabilityName.name(of: $0) ?? "\($0)" }
            text += names.isEmpty ? " without capabilities" : " with " + names.joined(separator: " ")
        }
        if keepsAdministration { text += ", with CAP_SYS_ADMIN up to its program" }
        return noNewPrivileges ? text + ", never to gain privileges" : text
    }
}
