//! ESP32-C3: Technical Reference Manual, chapter 4 (eFuse Controller). A burn is one command of
//! the controller and takes all of its bits or none.

use super::{Cut, Silicon};

#[derive(Clone, Copy, Default, PartialEq)]
enum Download {
    #[default]
    Open,
    Secure,
    Off,
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools)]
pub struct Esp32C3 {
    /// Times each block was written: BLOCK4 (KEY0), BLOCK5 (KEY1), BLOCK6 (KEY2), BLOCK9 (KEY5).
    key0: u8,
    key1: u8,
    key2: u8,
    key5: u8,
    purpose0: bool,
    purpose2: bool,
    /// WR_DIS bits.
    wr_dis_0_rd_dis: bool,
    wr_dis_2_jtag: bool,
    wr_dis_18_group: bool,
    wr_dis_key0: bool,
    wr_dis_key1: bool,
    wr_dis_key2: bool,
    rd_dis_key0: bool,
    rd_dis_key2: bool,
    jtag_off: bool,
    crypt_count: bool,
    download_crypt_off: bool,
    secure_boot: bool,
    version: bool,
    download: Download,
}

impl Silicon for Esp32C3 {
    fn burn(&mut self, act: &str, cut: Cut) -> bool {
        let open = match act {
            "root-key-hash" => !self.wr_dis_key1 && self.key1 == 0,
            "boot-key-digest" => !self.wr_dis_key0 && self.key0 == 0,
            "boot-key-purpose" => !self.wr_dis_key0,
            "flash-encryption-key" => !self.wr_dis_key2 && self.key2 == 0,
            "flash-encryption-purpose" => !self.wr_dis_key2,
            "boot-key-hide" | "flash-encryption-hide" => !self.wr_dis_0_rd_dis,
            "jtag-disable" | "flash-encryption-close" => !self.wr_dis_2_jtag,
            "flash-encryption-release" => !self.crypt_count,
            "counter" | "secure-download" | "download-disable" => !self.wr_dis_18_group,
            _ => true,
        };
        let takes = open && self.download != Download::Off;
        if !takes || cut == Cut::Half {
            return takes;
        }
        match act {
            "root-key-hash" => self.key1 += 1,
            "root-key-lock" => self.wr_dis_key1 = true,
            "boot-key-digest" => self.key0 += 1,
            "boot-key-purpose" => self.purpose0 = true,
            "boot-key-lock" => self.wr_dis_key0 = true,
            "boot-key-hide" => self.rd_dis_key0 = true,
            "flash-encryption-key" => self.key2 += 1,
            "flash-encryption-key-in-key5" => self.key5 += 1,
            "flash-encryption-purpose" => self.purpose2 = true,
            "flash-encryption-hide" => self.rd_dis_key2 = true,
            "flash-encryption-lock" => self.wr_dis_key2 = true,
            "flash-encryption-release" => self.crypt_count = true,
            "flash-encryption-close" => self.download_crypt_off = true,
            "secure-boot" => (self.secure_boot, self.wr_dis_0_rd_dis) = (true, true),
            "jtag-disable" => self.jtag_off = true,
            "jtag-lock" => self.wr_dis_2_jtag = true,
            "counter" => self.version = true,
            "download-lock" => self.wr_dis_18_group = true,
            "secure-download" => self.download = Download::Secure,
            _ => self.download = Download::Off,
        }
        true
    }

    fn reads(&self, act: &str) -> Option<bool> {
        if self.download != Download::Open {
            return None;
        }
        Some(match act {
            "root-key-hash" => self.key1 > 0,
            "root-key-lock" => self.wr_dis_key1,
            "boot-key-digest" => self.key0 > 0,
            "boot-key-purpose" => self.purpose0,
            "boot-key-lock" => self.wr_dis_key0,
            "boot-key-hide" => self.rd_dis_key0,
            // Hidden, it reads as zeroes; that it is hidden says that it was there.
            "flash-encryption-key" => self.key2 > 0,
            "flash-encryption-key-in-key5" => self.key5 > 0,
            "flash-encryption-purpose" => self.purpose2,
            "flash-encryption-hide" => self.rd_dis_key2,
            "flash-encryption-lock" => self.wr_dis_key2,
            "flash-encryption-release" => self.crypt_count,
            "flash-encryption-close" => self.download_crypt_off,
            "secure-boot" => self.secure_boot,
            "jtag-disable" => self.jtag_off,
            "jtag-lock" => self.wr_dis_2_jtag,
            "counter" => self.version,
            "download-lock" => self.wr_dis_18_group,
            _ => false,
        })
    }

    fn impossible(&self) -> Option<&'static str> {
        [
            (
                self.purpose0 && self.key0 == 0,
                "a digest of zeroes is a key",
            ),
            (self.purpose2 && self.key2 == 0, "a flash key of zeroes"),
            (
                self.wr_dis_key0 && !self.purpose0,
                "a digest without purpose",
            ),
            (
                self.wr_dis_key2 && !self.purpose2,
                "a flash key without purpose",
            ),
            (self.rd_dis_key0, "a digest that the ROM cannot read"),
            (
                self.rd_dis_key2 && !self.purpose2,
                "hidden before it has a purpose",
            ),
            (
                self.crypt_count && !self.rd_dis_key2,
                "encryption with a readable key",
            ),
            (
                self.secure_boot && !self.purpose0,
                "secure boot without a digest",
            ),
            (
                self.key5 > 0,
                "a flash key where the XTS engine does not look",
            ),
        ]
        .into_iter()
        .find_map(|(is, what)| is.then_some(what))
    }

    fn unfinished(&self) -> Option<&'static str> {
        [
            (self.key0 == 1 && self.wr_dis_key0, "boot key"),
            (self.key1 == 1 && self.wr_dis_key1, "root key"),
            (
                self.key2 == 0 || (self.rd_dis_key2 && self.wr_dis_0_rd_dis),
                "read protection of the flash key",
            ),
            (self.key2 == 0 || self.crypt_count, "flash encryption"),
            (
                !self.crypt_count || self.download_crypt_off,
                "decryption in download mode",
            ),
            (self.secure_boot, "secure boot"),
            (self.jtag_off, "JTAG"),
            (
                self.version && !self.wr_dis_18_group,
                "a counter that can rise",
            ),
            (self.download != Download::Open, "download mode"),
        ]
        .into_iter()
        .find_map(|(holds, what)| (!holds).then_some(what))
    }
}
