internal import CRootfs
internal import Glibc

extension Command {
    static let make = Command(
        name: "make", summary: "make a root filesystem", arguments: "DIR", count: 1...1,
        details: """
            DIR gets the tree; DIR.store beside it gets its manifest, what an image said about itself, and a copy of the \
            content for repairs. Both appear at the end, whole: an interrupted make leaves nothing.
            Sources: debian:SUITE and ubuntu:SUITE (by mmdebstrap, or debootstrap), fedora:RELEASE (by dnf, from the \
            repositories that --repository names), tar:FILE, directory:PATH, oci-layout:PATH (a layout or an archive of \
            an image), busybox. With SOURCE_DATE_EPOCH set, the same packages make the same tree.
            """,
        options: [
            Option(name: "from", value: "SOURCE", help: "what the tree is made of"),
            Option(name: "with", value: "PACKAGES", repeats: true, help: "packages to install, separated by commas"),
            Option(name: "mirror", value: "URL", help: "where Debian's packages come from (default: apt's sources)"),
            Option(
                name: "repository", value: "URL", repeats: true,
                help: "where dnf's packages come from (default: the host's repositories)"),
            Option(name: "no-signatures", help: "don't ask dnf's packages for signatures: for own repositories"),
            Option(name: "recommends", help: "install what packages recommend, too"),
            Option(name: "slim", help: "leave out documentation and translations"),
        ] + imageOptions + keepOptions,
        run: { (call) throws(ToolError) in try Make(call).run() })
}

/// Options of commands that read an image.
let imageOptions = [
    Option(name: "ref", value: "NAME", help: "the image, where there are several"),
    Option(name: "max-size", value: "BYTES", help: "refuse what unpacks to more (default: 32G)"),
    Option(name: "max-entries", value: "N", help: "refuse more files (default: 4000000)"),
    Option(name: "skip-devices", help: "leave devices out for an ordinary user, who can't make them"),
]

/// Options of commands that make a manifest.
let keepOptions = [
    Option(
        name: "keep", value: "HOW",
        help: "content for repairs: auto, reflink, link, layer or none (default: auto, which shares blocks where the "
            + "file system can, and else keeps a compressed layer)"),
    Option(name: "verity", help: "let the kernel guard the files by fs-verity, on a file system that has it"),
    Option(name: "quiet", help: "say nothing but warnings and errors"),
]

/// One make under way.
struct Make {
    let call: Call
    let progress: Progress
    let limits: UnpackLimits
    private let staging: Staging
    private let tree: OpenFile
    private let store: OpenFile

    init(_ call: Call) throws(ToolError) {
        self.call = call
        progress = Progress(quiet: call.has("quiet"))
        limits = try UnpackLimits(call)
        _ = try Keeping(call)
        staging = try Staging(try Place(call.words[0]))
        tree = try staging.directory.makingDirectory(Bytes("tree".utf8))
        store = try staging.directory.makingDirectory(Bytes("store".utf8))
    }

    func run() throws(ToolError) -> Int32 {
        guard let source = call["from"] else {
            throw ToolError("make needs --from", hint: "such as --from debian:bookworm or --from busybox")
        }
        let (kind, rest) = cut(source)
        var image = TreeImage(config: TreeImage.plain, created: Moment.text(try Moment.current()))
        image.history = [.init(created: image.created, createdBy: "swrun rootfs make --from \(source)")]
        switch kind {
        case "debian", "ubuntu": try makeDebian(kind, rest)
        case "fedora", "dnf": try makeFedora(rest)
        case "tar": try unpackTar(rest)
        case "directory":
            var copy = TreeCopy(to: tree)
            try copy.run(try OpenFile.directory(rest), progress)
        case "oci-layout", "oci-archive", "docker-archive", "image": image = try unpackImage(rest)
        case "busybox": try makeBusybox(rest)
        default:
            throw ToolError(
                "--from \(source) is unknown",
                hint: "debian:SUITE, ubuntu:SUITE, fedora:RELEASE, tar:FILE, directory:PATH, oci-layout:PATH or busybox"
            )
        }
        try finish(image, defaultKeeping: image.origin == nil ? .auto : Keeping.none)
        return 0
    }

