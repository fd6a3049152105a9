/// Every case, in the order of the topics.
package enum Cases {
    @CaseList static var topics: [Case] {
        ProcessCases.all
        LimitCases.all
        NamespaceCases.all
        MountCases.all
        MountOptionCases.all
        IDMapCases.all
        RootCases.all
        DeviceCases.all
        CgroupCases.all
        SeccompCases.all
        HookCases.all
        LifecycleCases.all
        StateCases.all
        DocumentCases.all
        TerminalCases.all
        NetworkCases.all
        FeaturesCases.all
    }

    package static let all: [Case] = topics
}
