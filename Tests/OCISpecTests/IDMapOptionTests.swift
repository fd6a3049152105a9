import OCISpec
import Testing

@Suite("Options with an id mapping") struct IDMapOptionTests {
    @Test func rangesAreRead() throws {
        let option = try #require(IDMapOption("idmap=uids=0-1000-10#@10-20-1;gids=5-6-7"))
        #expect(!option.isRecursive)
        #expect(option.users.map(\.mapping.hostID) == [1000, 20])
        #expect(option.users.map(\.isRelative) == [false, true])
        #expect(option.groups.map(\.mapping) == [.init(containerID: 5, hostID: 6, size: 7)])
        #expect(IDMapOption("ridmap=gids=0-0-1;uids=0-0-1")?.isRecursive == true)
    }

    @Test(arguments: [
        "idmap", "ridmap", "idmap=", "idmap=uids=0-0-1", "idmap=uids=0-0-1;gids=", "idmap=uids=0-0-1;gids=0-0",
        "idmap=uids=0-0-1;gids=0-0-1;uids=1-1-1", "idmap=uids=0-0-+1;gids=0-0-1",
        "idmap=uids=0-0-4294967296;gids=0-0-1",
        "idmap=uids=-0-0-1;gids=0-0-1", "idmap=uids=0-0-1#;gids=0-0-1", "idmap=uids=@@0-0-1;gids=0-0-1", "xidmap=",
    ])
    func whatIsNoMappingIsRefused(_ text: String) {
        #expect(IDMapOption(text) == nil)
    }

    @Test func aRelativeRangeCountsThroughTheContainersMapping() throws {
        let linux = Spec.Linux(
            uidMappings: [
                .init(containerID: 0, hostID: 100_000, size: 10), .init(containerID: 10, hostID: 7, size: 5),
            ],
            gidMappings: [.init(containerID: 0, hostID: 4_294_967_000, size: 100)])
        let option = try #require(IDMapOption("idmap=uids=@3-11-4;gids=@0-5-1"))
        let mappings = try #require(option.mappings(inContainerOf: linux))
        #expect(mappings.users == [.init(containerID: 3, hostID: 8, size: 4)])
        #expect(mappings.groups == [.init(containerID: 0, hostID: 4_294_967_005, size: 1)])
        #expect(IDMapOption("idmap=uids=@0-9-2;gids=0-0-1")?.mappings(inContainerOf: linux) == nil)
        #expect(IDMapOption("idmap=uids=@0-0-1;gids=0-0-1")?.mappings(inContainerOf: nil) == nil)
    }
}
