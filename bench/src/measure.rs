//! Measuring a driver's step against the bare library it is built on, on the same virtual probe.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::SlotId;
use cradle_procedure::profile::TargetProfile;
use probe_rs::Permissions;
use probe_rs::flashing::DownloadOptions;

use crate::Bench;
use crate::virtual_bench::{BoardConfig, VirtualBench};

/// What both took for the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct FlashPair {
    /// The driver's flash step.
    pub driver: Duration,
    /// A bare probe-rs commit.
    pub bare: Duration,
}

/// Writes `image` to `address` of fresh boards, through the driver and with probe-rs alone, in
/// turn, the order changing each round. Attaching is not counted for either.
///
/// # Errors
/// Whatever keeps a board from being flashed.
pub fn flash_pairs(
    profile: &TargetProfile,
    address: u32,
    image: &[u8],
    rounds: u32,
) -> Result<Vec<FlashPair>, Fault> {
    let round = |number: u32| {
        if number.is_multiple_of(2) {
            let driver = by_driver(profile, address, image)?;
            let bare = by_probe_rs(profile, address, image)?;
            Ok(FlashPair { driver, bare })
        } else {
            let bare = by_probe_rs(profile, address, image)?;
            let driver = by_driver(profile, address, image)?;
            Ok(FlashPair { driver, bare })
        }
    };
    (0..rounds).map(round).collect()
}

fn board() -> Result<Arc<VirtualBench>, Fault> {
    let bench = Arc::new(VirtualBench::new(1));
    bench
        .insert(0, BoardConfig::default())
        .or_fault(Code::Internal)?;
    Ok(bench)
}

fn by_driver(profile: &TargetProfile, address: u32, image: &[u8]) -> Result<Duration, Fault> {
    let bench = board()?;
    let mut device = Bench::over_virtual(&bench).open(SlotId(1), profile)?;
    device.identify()?;
    let start = Instant::now();
    device.program(address, image, &mut |_| {})?;
    Ok(start.elapsed())
}

fn by_probe_rs(profile: &TargetProfile, address: u32, image: &[u8]) -> Result<Duration, Fault> {
    let bench = board()?;
    let probe = bench
        .probe(0)
        .ok_or_else(|| Fault::new(Code::Internal, "no slot"))?;
    let attached = probe.attach(profile.chip.as_str(), Permissions::default());
    let mut session = attached.or_fault(Code::NoDevice)?;
    let start = Instant::now();
    let mut loader = session.target().flash_loader();
    loader
        .add_data(u64::from(address), image)
        .or_fault(Code::FlashFailed)?;
    loader
        .commit(&mut session, DownloadOptions::new())
        .or_fault(Code::FlashFailed)?;
    Ok(start.elapsed())
}
