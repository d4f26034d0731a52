//! Many chips that are flashed over a serial line at once.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cradle_bench::Bench;
use cradle_bench::virtual_bench::{EspConfig, EspLink, VirtualBench};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::SlotId;
use cradle_procedure::profile::{BANK_A, TargetProfile};

use super::{Better, Ratio};
use crate::files;

const SLOTS: u16 = 8;
const PROFILE: &str = include_str!("../../../profiles/esp32c3.toml");

/// Eight ESP32-C3 boards that are programmed at once, against one alone. Every byte takes its
/// time on the line, and every page and sector as long as in a real flash.
pub(super) fn eight_against_one(firmware: &Path) -> Result<Ratio, Fault> {
    let profile = TargetProfile::parse(PROFILE)?;
    let image = files::read(&firmware.with_file_name("esp32c3").join("application.bin"))?;
    let one = program(&profile, &image, 1)?;
    let eight = program(&profile, &image, SLOTS)?;
    eprintln!("{} bytes to one {one:?}, to eight {eight:?}", image.len());
    Ok(Ratio {
        name: "esp8_vs_one",
        value: eight.as_secs_f64() / one.as_secs_f64(),
        reference: "time of one board with the same bytes; serial line and flash at their own pace",
        target: 1.3,
        better: Better::Lower,
    })
}

/// How long it takes to find and program that many boards at once.
fn program(profile: &TargetProfile, image: &[u8], slots: u16) -> Result<Duration, Fault> {
    let boards = Arc::new(VirtualBench::new(slots.into()));
    for slot in 0..slots.into() {
        let link = EspLink {
            paced: true,
            busy_scale: 1.0,
            ..EspLink::default()
        };
        let config = EspConfig {
            link,
            ..EspConfig::default()
        };
        boards.insert_esp(slot, config).or_fault(Code::Internal)?;
    }
    let bench = Bench::over_virtual(&boards);
    let address = profile.region(BANK_A)?.start;
    let one = |slot: u16| {
        let mut device = bench.open(SlotId(slot), profile)?;
        device.identify()?;
        device.program(address, image, &mut |_| {})
    };
    let begun = Instant::now();
    thread::scope(|scope| {
        let one = &one;
        let workers: Vec<_> = (1..=slots)
            .map(|slot| scope.spawn(move || one(slot)))
            .collect();
        for worker in workers {
            let ended = worker.join();
            ended.map_err(|_| Fault::new(Code::Internal, "a slot's worker died"))??;
        }
        Ok(begun.elapsed())
    })
}
