internal import CProgram
internal import CommandLineInterface

/// The program: nothing but a call, as everything worth testing is in a library.
@main enum Main {
    static func main() {
        sw_program_has_started()
        CommandLineInterface.main(isProtected: sw_program_is_protected() != 0, mountCopy: sw_program_mount_copy())
    }
}
