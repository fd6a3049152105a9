/// The spellings of a truth value that the options of other runtimes accept.
enum Truth {
    private static let yes = ["true", "1", "t", "T", "TRUE", "True", "yes"]
    private static let no = ["false", "0", "f", "F", "FALSE", "False", "no"]

    /// What a spelling means; nil for other words.
    static func value(of word: String) -> Bool? {
        if yes.contains(where: word.hasSameBytes) { return true }
        return no.contains(where: word.hasSameBytes) ? false : nil
    }
}
