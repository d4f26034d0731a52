//! The referee: `espsecure` with the key in the file `key` of its folder.

use std::fs;
use std::path::Path;

use crate::board::succeed;

pub fn decrypted(cells: &[u8], at: u32, folder: &Path) -> Vec<u8> {
    through("decrypt-flash-data", cells, at, folder)
}

pub fn encrypted(plain: &[u8], at: u32, folder: &Path) -> Vec<u8> {
    through("encrypt-flash-data", plain, at, folder)
}

fn through(command: &str, bytes: &[u8], at: u32, folder: &Path) -> Vec<u8> {
    fs::write(folder.join("in"), bytes).unwrap();
    let at = format!("{at:#x}");
    let mut arguments = vec![command, "--aes-xts", "--keyfile", "key", "--address", &at];
    arguments.extend(["--output", "out", "in"]);
    succeed("espsecure", &arguments, folder);
    fs::read(folder.join("out")).unwrap()
}
