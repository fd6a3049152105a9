/// The command line of swrun.
@main enum Main {
    static func main() {
        print("swrun")
    }
}
