//! Gives each program its own memory map. The search path must come before the script that
//! includes `memory.x` from it.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    for program in ["bootloader", "application", "provisioner"] {
        println!("cargo:rustc-link-arg-bin={program}=-L{here}/link/{program}");
        println!("cargo:rustc-link-arg-bin={program}=-Tlink.x");
    }
    println!("cargo:rerun-if-changed=link");
}