    /// Makes manifest and store, and lets everything appear.
    func finish(_ image: TreeImage, defaultKeeping: Keeping? = nil) throws(ToolError) {
        progress.step("making the manifest")
        let recorder = Recorder(tree: tree, store: store, progress: progress, usesVerity: call.has("verity"))
        let manifest = try recorder.record(call["keep"] == nil ? defaultKeeping ?? .auto : try Keeping(call))
        try store.replace("manifest", with: manifest.text())
        try store.replace("image.json", with: try encode(image, pretty: true))
        try staging.finish("tree", beside: [("store", TreeRecord.suffix)])
        progress.step("\(call.words.last ?? ""): \(manifest.entries.count) files")
    }

    private func cut(_ source: String) -> (String, String) {
        guard let colon = source.utf8.firstIndex(of: UInt8(ascii: ":")) else { return (source, "") }
        return (String(source[..<colon]), String(source[source.utf8.index(after: colon)...]))
    }

    /// Unpacks an image, and answers what it says about itself.
    func unpackImage(_ path: String) throws(ToolError) -> TreeImage {
        let image = try Image(path, wanted: call["ref"], limits)
        var extractor = try extractor(hasWhiteouts: true)
        try image.unpack(&extractor, limits, progress)
        var result = TreeImage(
            name: image.name, config: image.config.config, history: image.config.history,
            created: image.config.created)
        if !path.isExactly("-") {
            result.origin = .init(path: try absolute(path), ref: call["ref"])
        }
        return result
    }

    private func absolute(_ path: String) throws(ToolError) -> String {
        try absolutePath(of: try OpenFile.reading(path), path)
    }

    private func extractor(hasWhiteouts: Bool) throws(ToolError) -> Extractor {
        try Extractor(
            tree, .init(limits: limits, hasWhiteouts: hasWhiteouts, skipsDevices: call.has("skip-devices")))
    }

    private func unpackTar(_ path: String) throws(ToolError) {
        let file = path.isExactly("-") ? OpenFile(adopting: dup(0)) : try OpenFile.reading(path)
        var magic = Bytes(repeating: 0, count: 6)
        let isSeekable = unsafe pread(file.fd, &magic, 6, 0) == 6
        if magic.starts(with: [0xFD, 0x37, 0x7A]) || magic.starts(with: [0x42, 0x5A, 0x68]) {
            throw ToolError(
                "\(path) is compressed with xz or bzip2", hint: "xz -dc FILE | swrun rootfs make --from tar:-")
        }
        if !isSeekable && !path.isExactly("-") { throw ToolError("\(path) is no archive") }
        let kind = isSeekable ? Magic.compression(magic) ?? .plain : .plain
        try extract(file, offset: isSeekable ? 0 : nil, kind)
    }

    private func extract(_ file: OpenFile, offset: Int64?, _ kind: Compression.Kind) throws(ToolError) {
        let reader = try LayerReader(file, offset: offset, size: nil, kind, limits)
        var extractor = try extractor(hasWhiteouts: false)
        try extractor.take(reader) { progress.say("\($0) files") }
        if extractor.entries == 0 { throw ToolError("the archive is empty") }
    }
}

// MARK: - By other programs

extension Make {
    private var packages: [String] {
        var all = call.list("with")
        // A compiler that can't find stdio.h is of no use.
        if all.contains(where: { ["gcc", "g++", "clang", "tcc"].contains($0) }), !all.contains("libc6-dev") {
            all.append("libc6-dev")
        }
        return all
    }

