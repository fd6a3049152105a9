import Foundation
import Support
import Testing

@testable import RootfsTool

/// One command that is stopped at each of its steps.
struct Interruption: CustomTestStringConvertible, Sendable {
    var testDescription: String { words.joined(separator: " ") }
    /// Makes what there is before, in the workshop.
    var before = ""
    var words: [String]
    /// Names that are in the directory when it is done.
    var names: [String]
    /// A script that shows what came of it: the same text after an interruption and a second run as after one run.
    var shows: String
    /// The message of a second run if the first one had done its work in spite of the signal.
    var done: String?
}

/// Whatever step a command is stopped at: nothing half-done is taken for whole, and the next run ends the work.
///
/// strace stops it: at the first, the second, … call of each kind that changes something.
@Suite(.root, .program("strace")) struct InterruptionTests {
    private static let tree =
        "mkdir given; cd given; mkdir d; echo 1 >f; ln f d/g; ln -s f l; echo 2 >d/h; touch -d @1000000000 f d/h d .; cd .."
    private static let list = "find t -printf '%p %y %m %s %T@ %n\\n' | sort; cat t/f t/d/h"
    private static let made = tree + "; $TOOL make t --from directory:given --quiet"
    private static let bundle =
        made
        + "; $TOOL bundle b --rootfs t; echo new >b/upper/new; mkdir -p b/upper/d; mknod b/upper/d/h c 0 0; touch -d @1000000000 b/upper/new b/upper/d"

    static let all = [
        Interruption(
            before: tree, words: ["make", "t", "--from", "directory:given"], names: ["given", "t", "t.store"],
            shows: list + "; $TOOL verify t --times --quiet", done: "t exists already"),
        Interruption(
            before: tree + "; tar -C given -czf given.tar .", words: ["make", "t", "--from", "tar:given.tar"],
            names: ["given", "given.tar", "t", "t.store"], shows: list + "; $TOOL verify t --times --quiet",
            done: "t exists already"),
        Interruption(
            before: tree + "; $TOOL pack given -o i.tar --quiet", words: ["unpack", "i.tar", "t"],
            names: ["given", "i.tar", "t", "t.store"], shows: list + "; $TOOL verify t --times --quiet",
            done: "t exists already"),
        Interruption(
            before: made, words: ["bundle", "b", "--rootfs", "t"], names: ["b", "given", "t", "t.store"],
            shows: "cd b; find . -printf '%p %y %m\\n' | sort; cat bundle.json config.json",
            done: "b exists already"),
        Interruption(
            before: bundle, words: ["commit", "b"], names: ["b", "given", "t", "t.store"],
            shows:
                "$TOOL diff b; $TOOL pack b -o p.tar --tag x:1 --quiet; tar tf p.tar | wc -l; $TOOL unpack p.tar u --quiet; ls u u/d; grep -c created_by b/bundle.json; rm -r p.tar u u.store",
            done: "no changes to commit"),
        Interruption(
            before: bundle, words: ["reset", "b"], names: ["b", "given", "t", "t.store"],
            shows: "$TOOL diff b; find b/upper -printf '%p %y %m %T@\\n'; ls -A b/work"),
        Interruption(
            before: bundle, words: ["reset", "b", "/d/h", "/new"], names: ["b", "given", "t", "t.store"],
            shows: "$TOOL diff b"),
        Interruption(
            before: bundle, words: ["protect", "b", "/f"], names: ["b", "given", "t", "t.store"],
            shows: "cat b/config.json; ls b"),
        Interruption(
            before: bundle, words: ["pack", "b", "-o", "p.tar"], names: ["b", "given", "p.tar", "t", "t.store"],
            shows: "tar tf p.tar | wc -l; $TOOL unpack p.tar u --quiet; ls u; rm -r u u.store",
            done: "p.tar exists already"),
        Interruption(
            before: bundle, words: ["pack", "b", "-o", "p/"], names: ["b", "given", "p", "t", "t.store"],
            shows: "find p | wc -l; $TOOL unpack p u --quiet; ls u; rm -r u u.store", done: "p exists already"),
        Interruption(
            before: made + "; echo 3 >t/d/h; touch -d @1000000000 t/d/h t/d", words: ["manifest", "t"],
            names: ["given", "t", "t.store"], shows: list + "; $TOOL verify t --times --quiet; ls t.store"),
        Interruption(
            before: made + "; rm -r t/d; echo bad >t/f; rm t/l; chmod 700 t", words: ["repair", "t", "--times"],
            names: ["given", "t", "t.store"], shows: "$TOOL verify t --times --quiet; ls -AR t"),
        Interruption(
            before: bundle, words: ["remove", "b"], names: ["given", "t", "t.store"], shows: "", done: "isn't there"),
        Interruption(before: made, words: ["remove", "t"], names: ["given"], shows: "", done: "isn't there"),
    ]

    /// Calls by which something changes.
    private static let calls = [
        "mkdirat", "renameat2", "linkat", "unlinkat", "symlinkat", "write", "pwrite64", "fchmod", "utimensat",
    ]

    @Test(arguments: all, [SIGKILL, SIGTERM]) func aCommandMayBeStoppedAnywhere(_ what: Interruption, _ signal: Int32)
        throws
    {
        let workshop = try Workshop()
        let place = workshop.directory + "/place"
        func sh(_ script: String) throws -> String {
            try workshop.run(
                ["sh", "-euc", "cd place; " + script],
                environment: ["TOOL": Workshop.tool, "SOURCE_DATE_EPOCH": "1700000000"]
            ).get().output
        }
        func run(_ wrapper: [String] = []) throws -> Outcome {
            try workshop.run(
                ["env", "-C", place] + wrapper + [Workshop.tool] + what.words,
                environment: ["SOURCE_DATE_EPOCH": "1700000000"])
        }
        try workshop.sh("mkdir place")
        _ = try sh(what.before)
        // Each time from a copy at the same path.
        try workshop.sh("cp -a place before")
        let start = try sh("ls -A")
        try run(["strace", "-f", "-qq", "-o", workshop.directory + "/calls"]).get()
        let expected = try sh(what.shows)
        #expect(try sh("ls -A").split(separator: "\n").map(String.init) == what.names)
        var stopped = 0
        for call in InterruptionTests.calls {
            let count = try workshop.sh("grep -c ' \(call)(' calls || :").trimmingCharacters(
                in: .whitespacesAndNewlines)
            for number in 0..<(Int(count) ?? 0) {
                try workshop.sh("rm -rf place; cp -a before place")
                let injection = "\(call):signal=\(signal):when=\(number + 1)"
                let outcome = try run([
                    "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(injection)",
                ])
                if outcome.status == 128 + signal { stopped += 1 }
                let left = try sh("ls -A")
                if outcome.status == 128 + SIGTERM {
                    #expect(left == start, "\(injection): \(left)")
                }
                let again = try run()
                #expect(
                    again.succeeded || what.done.map { again.errors.contains($0) } == true, "\(injection): \(again)")
                #expect(try sh(what.shows) == expected, "\(injection)")
                let names = try sh("ls -A").split(separator: "\n").map(String.init)
                #expect(names.filter { !$0.contains(".partial-") } == what.names, "\(injection)")
                // Only an empty directory may be left of one that was done, and goes when its neighbour is removed.
                #expect(try sh("find . -mindepth 2 -path '*.partial-*'").isEmpty, "\(injection)")
            }
        }
        // A short command takes SIGTERM for a wish, and is done.
        #expect(stopped > 1 || signal == SIGTERM, "\(stopped)")
    }
}
