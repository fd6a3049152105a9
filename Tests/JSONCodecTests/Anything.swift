import JSONCodec

/// Accepts any document; what is in it is nobody's business.
struct Anything: Decodable {
    init(from decoder: any Decoder) throws {}
}

/// What the decoder says about a text; nil when it accepts it.
func failure(of text: [UInt8]) -> JSONError? {
    do {
        _ = try JSONDecoder().decode(Anything.self, from: text)
        return nil
    } catch {
        return error
    }
}

func failure(of text: String) -> JSONError? {
    failure(of: Array(text.utf8))
}