    private func makeDebian(_ distribution: String, _ suite: String) throws(ToolError) {
        if suite.isEmpty { throw ToolError("--from \(distribution) needs a suite", hint: "such as debian:bookworm") }
        guard suite.utf8.allSatisfy({ $0 > 0x2C && $0 < 0x7F && $0 != slash }), !suite.has(prefix: "-") else {
            throw ToolError("\"\(displayed(suite.utf8))\" is no suite of \(distribution)")
        }
        if Programs.find("mmdebstrap") != nil { return try makeByMmdebstrap(suite) }
        guard Programs.find("debootstrap") != nil else {
            throw ToolError(
                "neither mmdebstrap nor debootstrap is there", hint: "apt-get install mmdebstrap, or --from tar:FILE")
        }
        try makeByDebootstrap(suite)
    }

    /// What it mounts in the tree while it works is in a mount namespace of its own, and gone with it.
    private func makeByDebootstrap(_ suite: String) throws(ToolError) {
        if geteuid() != 0 {
            throw ToolError("debootstrap needs root", hint: "apt-get install mmdebstrap, or run as root")
        }
        if call.has("recommends") {
            throw ToolError(
                "debootstrap can't install what packages recommend", hint: "apt-get install mmdebstrap, which can")
        }
        progress.step("debootstrap: \(suite)\(packageList)")
        var words = ["debootstrap", "--variant=minbase"]
        if !packages.isEmpty { words.append("--include=" + packages.joined(separator: ",")) }
        words += [suite, try treePath()]
        if let mirror = call["mirror"] { words.append(mirror) }
        try Programs.run(words, installing)
        if call.has("slim") {
            for name in Make.documentation { try tree.walk(Bytes("usr/share".utf8))?.clearIfThere(Bytes(name.utf8)) }
        }
        try tidy([
            "var/cache/apt", "var/lib/apt/lists", "var/log/bootstrap.log", "var/log/apt", "var/log/dpkg.log",
            "var/log/alternatives.log", "var/cache/ldconfig/aux-cache",
        ])
    }

    /// Directories of /usr/share that a slim tree has empty.
    private static let documentation = ["doc", "man", "locale", "info"]

    private var packageList: String { packages.isEmpty ? "" : " with " + packages.joined(separator: ", ") }

    /// How a program is started that installs into the tree.
    private var installing: Programs.Manner {
        .init(isQuiet: call.has("quiet"), hasOwnMounts: true, holding: staging.directory)
    }

    /// Its archive comes through a pipe: owners and times are what the archive says, whoever runs it.
    private func makeByMmdebstrap(_ suite: String) throws(ToolError) {
        progress.step("mmdebstrap: \(suite)\(packageList)")
        var words = ["mmdebstrap", "--variant=minbase", "--format=tar", "--quiet"]
        if !packages.isEmpty { words.append("--include=" + packages.joined(separator: ",")) }
        words.append("--aptopt=APT::Install-Recommends \"\(call.has("recommends"))\"")
        if call.has("slim") {
            for path in Make.documentation { words.append("--dpkgopt=path-exclude=/usr/share/\(path)/*") }
        }
        words += [suite, "-"]
        if let mirror = call["mirror"] { words.append(mirror) }
        let (reader, writer) = try Programs.pipe()
        let pid = try Programs.start(words, .init(output: writer.fd, holding: staging.directory))
        close(writer.release())
        do throws(ToolError) {
            try extract(reader, offset: nil, .plain)
        } catch {
            // What it said itself explains more than an archive that is cut off.
            if !Signals.came { kill(-pid, SIGTERM) }
            close(reader.release())
            try Programs.finish(pid, "mmdebstrap")
            throw error
        }
        try Programs.finish(pid, "mmdebstrap")
    }

