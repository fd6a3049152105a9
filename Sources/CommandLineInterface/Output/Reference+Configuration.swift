internal import OCISpec

extension Reference {
    /// The chapter on the properties of the configuration.
    static var configuration: String {
        var text = """
            # The configuration

            <!-- Printed by `swrun docs configuration`, from the table of properties: change it there. -->

            Every property of config.json that the runtime specification knows for Linux, as `swrun` carries it out. The
            place is a JSON pointer in which `*` stands for any index or name; what lies below belongs to it. *Since* is
            the version of the specification that introduced it, *needs* what the kernel must have beyond Linux 5.4. *v1*
            and *v2* are the versions of cgroups; *rootless* means a caller without privileges, with a user namespace for
            the container. The last column names the tests that would fail without it.

            What can't be on a machine is told by `swrun check`, and by `create` and `run` before they make anything.

            | property | since | needs | v1 | v2 | rootless | tested by |
            |---|---|---|---|---|---|---|

            """
        for row in Property.all {
            let columns = [
                "`\(row.pointer)`", row.since, row.needs, row.v1.text, row.v2.text, row.rootless.text,
                row.tests.joined(separator: "; "),
            ]
            text += "| " + columns.joined(separator: " | ") + " |\n"
        }
        return text
    }
}

extension Property.Reach {
    fileprivate var text: String {
        switch self {
        case .yes: "yes"
        case .no: "no"
        case .ignored: "without effect"
        case .partly(let how): how
        }
    }
}
