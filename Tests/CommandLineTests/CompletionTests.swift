import Foundation
import Testing

@testable import CommandLineInterface

/// Help, manual page and completions are views of one table.
struct CompletionTests {
    /// The text of each command in a view, by name; the global options are under the empty name.
    private func sections(_ text: String, startingWith mark: (Command?) -> String) throws -> [String: String] {
        var found: [String: String] = [:]
        let commands: [Command?] = [nil] + CommandName.allCases.map(\.row).filter { !$0.isHidden }
        let starts = try commands.map { command in
            try #require(text.range(of: mark(command)), "\(mark(command)) is missing").upperBound
        }
        for (index, start) in starts.enumerated() {
            let end = starts.filter { $0 > start }.min() ?? text.endIndex
            found[commands[index]?.name ?? ""] = String(text[start..<end])
        }
        return found
    }

    private func options(in text: String, _ pattern: String) throws -> Set<String> {
        let expression = try NSRegularExpression(pattern: pattern)
        let whole = text as NSString
        return Set(
            expression.matches(in: text, range: NSRange(location: 0, length: whole.length)).map {
                whole.substring(with: $0.range(at: 1))
            })
    }

    private func demand(_ found: [String: String], _ pattern: String) throws {
        for command in [nil] + CommandName.allCases.map(\.row).filter({ !$0.isHidden }) {
            let wanted = Set((command?.options ?? Option.globals).map(\.name))
            let text = try #require(found[command?.name ?? ""])
            #expect(try options(in: text, pattern) == wanted, "\(command?.name ?? "global options")")
        }
    }

    @Test func helpListsEachOption() throws {
        let help = Help(style: .plain)
        var found = ["": help.general]
        for command in CommandName.allCases.map(\.row) { found[command.name] = help.text(of: command) }
        try demand(found, #"(?m)^  (?:-., |    )--([a-z0-9-]+)"#)
    }

    @Test func theManualListsEachOption() throws {
        let found = try sections(Manual.text) { command in
            command.map { ".SS swrun \($0.name) " } ?? ".SH GLOBAL OPTIONS"
        }
        let plain = found.mapValues { $0.replacingOccurrences(of: "\\-", with: "-") }
        try demand(plain, #"(?m)^(?:\\fB-.\\fR, )?\\fB--([a-z0-9-]+)\\fR"#)
    }

    @Test func bashCompletesEachOption() throws {
        let found = try sections(Completion.bash.text) { command in
            "        \(command.map { ([$0.name] + $0.others).joined(separator: " | ") } ?? "''"))\n"
        }
        let words = found.mapValues { text in
            text.split(separator: "\n").first { $0.contains(" words=\"") }.map(String.init) ?? ""
        }
        try demand(words, #"--([a-z0-9-]+)"#)
    }

    @Test func zshCompletesEachOption() throws {
        let found = try sections(Completion.zsh.text) { command in
            command.map { "                    \(([$0.name] + $0.others).joined(separator: "|")))\n" }
                ?? "_arguments -C"
        }
        try demand(found, #"(?m)^ *'.*--([a-z0-9-]+)\}?'?\["#)
    }

    @Test func fishCompletesEachOption() throws {
        let lines = Completion.fish.text.split(separator: "\n").map(String.init)
        var found = ["": lines.filter { $0.contains("not __fish") }.joined(separator: "\n")]
        for command in CommandName.allCases.map(\.row) {
            // The name ends there: `check` isn't `checkpoint`.
            let ends = ["\"", " "].map { "\"__fish_seen_subcommand_from \(command.name)\($0)" }
            found[command.name] = lines.filter { line in ends.contains(where: line.contains) }
                .joined(separator: "\n")
        }
        try demand(found, #" -l ([a-z0-9-]+)"#)
    }

    @Test func bashUnderstandsItsScript() throws {
        let scratch = try Scratch()
        try Completion.bash.text.write(toFile: scratch.file("swrun"), atomically: false, encoding: .utf8)
        func complete(_ words: String...) throws -> [String] {
            let array = words.map { "'\($0)'" }.joined(separator: " ")
            let script = """
                exec bash -c '. ./swrun; COMP_WORDS=(\(array.replacingOccurrences(of: "'", with: "\""))); \
                COMP_CWORD=\(words.count - 1); _swrun; printf "%s\\n" "${COMPREPLY[@]}"'
                """
            let result = try Program.script(script, in: scratch.path)
            #expect(result.error == "")
            return result.output.split(separator: "\n").map(String.init)
        }
        #expect(try complete("swrun", "ex") == ["exec", "explain"])
        #expect(try complete("swrun", "--root", "/x", "pa") == ["pause"])
        #expect(try complete("swrun", "exec", "--no-n") == ["--no-new-privs"])
        #expect(try complete("swrun", "list", "--format", "") == ["table", "json"])
        #expect(try complete("swrun", "--log-f") == ["--log-format"])
    }

    @Test func manUnderstandsThePage() throws {
        let scratch = try Scratch()
        try Manual.text.write(toFile: scratch.file("swrun.1"), atomically: false, encoding: .utf8)
        let man = "/usr/bin/man"
        guard FileManager.default.isExecutableFile(atPath: man) else {
            print("skipped: \(man) is not installed")
            return
        }
        let script = "LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=100 exec man --warnings -l swrun.1 2>&1"
        let page = try Program.script(script, in: scratch.path)
        #expect(page.status == 0 && !page.output.contains("swrun.1:"), "\(page.output)")
        for word in ["NAME", "swrun exec [OPTIONS] ID", "--preserve-fds N", "EXIT STATUS"] {
            #expect(page.output.contains(word), "\(word)")
        }
    }
}
