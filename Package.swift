// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of the project is compiled with: warnings are errors, and each use of an unsafe construct is
/// marked where it stands.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // C's headers in one dialect for all: CLinux is GNU's, and a target that sees it beside another dialect's Glibc finds
    // two different declarations of one type, depending on what the compiler loads first.
    .unsafeFlags(["-Xcc", "-D_GNU_SOURCE"]),
    // Generic types are asked for by symbol instead of by mangled name. By name the runtime searches all conformances of
    // the program for each new type; decoding a configuration then takes three times as many instructions.
    .unsafeFlags(
        ["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"], .when(configuration: .release)),
    // Values are copied and destroyed by the functions of their parts. Else it is the types' own functions, which the
    // runtime must first make for each optional, array and dictionary type: a tenth of the instructions of a `run`.
    .unsafeFlags(["-Xfrontend", "-disable-type-layout"], .when(configuration: .release)),
    // Each function in a section of its own, so that the linker can put them in an order of our choice.
    .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release)),
    // Functions of the same body aren't merged: what is left of them has no symbol that the linker could put in order.
    .unsafeFlags(["-Xfrontend", "-disable-llvm-merge-functions-pass"], .when(configuration: .release)),
]

/// The same for what is linked into the programs: the standard library's modules that every file imports unasked stay out,
/// as one use of a search in a string would bring half a megabyte of regular expressions into memory with it.
let lean: [SwiftSetting] =
    strict + [
        .unsafeFlags([
            "-Xfrontend", "-disable-implicit-string-processing-module-import",
            "-Xfrontend", "-disable-implicit-concurrency-module-import",
        ])
    ]

/// The revision that `--version` names: a release build passes it, a plain `swift build` doesn't know it.
let commit = (Context.environment["SWRUN_COMMIT"] ?? "").filter { $0.isASCII && ($0.isLetter || $0.isNumber) }

/// True for a release build that tools look into.
let keepsSymbols = Context.environment["SWRUN_SYMBOLS"] != nil

