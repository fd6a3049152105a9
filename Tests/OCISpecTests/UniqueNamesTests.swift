import OCISpec
import Testing

@Test func eachMountOptionHasOneRow() {
    let names = MountOption.all.map(\.name)
    #expect(Set(names).count == names.count)
}

@Test func eachCapabilityIsFoundByItsOwnNumber() {
    for (number, name) in CapabilityName.all.enumerated() {
        #expect(CapabilityName.number(of: name) == number)
        #expect(CapabilityName.name(of: number) == name)
    }
}
