//! Boards with the bootloader of this repository, set up behind the chip's back.

use std::path::{Path, PathBuf};
use std::{env, fs};

use cradle_bench::virtual_bench::{EspBoard, EspConfig, VirtualBench};
use cradle_protocol::layout::esp32c3::{BANKS, BOOTLOADER, IMAGE_CODE, METADATA};
use cradle_protocol::metadata::{self, Bank};
use reed_solomon::Encoder;

use super::signed::Key;

pub const COUNTER: u32 = 3;

/// Where a block's cells start in what a board saves: 24 bytes of block 0, then 24 or 32 bytes
/// and 12 check bytes for each.
const BLOCK_KEY1: usize = 24 + 36 + 3 * 44;
/// Word 0 of block 0, word 1 and word 4.
const WR_DIS: usize = 0;
const RD_DIS: usize = 4;
const SECURE_VERSION: usize = 16;

pub fn root() -> Key {
    Key::new(0x11)
}

/// A file of the firmware that was built for this chip.
pub fn firmware(name: &str) -> Vec<u8> {
    let reference = env::var_os("CRADLE_FIRMWARE").expect("CRADLE_FIRMWARE");
    let folder: PathBuf = Path::new(&reference).with_file_name("esp32c3");
    fs::read(folder.join(name)).unwrap()
}

pub fn signed(payload: &[u8]) -> Vec<u8> {
    root().image_at(Some(IMAGE_CODE.start), payload, COUNTER)
}

pub fn application() -> Vec<u8> {
    signed(&firmware("application.bin"))
}

/// Firmware that resets the chip at once: `lui t0, 0x60008; lui t1, 0x80000; sw t1, 0(t0); j .`
/// sets SW_SYS_RST in RTC_CNTL_OPTIONS0.
pub fn resets_itself() -> Vec<u8> {
    const CODE: [u32; 4] = [0x6000_82B7, 0x8000_0337, 0x0062_A023, 0x0000_006F];
    CODE.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A board to be.
pub struct Unit {
    config: EspConfig,
    bank_a: Option<Vec<u8>>,
    root_key: bool,
    hidden: bool,
}

impl Unit {
    pub fn blank(index: u32) -> Self {
        Self::with(EspConfig::genuine(index))
    }

    pub fn with(config: EspConfig) -> Self {
        Self {
            config,
            bank_a: None,
            root_key: true,
            hidden: false,
        }
    }

    /// With the bootloader, this image on trial in bank A, the root key and the counter.
    pub fn boots(mut self, image: &[u8]) -> Self {
        self.bank_a = Some(image.to_vec());
        self
    }

    pub fn without_root_key(mut self) -> Self {
        self.root_key = false;
        self
    }

    /// BLOCK_KEY1 read-protected, as a key of the chip's own would be.
    pub fn with_root_key_hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    pub fn insert(self) -> EspBoard {
        let bench = VirtualBench::new(1);
        let folder = tempfile::tempdir().unwrap();
        let virgin = bench.insert_esp(0, self.config.clone()).unwrap();
        virgin.save(folder.path()).unwrap();
        bench.pull(0);
        self.flash(&folder.path().join("flash.bin"));
        self.fuses(&folder.path().join("efuse.bin"));
        bench
            .insert_esp_saved(0, self.config, folder.path())
            .unwrap()
    }

    fn flash(&self, file: &Path) {
        let mut flash = fs::read(file).unwrap();
        let mut put = |at: u32, bytes: &[u8]| {
            flash[at as usize..at as usize + bytes.len()].copy_from_slice(bytes);
        };
        let Some(image) = &self.bank_a else { return };
        put(BOOTLOADER.start, &firmware("bootloader.bin"));
        put(METADATA[0].start, &metadata::initial(Bank::A));
        put(BANKS[0].start, image);
        fs::write(file, flash).unwrap();
    }

    fn fuses(&self, file: &Path) {
        let mut cells = fs::read(file).unwrap();
        let mut burn = |at: usize, bytes: &[u8]| {
            for (cell, byte) in cells[at..].iter_mut().zip(bytes) {
                *cell |= byte;
            }
        };
        if self.root_key {
            let hash = root().hash();
            burn(BLOCK_KEY1, &Encoder::new(12).encode(hash.bytes()));
            burn(WR_DIS, &(1_u32 << 24).to_le_bytes());
        }
        if self.hidden {
            burn(RD_DIS, &(1_u32 << 1).to_le_bytes());
        }
        let version = (1_u32 << COUNTER) - 1;
        burn(SECURE_VERSION, &(version << 14).to_le_bytes());
        fs::write(file, cells).unwrap();
    }
}

/// Restarts the board from flash.
pub fn boot(board: &EspBoard) {
    board.set_download_strap(false);
    board.reset();
}
