extension Requirements {
    /// bundle.md, runtime.md and runtime-linux.md.
    static let runtimeTable = """
        @ bundle/container-format | bundle.md | Container Format
        1 M The configuration is read from the file config.json at the top of the bundle.
        2 M The bundle's parts lie in one local directory; what that directory is called or holds besides is nobody's business.
        @ runtime/scope-of-a-container | runtime.md | Scope of a Container
        1 M Whoever created a container can use all operations on it.
        @ runtime/state | runtime.md | State
        1 M The state names, in ociVersion, the version of the specification that it follows.
        2 M The state carries the container's id.
        3 M No two containers of a host have the same id.
        4 M The state carries a status.
        5 M A status of the runtime's own stands for something that none of the defined ones says.
        6 M While the container is created or running, the state carries its process id as the host sees it.
        7 M The state carries the absolute path of the bundle.
        8 M The state as JSON fits the schema of the state.
        @ runtime/lifecycle | runtime.md | Lifecycle
        1 M The environment is made as the configuration says.
        2 M An environment that can't be made is an error.
        3 M create makes the resources and doesn't run the user's program yet.
        4 M A change of config.json after create changes nothing.
        5 M prestart hooks are run.
        6 M A failing prestart hook is an error and ends the container.
        7 M createRuntime hooks are run.
        8 M A failing createRuntime hook is an error and ends the container.
        9 M createContainer hooks are run.
        10 M A failing createContainer hook is an error and ends the container.
        11 M startContainer hooks are run.
        12 M A failing startContainer hook is an error and ends the container.
        13 M start runs the program that process names.
        14 M poststart hooks are run.
        15 M A failing poststart hook is an error and ends the container.
        16 M Destroying a container undoes all that create did.
        17 M poststop hooks are run.
        18 M A failing poststop hook is only worth a warning; the hooks after it and the deletion go on.
        @ runtime/errors | runtime.md | Errors
        1 M After an error the world is as if the operation hadn't been tried, but for logs.
        @ runtime/warnings | runtime.md | Warnings
        1 M A warning changes nothing about what the operation does.
        @ runtime/operations | runtime.md | Operations
        1 M The runtime offers state, create, start, kill and delete.
        @ runtime/query-state | runtime.md | Query State
        1 M state without an id is an error.
        2 M state of a container that doesn't exist is an error.
        3 M state answers the container's state document.
        @ runtime/create | runtime.md | Create
        1 M create without a bundle or without an id is an error.
        2 M create with an id that is taken or invalid is an error and makes no container.
        3 M create makes a new container.
        4 M create applies everything in the configuration but process.
        5 M process.args waits for start.
        6 M A property that can't be applied is an error, and no container comes to be.
        @ runtime/start | runtime.md | Start
        1 M start without an id is an error.
        2 M start of a container that isn't created changes nothing and is an error.
        3 M start runs the user's program as process describes it.
        4 M start is an error when process isn't set.
        @ runtime/kill | runtime.md | Kill
        1 M kill without an id is an error.
        2 M kill of a container that is neither created nor running changes nothing and is an error.
        3 M kill sends the named signal to the container's process.
        @ runtime/delete | runtime.md | Delete
        1 M delete without an id is an error.
        2 M delete of a container that isn't stopped changes nothing and is an error.
        3 M delete removes what create made.
        4 M delete leaves alone what the container used but didn't make.
        @ runtime-linux/dev-symbolic-links | runtime-linux.md | Dev symbolic links
        1 M /dev/fd, /dev/stdin, /dev/stdout and /dev/stderr are links into /proc/self/fd, made after the mounts.
        """
}
