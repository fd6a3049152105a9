internal import ContainerRuntime
internal import JSONCodec
internal import OCISpec

extension Order {
    /// `swrun state`: prints the state document.
    func printState() throws(Failure) {
        let document = try runtime().state(of: id)
        try output(document.last == UInt8(ascii: "\n") ? document : document + [UInt8(ascii: "\n")])
    }

    /// `swrun kill`: sends a signal.
    func kill() throws(Failure) {
        let word = arguments.words.count > 1 ? arguments.words[1] : "TERM"
        guard let signal = SignalName.number(of: word) else {
            let suggestion = nearest(to: word.uppercased(), among: SignalName.standard).map { "did you mean \($0)?" }
            throw Failure(
                .optionUnusable, "unknown signal \(quoted(word))",
                hint: suggestion ?? "a name or a number up to 64 is expected")
        }
        let runtime = try runtime()
        try eachContainer(of: runtime) { (id) throws(Failure) in
            try runtime.kill(id, signal: signal, all: arguments.has(.all))
        }
    }

    /// `swrun delete`: removes a container.
    func delete() throws(Failure) {
        let runtime = try runtime()
        try eachContainer(of: runtime) { (id) throws(Failure) in
            try runtime.delete(id, force: arguments.has(.force))
        }
    }

    /// The container that is meant, or with `--regex` all that match; of these one that fails is only warned of, as with
    /// crun: the others follow all the same.
    private func eachContainer(of runtime: Runtime, _ body: (String) throws(Failure) -> Void) throws(Failure) {
        guard arguments.has(.regex) else { return try body(id) }
        for id in try runtime.containers(matching: id) {
            do throws(Failure) {
                try body(id)
            } catch let error where error.code == .containerMissing {
                continue  // deleted while we looked
            } catch {
                session.note(.warning, error.message)
            }
        }
    }

    /// `swrun list`: prints the containers.
    func list() throws(Failure) {
        var containers = try runtime().list()
        if arguments.has(.quiet) { return try output(containers.map { $0.id + "\n" }.joined()) }
        if !containers.isEmpty {
            let users = UserNames()
            for index in containers.indices { containers[index].owner = users.shown(containers[index].owner) }
        }
        if arguments[.tableFormat] == "json" { return try output(json(of: containers)) }
        // As wide as other runtimes print it, for scripts that count columns.
        var table = Table(minimumWidth: 12, padding: 3)
        table.rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
        table.rows += containers.map { container in
            [
                container.id, "\(container.pid ?? 0)", container.status.rawValue, escaped(container.bundle),
                container.created ?? "", container.owner ?? "",
            ]
        }
        try output(table.text)
    }

    /// The array that go-runc and others decode; without containers an empty one.
    private func json(of containers: [State]) throws(Failure) -> [UInt8] {
        do throws(JSONError) {
            return try JSONEncoder().encode(containers) + Array("\n".utf8)
        } catch {
            throw Failure(.hostFailed, "cannot encode the list", words: error.description)
        }
    }
}
