public import LinuxKernel

/// What went wrong with a cgroup, as facts; whoever shows it to people finds the words.
public struct CgroupError: Error, Equatable, Sendable {
    /// What was being done.
    public var operation: Operation
    /// What stood in the way.
    public var problem: Problem
    /// The directory concerned, absolute; the text of the configuration where no directory was found yet.
    public var path: String
    /// The file in it.
    public var file: String?
    /// What was to be written to the file.
    public var value: String?
    /// The property of the configuration that asked for it, as an RFC 6901 pointer.
    public var pointer: String?
    /// The system call that failed and its answer; nil where none did.
    public var call: CallError?

    /// Puts the facts together.
    public init(
        _ operation: Operation, _ problem: Problem = .refused, path: String, file: String? = nil, value: String? = nil,
        pointer: String? = nil, call: CallError? = nil
    ) {
        self.operation = operation
        self.problem = problem
        self.path = path
        self.file = file
        self.value = value
        self.pointer = pointer
        self.call = call
    }

    /// What was being done.
    public enum Operation: String, CaseIterable, Sendable {
        /// Finding out which hierarchies the host has.
        case detect
        /// Deciding where the container's cgroup is.
        case locate
        /// Checking a layout that was stored earlier.
        case verify
        /// Making the directories.
        case create
        /// Translating the configuration's limits.
        case translate
        /// Writing a limit.
        case set
        /// Attaching the program that judges access to devices.
        case attachDevices
        /// Giving the cgroup to the container's user.
        case delegate
        /// Moving a process into the cgroup.
        case enter
        /// Asking systemd for something; `path` names the unit and the bus.
        case systemd
        /// Listing the processes.
        case list
        /// Sending a signal to all processes.
        case kill
        /// Stopping all processes.
        case freeze
        /// Letting all processes go on.
        case thaw
        /// Reading a counter.
        case read
        /// Removing the directories.
        case remove
    }

    /// What stood in the way.
    public enum Problem: Equatable, Sendable {
        /// The kernel refused a call: see `call`.
        case refused
        /// No cgroup hierarchy is mounted.
        case noHierarchy
        /// The runtime's own cgroup is outside of its cgroup namespace, so nothing can be relative to it.
        case ownCgroupUnreachable
        /// The path has a `..` component.
        case parentComponent
        /// The path is a hierarchy's root.
        case isRoot
        /// The path has a NUL, or is longer than the kernel takes.
        case badPath
        /// What should be a cgroup file system of this mode isn't.
        case notACgroup
        /// Processes are there already.
        case notEmpty(processes: Int)
        /// The cgroup is frozen already.
        case frozen
        /// The cgroup takes part in a threaded subtree, where no process can be put; the kernel's word for its type.
        case threaded(String)
        /// No hierarchy has the controller.
        case missingController(String)
        /// The limit has no counterpart in this cgroup version.
        case notInThisVersion
        /// The number is below the least possible one.
        case belowMinimum(UInt64)
        /// The number is above the greatest possible one.
        case aboveMaximum(UInt64)
        /// A limit of memory and swap was given without a limit of memory.
        case swapWithoutLimit
        /// The limit of memory and swap is below the limit of memory.
        case swapBelowLimit
        /// More memory is in use than the new limit, in bytes; the most there was where it is known.
        case belowUsage(usage: UInt64, peak: UInt64?)
        /// Version 1 can't forbid a part of what a rule allows; the earlier rule's index in `devices`.
        case deviceRuleCannotExclude(earlier: Int)
        /// The device rule has letters other than `r`, `w` and `m`, or none.
        case badDeviceAccess
        /// The device rule's type is none of `a`, `b` and `c`, or is `a` with numbers.
        case badDeviceType
        /// The name is none that a file of a controller can have.
        case badFile
        /// The kernel's counters didn't come as expected.
        case unreadable
        /// With systemd, `cgroupsPath` must be `slice:prefix:name`.
        case notAUnitPath(String)
        /// A container's unit is a scope, never a slice.
        case sliceAsUnit
        /// systemd takes no unit of this name.
        case badUnitName(String)
        /// Asking a user's own systemd needs the one tree of version 2.
        case usersSystemdNeedsUnified
        /// The environment tells of no bus of the user.
        case noBus(isUsers: Bool)
        /// The conversation with systemd failed, in words.
        case bus(String, isAnswer: Bool)
        /// The list isn't one of numbers and ranges.
        case badSet
        /// An annotation's name isn't that of a property.
        case badPropertyName
        /// The property isn't one that an annotation may set.
        case propertyNotAllowed
        /// An annotation's text isn't a value.
        case badPropertyValue
        /// It didn't happen in time; the processes that are still there.
        case timedOut(processes: [Int32])
    }

    /// Says which property of the configuration is concerned.
    func at(_ pointer: String) -> CgroupError {
        var copy = self
        copy.pointer = pointer
        return copy
    }
}

/// Adds what was being done, and where, to the error of a system call.
func during<T: ~Copyable>(
    _ operation: CgroupError.Operation, _ path: @autoclosure () -> String, file: String? = nil, value: String? = nil,
    _ body: @autoclosure () throws(CallError) -> T
) throws(CgroupError) -> T {
    do throws(CallError) {
        return try body()
    } catch {
        throw CgroupError(operation, path: path(), file: file, value: value, call: error)
    }
}
