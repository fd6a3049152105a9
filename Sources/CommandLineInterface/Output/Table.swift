/// Rows of text in columns that are as wide as their widest cell.
struct Table {
    /// The least width of a column, in characters.
    var minimumWidth = 0
    /// Blanks behind a column.
    var padding = 2
    var rows: [[String]] = []

    /// The lines, each with a newline and without blanks at its end.
    var text: String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(minimumWidth) }
                widths[column] = max(widths[column], width(cell) + padding)
            }
        }
        var text = ""
        for row in rows {
            for (column, cell) in row.enumerated() {
                text += cell
                let isLast = row[(column + 1)...].allSatisfy(\.isEmpty)
                if isLast { break }
                text += String(repeating: " ", count: widths[column] - width(cell))
            }
            text += "\n"
        }
        return text
    }

    private func width(_ cell: String) -> Int { cell.unicodeScalars.count }
}
