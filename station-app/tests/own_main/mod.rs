//! For a test with a `main` of its own: what a test runner asks before it runs it.

/// Whether the runner only wants the names of the tests (`--list`, as libtest and nextest say
/// it). Prints the one name then.
pub fn only_listed(name: &str) -> bool {
    let asked = |what: &str| std::env::args().any(|argument| argument == what);
    if asked("--list") && !asked("--ignored") {
        println!("{name}: test");
    }
    asked("--list")
}
