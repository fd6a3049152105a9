internal import ContainerRuntime

extension Order {
    /// `swrun docs CHAPTER`: the reference as Markdown, made of the tables from which the program is made.
    func printChapter() throws(Failure) {
        let word = arguments.words.first ?? ""
        guard let chapter = Reference.Chapter.allCases.first(where: { word.hasSameBytes(as: $0.rawValue) }) else {
            let names = Reference.Chapter.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.optionUnusable, "unknown chapter \(quoted(word)): there is \(names)")
        }
        try output(chapter.text)
    }
}
