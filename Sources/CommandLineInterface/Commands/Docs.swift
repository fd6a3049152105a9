internal import ContainerRuntime

extension Order {
    /// `swrun docs CHAPTER`: the reference as Markdown, made of the tables from which the program is made.
    func printChapter() throws(Failure) {
        let word = arguments.words.first ?? ""
        if word == "man" { return try output(Manual.text) }
        guard let chapter = Reference.Chapter.allCases.first(where: { word.hasSameBytes(as: $0.rawValue) }) else {
            let names = Reference.Chapter.allCases.map(\.rawValue).joined(separator: ", ") + ", man"
            throw Failure(.optionUnusable, "unknown chapter \(quoted(word)): there is \(names)")
        }
        try output(chapter.text)
    }

    /// `swrun completion SHELL`.
    func printCompletion() throws(Failure) {
        let word = arguments.words.first ?? ""
        guard let shell = Completion.allCases.first(where: { word.hasSameBytes(as: $0.rawValue) }) else {
            let names = Completion.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.optionUnusable, "unknown shell \(quoted(word)): there is \(names)")
        }
        try output(shell.text)
    }
}
