internal import OCISpec

/// What this build is, and what it implements.
public enum Release {
    /// The newest version of the specification that is implemented.
    public static var specificationVersion: String { Spec.modelledVersion }
}
