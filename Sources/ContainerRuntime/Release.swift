/// What this build is, and what it implements.
public enum Release {
    /// The newest version of the specification that is implemented.
    public static let specificationVersion = "1.3.0"
}
