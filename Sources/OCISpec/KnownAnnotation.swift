/// The annotations of a configuration that change what the runtime does.
///
/// All others are metadata, handed on as they are. `swrun features` lists these as `potentiallyUnsafeConfigAnnotations`.
public enum KnownAnnotation {
    /// By which SELinux mount option `linux.mountLabel` is applied: see ``mountContextTypes``.
    public static let mountContextType = "run.oci.mount_context_type"
    /// Another way to run the program, such as WebAssembly: always refused.
    public static let handler = "run.oci.handler"

    /// Properties of the scope that systemd makes for the container, by their names behind it.
    public static let systemdProperty = "org.systemd.property."

    /// All of them; one that ends in a dot is the beginning of many.
    public static let all = [systemdProperty, handler, mountContextType]

    /// The values of ``mountContextType``, mount(8).
    public static let mountContextTypes = ["context", "fscontext", "defcontext", "rootcontext"]
}
