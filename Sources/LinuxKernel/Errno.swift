internal import CLinux

/// An error number of the kernel, with its name.
///
/// Source: errno(3).
public struct Errno: Error, RawRepresentable, Hashable, Sendable {
    /// The number, positive.
    public let rawValue: Int32

    /// Wraps a positive error number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// EPERM.
    public static let notPermitted = Errno(rawValue: EPERM)
    /// ENOENT.
    public static let noEntry = Errno(rawValue: ENOENT)
    /// ESRCH.
    public static let noProcess = Errno(rawValue: ESRCH)
    /// EINTR.
    public static let interrupted = Errno(rawValue: EINTR)
    /// EIO.
    public static let inputOutput = Errno(rawValue: EIO)
    /// E2BIG.
    public static let argumentsTooLong = Errno(rawValue: E2BIG)
    /// ENOEXEC.
    public static let notExecutable = Errno(rawValue: ENOEXEC)
    /// EBADF.
    public static let badDescriptor = Errno(rawValue: EBADF)
    /// EAGAIN.
    public static let tryAgain = Errno(rawValue: EAGAIN)
    /// ENOMEM.
    public static let noMemory = Errno(rawValue: ENOMEM)
    /// EACCES.
    public static let accessDenied = Errno(rawValue: EACCES)
    /// EBUSY.
    public static let busy = Errno(rawValue: EBUSY)
    /// EEXIST.
    public static let exists = Errno(rawValue: EEXIST)
    /// EXDEV.
    public static let crossDevice = Errno(rawValue: EXDEV)
    /// ENODEV.
    public static let noDevice = Errno(rawValue: ENODEV)
    /// ENOTDIR.
    public static let notDirectory = Errno(rawValue: ENOTDIR)
    /// EISDIR.
    public static let isDirectory = Errno(rawValue: EISDIR)
    /// EINVAL.
    public static let invalid = Errno(rawValue: EINVAL)
    /// EMFILE.
    public static let tooManyOpen = Errno(rawValue: EMFILE)
    /// EFBIG.
    public static let fileTooLarge = Errno(rawValue: EFBIG)
    /// ENOSPC.
    public static let noSpace = Errno(rawValue: ENOSPC)
    /// EROFS.
    public static let readOnly = Errno(rawValue: EROFS)
    /// EPIPE.
    public static let brokenPipe = Errno(rawValue: EPIPE)
    /// ENAMETOOLONG.
    public static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
    /// EMSGSIZE.
    public static let messageTooLong = Errno(rawValue: EMSGSIZE)
    /// ENOSYS.
    public static let notImplemented = Errno(rawValue: ENOSYS)
    /// ENOTEMPTY.
    public static let notEmpty = Errno(rawValue: ENOTEMPTY)
    /// ELOOP.
    public static let symlinkLoop = Errno(rawValue: ELOOP)
    /// EOPNOTSUPP.
    public static let notSupported = Errno(rawValue: EOPNOTSUPP)
    /// ENODATA.
    public static let noData = Errno(rawValue: ENODATA)
    /// EILSEQ: what should be UTF-8 isn't.
    public static let badEncoding = Errno(rawValue: EILSEQ)
    /// ENXIO.
    public static let noSuchDevice = Errno(rawValue: ENXIO)
    /// ECONNREFUSED.
    public static let connectionReset = Errno(rawValue: ECONNRESET)
    /// ECONNREFUSED.
    public static let connectionRefused = Errno(rawValue: ECONNREFUSED)
    /// ENOTSOCK.
    public static let notSocket = Errno(rawValue: ENOTSOCK)
    /// ETIMEDOUT.
    public static let timedOut = Errno(rawValue: ETIMEDOUT)
    /// EPROTOTYPE.
    public static let wrongSocketType = Errno(rawValue: EPROTOTYPE)
    /// EUSERS and ENOSPC speak of limits on namespaces; this is EUSERS.
    public static let tooManyUsers = Errno(rawValue: EUSERS)
    /// ESTALE.
    public static let stale = Errno(rawValue: ESTALE)

    /// The symbolic name, as `ENOENT`; `errno N` where this table has none.
    public var name: String {
        let index = Int(rawValue)
        return names.indices.contains(index) && !names[index].isEmpty ? names[index] : "errno \(rawValue)"
    }

    /// What the number says in words, in lower case, as `no such file or directory`.
    public var message: String {
        guard let text = unsafe strerror(rawValue) else { return name }
        return unsafe String(cString: text).lowercased()
    }
}

/// A system call that failed: which one, and with what.
///
/// What a caller adds is why it was made.
public struct CallError: Error, Equatable, Sendable {
    /// The call.
    public var call: Call
    /// What it answered.
    public var errno: Errno

    /// Pairs a call with its error.
    public init(_ call: Call, _ errno: Errno) {
        self.call = call
        self.errno = errno
    }
}

/// Turns the answer of a shim into a result or a thrown error.
@discardableResult
func check(_ call: Call, _ result: Int32) throws(CallError) -> Int32 {
    if result < 0 { throw CallError(call, Errno(rawValue: -result)) }
    return result
}

/// The same for calls that answer a count of bytes.
@discardableResult
func check(_ call: Call, _ result: Int64) throws(CallError) -> Int {
    if result < 0 { throw CallError(call, Errno(rawValue: Int32(truncatingIfNeeded: -result))) }
    return Int(result)
}

/// Names by number, for the architectures that share the generic numbering (x86-64 and arm64 among them).
private let names = [
    "", "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN", "ENOMEM",
    "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE",
    "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE", "EDEADLK",
    "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP", "", "ENOMSG", "EIDRM", "ECHRNG", "EL2NSYNC", "EL3HLT",
    "EL3RST", "ELNRNG", "EUNATCH", "ENOCSI", "EL2HLT", "EBADE", "EBADR", "EXFULL", "ENOANO", "EBADRQC", "EBADSLT", "",
    "EBFONT", "ENOSTR", "ENODATA", "ETIME", "ENOSR", "ENONET", "ENOPKG", "EREMOTE", "ENOLINK", "EADV", "ESRMNT",
    "ECOMM", "EPROTO", "EMULTIHOP", "EDOTDOT", "EBADMSG", "EOVERFLOW", "ENOTUNIQ", "EBADFD", "EREMCHG", "ELIBACC",
    "ELIBBAD", "ELIBSCN", "ELIBMAX", "ELIBEXEC", "EILSEQ", "ERESTART", "ESTRPIPE", "EUSERS", "ENOTSOCK", "EDESTADDRREQ",
    "EMSGSIZE", "EPROTOTYPE", "ENOPROTOOPT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EOPNOTSUPP", "EPFNOSUPPORT",
    "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN", "ENETUNREACH", "ENETRESET", "ECONNABORTED", "ECONNRESET",
    "ENOBUFS", "EISCONN", "ENOTCONN", "ESHUTDOWN", "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED", "EHOSTDOWN",
    "EHOSTUNREACH", "EALREADY", "EINPROGRESS", "ESTALE", "EUCLEAN", "ENOTNAM", "ENAVAIL", "EISNAM", "EREMOTEIO",
    "EDQUOT", "ENOMEDIUM", "EMEDIUMTYPE", "ECANCELED", "ENOKEY", "EKEYEXPIRED", "EKEYREVOKED", "EKEYREJECTED",
    "EOWNERDEAD", "ENOTRECOVERABLE", "ERFKILL", "EHWPOISON",
]
