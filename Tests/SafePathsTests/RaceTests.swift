import Foundation
import LinuxKernel
import SafePaths
import Synchronization
import Testing

/// A directory and a symbolic link that leads out change places all the time, while paths through them are used.
@Suite struct RaceTests {
    private static let rounds = 3_000

    @Test(arguments: resolvers) func nothingIsMadeOutsideWhileLinksAreExchanged(_ resolver: Resolver) throws {
        let sandbox = try prepared()
        let root = try sandbox.root(resolver)
        let attack = Attack(on: sandbox)
        for round in 0..<Self.rounds {
            do throws(PathError) {
                switch round % 4 {
                case 0: _ = try root.makeDirectories("/vol/a/made/\(round)", mode: 0o755)
                case 1: _ = try root.makeFile("vol/a/file\(round)")
                case 2: _ = try root.makeParent(of: "vol/a/../a/parent\(round)/name")
                default: _ = try root.makeDirectories("/vol/a/x/../y\(round)", mode: 0o755)
                }
            } catch {
                // Failing is fine, as long as it says that the tree changed.
                #expect(
                    [.notDirectory, .missing, .forbiddenLink].contains(error.kind) || error.call.errno == .tryAgain)
            }
        }
        let exchanges = attack.end()
        #expect(exchanges > 0)
        #expect(sandbox.canarySings)
    }

    @Test(arguments: resolvers) func nothingOutsideIsFoundWhileLinksAreExchanged(_ resolver: Resolver) throws {
        let sandbox = try prepared()
        let root = try sandbox.root(resolver)
        let song = try FileDescriptor.status(of: sandbox.canary + "/song")
        let cage = try FileDescriptor.status(of: sandbox.canary)
        let attack = Attack(on: sandbox)
        var found = 0
        for round in 0..<Self.rounds {
            do throws(PathError) {
                let held = try root.resolve(["vol/a", "vol/a/song", "vol/a/../a/song", "vol/b/song"][round % 4])
                let status = try? held.status()
                found += 1
                #expect(status?.isSameFile(as: song) == false)
                #expect(status?.isSameFile(as: cage) == false)
            } catch {
                #expect([.notDirectory, .missing].contains(error.kind) || error.call.errno == .tryAgain)
            }
        }
        #expect(attack.end() > 0)
        #expect(found > 0)
    }

    @Test(arguments: resolvers) func aProtectedDirectoryIsNeverALink(_ resolver: Resolver) throws {
        let sandbox = try prepared()
        let root = try sandbox.root(resolver)
        let real = try FileDescriptor.status(of: sandbox.rootfs + "/vol/a")
        let attack = Attack(on: sandbox)
        for _ in 0..<Self.rounds {
            do throws(PathError) {
                let status = try? root.directoryWithoutLinks("vol/a").status()
                if let status { #expect(status.isSameFile(as: real)) }
                _ = try root.directoryWithoutLinks("vol/a/pts", making: 0o755)
            } catch {
                #expect([.notDirectory, .forbiddenLink, .missing].contains(error.kind))
            }
        }
        #expect(attack.end() > 0)
        #expect(sandbox.canarySings)
    }

    /// The control: the same attack does lead a look by path out, so the tests above would notice.
    @Test func theAttackBitesWhoLooksFirstAndMakesByPathThen() throws {
        let sandbox = try prepared()
        let attack = Attack(on: sandbox)
        let path = sandbox.rootfs + "/vol/a"
        var fell = false
        for _ in 0..<100_000 where !fell {
            guard sandbox.status(path)?.kind == .directory else { continue }
            _ = unsafe mkdir(path + "/fallen", 0o755)
            fell = sandbox.status(sandbox.canary + "/fallen") != nil
        }
        #expect(attack.end() > 0)
        #expect(fell)
    }

    /// The same without luck: the exchange comes between the look and the use, once.
    @Test(arguments: resolvers) func whatIsHeldStaysWhatWasFound(_ resolver: Resolver) throws {
        let sandbox = try prepared()
        let root = try sandbox.root(resolver)
        let held = try root.resolve("vol/a")
        #expect(exchange(sandbox))
        try held.descriptor.makeDirectory("made", mode: 0o755)
        #expect(sandbox.canarySings)
        #expect(sandbox.status(sandbox.rootfs + "/vol/b/made")?.kind == .directory)
        #expect(unsafe mkdir(sandbox.rootfs + "/vol/a/made", 0o755) == 0)
        #expect(!sandbox.canarySings)
    }

    private func prepared() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.directory("vol/a")
        try sandbox.file("vol/a/song", "inside")
        try sandbox.link("vol/b", to: sandbox.canary)
        return sandbox
    }
}

/// Lets `vol/a` and `vol/b` change places.
private func exchange(_ sandbox: Sandbox) -> Bool {
    let exchange: UInt32 = 2  // RENAME_EXCHANGE
    return unsafe renameat2(-1, sandbox.rootfs + "/vol/a", -1, sandbox.rootfs + "/vol/b", exchange) == 0
}

/// A thread that lets them change places as fast as it can, until it is told to end.
private final class Attack: Sendable {
    private let state: State

    private final class State: Sendable {
        let ended = Atomic(false)
        let exchanges = Atomic(0)
        let done = DispatchSemaphore(value: 0)
    }

    init(on sandbox: Sandbox) {
        let state = State()
        self.state = state
        let a = sandbox.rootfs + "/vol/a"
        let b = sandbox.rootfs + "/vol/b"
        let started = DispatchSemaphore(value: 0)
        Thread {
            started.signal()
            while !state.ended.load(ordering: .relaxed) {
                if unsafe renameat2(-1, a, -1, b, 2) == 0 { state.exchanges.add(1, ordering: .relaxed) }
            }
            state.done.signal()
        }.start()
        started.wait()
    }

    /// Answers how often they changed places.
    func end() -> Int {
        state.ended.store(true, ordering: .relaxed)
        state.done.wait()
        return state.exchanges.load(ordering: .relaxed)
    }
}