    private func makeFedora(_ release: String) throws(ToolError) {
        guard Programs.find("dnf") != nil else {
            throw ToolError("dnf is not there", hint: "apt-get install dnf, or --from tar:FILE")
        }
        if geteuid() != 0 { throw ToolError("dnf needs root to install", hint: "run as root, or --from tar:FILE") }
        let path = try treePath()
        var words = [
            "dnf", "--installroot=\(path)", "-y", "--setopt=install_weak_deps=\(call.has("recommends"))",
            "--setopt=cachedir=\(path)/var/cache/dnf",
        ]
        if !release.isEmpty { words.append("--releasever=\(release)") }
        if call.has("quiet") { words.append("--quiet") }
        if call.has("slim") { words.append("--setopt=tsflags=nodocs") }
        for (index, url) in call.all("repository").enumerated() {
            words += ["--repofrompath=swrun-\(index),\(url)", "--repo=swrun-\(index)"]
            if call.has("no-signatures") { words.append("--setopt=swrun-\(index).gpgcheck=0") }
        }
        let wanted = call.list("with").isEmpty ? ["bash", "coreutils"] : call.list("with")
        progress.step("dnf: \(wanted.joined(separator: ", "))")
        try Programs.run(words + ["install"] + wanted, installing)
        try tidy([
            "var/cache/dnf", "var/log/dnf.log", "var/log/dnf.librepo.log", "var/log/dnf.rpm.log", "var/log/hawkey.log",
            "var/lib/dnf",
        ])
    }

    private func treePath() throws(ToolError) -> String { try absolutePath(of: tree, "the new tree") }

    /// Removes what only the making needed, and lets nothing be younger than the source date.
    private func tidy(_ paths: [String]) throws(ToolError) {
        for path in paths {
            let (parent, name) = Bytes(path.utf8).cut
            try tree.walk(parent)?.removeAll(name)
        }
        guard let date = try Moment.sourceDate() else { return }
        var walk = try TreeWalk(tree, xattrs: false)
        while let visit = try walk.next() {
            if visit.found.metadata.seconds < date { continue }
            _ = unsafe rf_utimes_at(visit.directory.fd, visit.name.z, date, 0)
        }
    }

    private func makeBusybox(_ given: String) throws(ToolError) {
        guard let program = given.isEmpty ? Programs.find("busybox") : given else {
            throw ToolError("busybox is not there", hint: "apt-get install busybox-static, or --from busybox:PATH")
        }
        let directories = [
            "bin", "dev", "etc", "home", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "usr/bin", "usr/sbin",
            "var", "var/tmp",
        ]
        for name in directories {
            try ok(
                unsafe rf_mkdirat(tree.fd, name.z, name.has(suffix: "tmp") ? 0o1777 : name == "root" ? 0o700 : 0o755),
                "make /\(name)")
        }
        for name in ["tmp", "var/tmp"] {
            guard let directory = try tree.walk(Bytes(name.utf8)) else { continue }
            _ = rf_chmod_fd(directory.fd, 0o1777)
        }
        guard let bin = try tree.walk(Bytes("bin".utf8)), let etc = try tree.walk(Bytes("etc".utf8)) else { return }
        let from = try OpenFile.reading(program)
        let to = try bin.making(Bytes("busybox".utf8), mode: 0o755)
        try ok(rf_copy(from.fd, to.fd, try from.lookAtSelf([]).metadata.size, 0), "copy \(program)")
        _ = rf_chmod_fd(to.fd, 0o755)
        close(to.release())
        let applets = try Programs.output([program, "--list"]).split(separator: UInt8(ascii: "\n"))
        for applet in applets where !applet.elementsEqual("busybox".utf8) && !applet.contains(slash) {
            try ok(unsafe rf_symlinkat("busybox".z, bin.fd, Bytes(applet).z), "make /bin/\(displayed(applet))")
        }
        try etc.replace(
            "passwd", with: Bytes("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".utf8))
        try etc.replace("group", with: Bytes("root:x:0:\nnogroup:x:65534:\n".utf8))
        try tidy([])
    }
}

extension UnpackLimits {
    /// As the options say.
    init(_ call: Call) throws(ToolError) {
        self.init()
        if let bytes = try call.bytes("max-size") { totalBytes = min(bytes, 1 << 50) }
        if let count = try call.number("max-entries") { entries = Int(min(count, 1 << 40)) }
    }
}

extension Keeping {
    /// As the option says.
    init(_ call: Call) throws(ToolError) {
        guard let text = call["keep"] else {
            self = .auto
            return
        }
        guard let keeping = Keeping(rawValue: text) else {
            throw ToolError(
                "--keep \(text) is unknown", hint: Keeping.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = keeping
    }
}
