import CKernel
import Glibc
import JSONValue

/// The mounts once more, by the system calls listmount and statmount of Linux 6.8, which tell more than mountinfo: each
/// attribute by its bit, the propagation by its name, and the id mappings of a mount.
enum MountCalls {
    /// One object per mount, the root's first; `{"errno": …}` when the calls are missing or refused.
    static func all() -> JSON {
        // The kernel lists what is below the root, and the root itself only when it covers another.
        let root = ck_root_mount()
        var list: [JSON] = root == 0 ? [] : [mount(root)]
        var ids = [UInt64](repeating: 0, count: 256)
        var last: UInt64 = 0
        while true {
            let count = ck_listmount(last, &ids, ids.count)
            if count < 0 { return Errno(Int32(-count)).json }
            for id in ids.prefix(count) where id != root { list.append(mount(id)) }
            if count < ids.count { return .array(list) }
            last = ids[count - 1]
        }
    }

    /// The fields to ask for; what a kernel doesn't know it leaves out.
    ///
    /// In the kernel's order: the file system's and the mount's numbers, where propagation comes from, root, place,
    /// type, source, and the id mappings.
    private static let wanted: UInt64 = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x200 | 0x2000 | 0x4000
    /// Where the texts start.
    private static let texts = 512

    private static func mount(_ id: UInt64) -> JSON {
        var size = 4096
        while size <= 1 << 20 {
            var buffer = [UInt8](repeating: 0, count: size)
            let result = ck_statmount(id, wanted, &buffer, size)
            if result == 0 { return described(buffer) }
            if result != -EOVERFLOW { return Errno(-result).json }
            size *= 4
        }
        return Errno(EOVERFLOW).json
    }

    private static func described(_ buffer: [UInt8]) -> JSON {
        let fields = buffer.withUnsafeBytes { $0.loadUnaligned(as: ck_statmount.self) }
        func has(_ bit: UInt64) -> Bool { fields.mask & bit != 0 }
        /// `count` texts, one after the other, each ended by a zero.
        func list(_ offset: UInt32, _ count: Int) -> [String] {
            buffer.dropFirst(texts + Int(offset)).split(
                separator: 0, maxSplits: count, omittingEmptySubsequences: false
            )
            .prefix(count).map { String(decoding: $0, as: UTF8.self) }
        }
        func text(_ offset: UInt32) -> JSON { .string(list(offset, 1).first ?? "") }
        var result: JSON = [
            "id": .int(fields.mnt_id_old), "parent": .int(fields.mnt_parent_id_old),
            "attributes": .int(fields.mnt_attr),
            "propagation": .int(fields.mnt_propagation), "group": .int(fields.mnt_peer_group),
            "master": .int(fields.mnt_master), "flags": .int(fields.sb_flags), "magic": .int(fields.sb_magic),
        ]
        if has(0x4) { result["/from"] = .int(fields.propagate_from) }
        if has(0x8) { result["/root"] = text(fields.mnt_root) }
        if has(0x10) { result["/point"] = text(fields.mnt_point) }
        if has(0x20) { result["/type"] = text(fields.fs_type) }
        if has(0x200) { result["/source"] = text(fields.sb_source) }
        if has(0x2000) { result["/uidMappings"] = .strings(list(fields.mnt_uidmap, Int(fields.mnt_uidmap_num))) }
        if has(0x4000) { result["/gidMappings"] = .strings(list(fields.mnt_gidmap, Int(fields.mnt_gidmap_num))) }
        return result
    }
}
