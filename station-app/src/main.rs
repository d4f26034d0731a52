//! The `cradle` command.
fn main() {}