/// The layers, from the kernel up.
///
/// A target may use only those above it in this list; see CONTRIBUTING.md.
let package = Package(
    name: "swrun",
    products: [
        .executable(name: "swrun", targets: ["swrun"]),
        .executable(name: "swrun-rootfs", targets: ["swrun-rootfs"]),
    ],
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(name: "CYajl"),
        .systemLibrary(name: "CSeccomp"),
        .target(name: "LinuxKernel", dependencies: ["CLinux"], swiftSettings: lean),
        .target(name: "SafePaths", dependencies: ["CLinux", "LinuxKernel"], swiftSettings: lean),
        .target(name: "JSONCodec", dependencies: ["CYajl"], swiftSettings: lean),
        .target(name: "OCISpec", dependencies: ["JSONCodec"], swiftSettings: lean),
        .target(name: "ProductVersion", swiftSettings: lean),
        .target(name: "Validation", dependencies: ["OCISpec"], swiftSettings: lean),
        .target(
            name: "Seccomp", dependencies: ["CSeccomp", "LinuxKernel", "OCISpec"], swiftSettings: lean),
        .target(
            name: "Cgroups", dependencies: ["CLinux", "LinuxKernel", "SafePaths", "JSONCodec", "OCISpec"],
            swiftSettings: lean),
        .target(
            name: "ContainerRuntime",
            dependencies: [
                "CLinux", "LinuxKernel", "SafePaths", "JSONCodec", "OCISpec", "Validation", "Seccomp", "Cgroups",
            ],
            swiftSettings: lean),
        .target(name: "CStart", cSettings: [.define("SWRUN_COMMIT", to: "\"\(commit)\"")]),
        // Everything that the executable does is a library, as tests can't import an executable that is linked statically.
        .target(
            name: "CommandLineInterface",
            dependencies: [
                "CStart", "LinuxKernel", "JSONCodec", "OCISpec", "ProductVersion", "Validation", "ContainerRuntime",
            ],
            swiftSettings: lean),
        // What runs before Swift does, in the executable alone.
        .target(name: "CProgram"),
        .executableTarget(
            name: "swrun", dependencies: ["CProgram", "CommandLineInterface"], exclude: ["symbol-order.txt"],
            swiftSettings: lean,
            linkerSettings: [
                // One static file without Foundation starts in a millisecond. lld: gold warns about glibc's dlopen.
                // It begins in entry.c. The functions of a `run` are side by side, as a page that is touched brings
                // fifteen others into memory, and so are the variables that it sets, each page of which is a copy of its
                // own; the list is made by `make order`, and names that are gone do no harm.
                .unsafeFlags(
                    ["-static-executable", "-use-ld=lld"]
                        + [
                            "--entry=sw_entry", "--no-warn-symbol-ordering", "-z", "max-page-size=65536",
                            "--symbol-ordering-file=\(Context.packageDirectory)/Sources/swrun/symbol-order.txt",
                            keepsSymbols ? "--strip-debug" : "--strip-all",
                        ].flatMap { ["-Xlinker", $0] },
                    .when(configuration: .release))
            ]),
        // The companion program for root filesystems. swrun uses nothing of it.
        .target(
            name: "CRootfs",
            linkerSettings: ["z", "zstd", "deflate", "crypto"].map { .linkedLibrary($0) }),
        .target(
            name: "RootfsTool", dependencies: ["CRootfs", "JSONCodec", "OCISpec", "ProductVersion"], swiftSettings: lean
        ),
        .executableTarget(
            name: "swrun-rootfs", dependencies: ["RootfsTool"], swiftSettings: lean,
            linkerSettings: [
                .unsafeFlags(
                    ["-static-executable", "-use-ld=lld", "-Xlinker", keepsSymbols ? "--strip-debug" : "--strip-all"],
                    .when(configuration: .release))
            ]),
        // Tools of the tests, not of the product: they may use Foundation.
        .executableTarget(
            name: "swrun-bench", dependencies: ["Support"], path: "Tests/Benchmark/Runner", swiftSettings: strict),
        .executableTarget(name: "swrun-test-report", path: "Tests/Report", swiftSettings: strict),
        .testTarget(name: "ReportTests", dependencies: ["swrun-test-report"], swiftSettings: strict),
        .target(name: "CSpawn", path: "Tests/Support/CSpawn"),
        .target(
            name: "Support", dependencies: ["CSpawn"], path: "Tests/Support", exclude: ["CSpawn"],
            swiftSettings: strict),
        .testTarget(
            name: "IntegrationTests", dependencies: ["Support", "swrun"], swiftSettings: strict),
        .testTarget(
            name: "RootfsTests", dependencies: ["RootfsTool", "Support", "swrun-rootfs"], swiftSettings: strict),
        .target(name: "ProbeChecks", path: "Tests/Probes/Checks", swiftSettings: strict),
        .testTarget(
            name: "LinuxKernelTests", dependencies: ["LinuxKernel", "kernel-probe"],
            swiftSettings: strict),
        .executableTarget(
            name: "kernel-probe", dependencies: ["CLinux", "LinuxKernel", "ProbeChecks"], path: "Tests/Probes/Kernel",
            swiftSettings: strict),
        .testTarget(
            name: "SafePathsTests", dependencies: ["SafePaths", "LinuxKernel", "paths-probe"],
            swiftSettings: strict),
        .executableTarget(
            name: "paths-probe", dependencies: ["CLinux", "LinuxKernel", "SafePaths", "ProbeChecks"],
            path: "Tests/Probes/Paths",
            swiftSettings: strict),
        .testTarget(name: "JSONCodecTests", dependencies: ["JSONCodec"], swiftSettings: strict),
        .testTarget(name: "OCISpecTests", dependencies: ["OCISpec", "JSONCodec"], swiftSettings: strict),
        .testTarget(
            name: "ValidationTests", dependencies: ["Validation", "OCISpec", "JSONCodec"], swiftSettings: strict),
        // A single-threaded process for the tests to put into cgroups, as the runtime is one itself.
        .executableTarget(
            name: "CgroupMember", dependencies: ["CLinux", "LinuxKernel", "Cgroups"], path: "Tests/Probes/CgroupMember",
            swiftSettings: strict),
        .testTarget(
            name: "CgroupsTests",
            dependencies: ["CLinux", "Cgroups", "JSONCodec", "OCISpec", "LinuxKernel", "CgroupMember"],
            swiftSettings: strict),
        .testTarget(
            name: "SeccompTests", dependencies: ["Seccomp", "OCISpec", "LinuxKernel", "JSONCodec"],
            swiftSettings: strict),
        .testTarget(
            name: "ContainerRuntimeTests",
            dependencies: ["ContainerRuntime", "Cgroups", "OCISpec", "JSONCodec", "LinuxKernel", "Validation"],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "CommandLineInterface", "swrun", "LinuxKernel", "OCISpec", "JSONCodec", "Validation",
                "ContainerRuntime",
            ],
            swiftSettings: strict),
    ]
)
