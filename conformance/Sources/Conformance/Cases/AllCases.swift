/// Every case, in the order of the topics.
public enum Cases {
    @CaseList static var topics: [Case] {
        ProcessCases.all
    }

    public static let all: [Case] = topics
}
