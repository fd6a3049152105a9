// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in every target.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The judge of runtimes.
///
/// It shares no code with any runtime: what both sides get wrong alike would stay unseen.
let package = Package(
    name: "oci-conformance",
    products: [
        .executable(name: "oci-conformance", targets: ["oci-conformance"]),
        .executable(name: "oci-probe", targets: ["oci-probe"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: [
        .target(name: "CKernel"),
        .target(name: "JSONValue", swiftSettings: strict),
        .executableTarget(
            name: "oci-probe", dependencies: ["CKernel", "JSONValue"], swiftSettings: strict,
            linkerSettings: [
                // The probe is the whole content of a container's root file system, so it can need no library.
                // lld: gold warns about glibc's name lookups in a static program.
                .unsafeFlags(["-static-executable", "-use-ld=lld"])
            ]),
        .target(name: "Conformance", dependencies: ["CKernel", "JSONValue"], swiftSettings: strict),
        .executableTarget(
            name: "oci-conformance",
            dependencies: [
                "Conformance", "JSONValue",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Conformance", "JSONValue"], swiftSettings: strict),
    ]
)
