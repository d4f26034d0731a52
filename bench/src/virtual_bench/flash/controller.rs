//! The flash interface: keys, control, status, protection.

use std::time::Duration;

use super::array::{FlashArray, SECTORS, sector_of};
use super::cells::{Cells, Work};
use super::gate::Gate;
use super::option_bytes::{OptionBytes, ReadProtection};
use super::otp::Otp;
use super::registers::{
    ACR, ACR_MASK, CR, KEYR, KEYS, OPTCR, OPTION_KEYS, OPTKEYR, SR, cr, optcr, sr,
};
use super::timing::{self, Busy};
use crate::virtual_bench::counters::FlashCounters;
use crate::virtual_bench::fault::{FaultPlan, Faults};
use crate::virtual_bench::link::LinkModel;
use crate::virtual_bench::memory_map::{FLASH_SIZE, OTP_BASE, SYSTEM_END};
use crate::virtual_bench::width::Width;

/// The controller with its cells.
#[derive(Debug)]
pub(crate) struct FlashController {
    pub(super) cells: Cells,
    acr: u32,
    pub(super) sr: u32,
    pub(super) cr: u32,
    optcr: u32,
    gate: Gate,
    option_gate: Gate,
    pub(super) busy: Busy,
    pub(super) link: LinkModel,
    supply_mv: u16,
    pub(super) faults: Faults,
    pub(super) counters: FlashCounters,
    /// The level that protects; see [`FlashController::system_reset`].
    active_level: ReadProtection,
    /// A debugger has been connected since power-on.
    debugger_seen: bool,
    pub(super) supply_failed: bool,
    /// Operations so far, if somebody wants them.
    pub(super) record: Option<Vec<Work>>,
}

impl FlashController {
    pub(crate) fn new(otp: Otp, options: OptionBytes, link: LinkModel, supply_mv: u16) -> Self {
        Self {
            cells: Cells::new(otp, options),
            acr: 0,
            sr: 0,
            cr: 0,
            optcr: options.register(),
            gate: Gate::Closed,
            option_gate: Gate::Closed,
            busy: Busy::default(),
            link,
            supply_mv,
            faults: Faults::new(FaultPlan::new()),
            counters: FlashCounters::default(),
            active_level: options.level(),
            debugger_seen: false,
            supply_failed: false,
            record: None,
        }
    }

    pub(crate) fn array(&self) -> &FlashArray {
        &self.cells.array
    }

    pub(crate) fn otp(&self) -> &Otp {
        &self.cells.otp
    }

    pub(crate) fn options(&self) -> OptionBytes {
        self.cells.options
    }

    /// Puts saved cells back, as if the board had never left the bench.
    pub(crate) fn restore(&mut self, array: &[u8], otp: Otp, options: OptionBytes) {
        self.cells.array.restore(array);
        self.cells.otp = otp;
        self.cells.options = options;
    }

    pub(crate) fn cells(&self) -> &Cells {
        &self.cells
    }

    pub(crate) fn load(&mut self, cells: &Cells) {
        self.cells.load(cells);
    }

    pub(crate) fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    pub(crate) fn arm(&mut self, plan: FaultPlan) {
        self.faults = Faults::new(plan);
    }

    pub(crate) fn counters(&self) -> FlashCounters {
        FlashCounters {
            device_busy: self.busy.device_time,
            ..self.counters
        }
    }

    /// Registers come up as after a reset, option bytes are loaded.
    ///
    /// The manual says that option bytes are loaded by a reset (§3.7.3) and, of a
    /// protection set with the debugger still connected, that a power-on reset is
    /// needed. Reading taken here, the stricter one for either direction: a lower
    /// level opens the flash from the next reset of any kind on, a higher level closes
    /// it from the next power-on on.
    pub(crate) fn system_reset(&mut self) {
        self.active_level = self.active_level.min(self.cells.options.level());
        self.acr = 0;
        self.sr = 0;
        self.cr = 0;
        self.optcr = self.cells.options.register();
        self.gate = Gate::Closed;
        self.option_gate = Gate::Closed;
    }

    pub(crate) fn power_on(&mut self) {
        self.active_level = self.cells.options.level();
        self.debugger_seen = false;
        self.supply_failed = false;
        self.busy.power_on();
        self.system_reset();
    }

    /// A debugger powered up the debug port: level 1 closes the flash until the next
    /// power-on (RM0090 §3.7.4).
    pub(crate) fn debugger_connected(&mut self) {
        self.debugger_seen = true;
    }

    /// Level 2 disables JTAG and SWD (RM0090 §3.7.4).
    pub(crate) fn debug_disabled(&self) -> bool {
        self.active_level == ReadProtection::Level2
    }

    /// Level 1 with a debugger: any read of the main flash is a bus error, whoever
    /// asks (RM0090 §3.7.4).
    pub(crate) fn is_closed(&self) -> bool {
        self.active_level == ReadProtection::Level1 && self.debugger_seen
    }

    /// True once after a planned fault took the supply away.
    pub(crate) fn take_supply_failure(&mut self) -> bool {
        std::mem::take(&mut self.supply_failed)
    }

    /// What the supply can do in parallel (§3.6.2, table 7). A program or erase with more has
    /// no predictable result, and no flag tells.
    pub(super) fn supply_suffices(&self) -> bool {
        let widest = match self.supply_mv {
            2_700.. => 2,
            2_100.. => 1,
            _ => 0,
        };
        (self.cr >> cr::PSIZE_SHIFT) & cr::PSIZE_MASK <= widest
    }

    /// Real time until code in flash can go on; `None` when it never will.
    pub(crate) fn stall(&self) -> Option<Duration> {
        self.busy.remaining()
    }

    /// `EOPIE` and `ERRIE` requests (RM0090 §3.6.6 "Interrupts").
    pub(crate) fn interrupt(&self) -> bool {
        (self.cr & cr::EOPIE != 0 && self.sr & sr::EOP != 0)
            || (self.cr & cr::ERRIE != 0 && self.sr & sr::OPERR != 0)
    }

    pub(crate) fn read_register(&mut self, offset: u32) -> Option<u32> {
        Some(match offset {
            ACR => self.acr,
            // Key registers are write-only and read 0 (§3.9.3, §3.9.4).
            KEYR | OPTKEYR => 0,
            SR => self.sr | if self.busy.is_busy() { sr::BSY } else { 0 },
            CR => self.cr | if self.gate == Gate::Open { 0 } else { cr::LOCK },
            OPTCR => self.optcr | self.option_lock(),
            _ => return None,
        })
    }

    fn option_lock(&self) -> u32 {
        if self.option_gate == Gate::Open {
            0
        } else {
            optcr::OPTLOCK
        }
    }

    pub(crate) fn write_register(&mut self, offset: u32, value: u32) -> Option<()> {
        match offset {
            ACR => self.acr = value & ACR_MASK,
            KEYR => self.gate = self.gate.turn(value, KEYS),
            OPTKEYR => self.option_gate = self.option_gate.turn(value, OPTION_KEYS),
            // Flags are cleared by writing 1 (§3.9.5).
            SR => self.sr &= !(value & sr::CLEARABLE),
            CR => self.write_control(value),
            OPTCR => self.write_option_control(value),
            _ => return None,
        }
        Some(())
    }

    /// FLASH_CR cannot be written while it is locked, nor while BSY is set (§3.6.1).
    fn write_control(&mut self, value: u32) {
        if self.gate != Gate::Open || self.busy.is_busy() {
            return;
        }
        self.cr = value & cr::STORED;
        if value & cr::LOCK != 0 {
            self.gate = self.gate.close();
        }
        if value & cr::STRT != 0 {
            self.start_erase();
        }
    }

    /// §3.6.3 "Erase". SER and MER together erase nothing; STRT with neither is
    /// declared unpredictable, and does nothing here.
    fn start_erase(&mut self) {
        let psize = (self.cr >> cr::PSIZE_SHIFT) & cr::PSIZE_MASK;
        match (self.cr & cr::SER != 0, self.cr & cr::MER != 0) {
            (true, false) => self.start_sector_erase(psize),
            (false, true) => self.start_mass_erase(psize),
            _ => {}
        }
    }

    fn start_sector_erase(&mut self, psize: u32) {
        let number = ((self.cr >> cr::SNB_SHIFT) & cr::SNB_MASK) as usize;
        let Some(sector) = SECTORS.get(number) else {
            return self.fail(sr::PGSERR);
        };
        if self.is_closed() || self.cells.options.is_write_protected(number) {
            return self.fail(sr::WRPERR);
        }
        let time = timing::sector_erase(sector.size, psize);
        self.run(Work::Sector(number), time);
    }

    /// A mass erase is refused when any sector is write-protected (§3.7.5).
    fn start_mass_erase(&mut self, psize: u32) {
        let protected = (0..SECTORS.len()).any(|n| self.cells.options.is_write_protected(n));
        if self.is_closed() || protected {
            return self.fail(sr::WRPERR);
        }
        self.run(Work::Mass, timing::mass_erase(psize));
    }

    /// A write into the main array (§3.6.4 "Programming").
    pub(crate) fn program(&mut self, offset: u32, width: Width, value: u32) {
        if offset >= FLASH_SIZE || !self.ready_to_program(offset, width) {
            return;
        }
        if self.is_closed() || self.cells.options.is_write_protected(sector_of(offset)) {
            return self.fail(sr::WRPERR);
        }
        let work = Work::Program {
            offset,
            width,
            value,
        };
        self.run(work, timing::PROGRAM);
    }

    /// A write into the system memory from the OTP bytes on; only those can be written.
    pub(crate) fn program_system(&mut self, offset: u32, width: Width, value: u32) {
        if OTP_BASE + offset >= SYSTEM_END || !self.ready_to_program(offset, width) {
            return;
        }
        let first = offset as usize;
        let bytes = width.bytes() as usize;
        if first + bytes > Otp::IMAGE || (first..first + bytes).any(|at| self.cells.otp.refuses(at))
        {
            return self.fail(sr::WRPERR);
        }
        let work = Work::Otp {
            offset: first,
            width,
            value,
        };
        self.run(work, timing::PROGRAM);
    }

    /// Checks that come before protection. Flags as described in §3.9.5.
    fn ready_to_program(&mut self, offset: u32, width: Width) -> bool {
        let armed = self.gate == Gate::Open && self.cr & cr::PG != 0;
        if !armed || self.cr & (cr::SER | cr::MER) != 0 {
            self.fail(sr::PGSERR);
            return false;
        }
        let bytes = width.bytes();
        if bytes != 1 << ((self.cr >> cr::PSIZE_SHIFT) & cr::PSIZE_MASK) {
            self.fail(sr::PGPERR);
            return false;
        }
        // The data must lie in one 128-bit row.
        if offset % 16 + bytes > 16 {
            self.fail(sr::PGAERR);
            return false;
        }
        true
    }

    /// FLASH_OPTCR (§3.7.3 "Programming user option bytes").
    fn write_option_control(&mut self, value: u32) {
        // At level 2 option bytes can no longer be changed (§3.7.4).
        if self.option_gate != Gate::Open
            || self.busy.is_busy()
            || self.cells.options.level() == ReadProtection::Level2
        {
            return;
        }
        self.optcr = value & optcr::FIELDS;
        if value & optcr::OPTSTRT != 0 {
            self.start_option_bytes();
        }
        if value & optcr::OPTLOCK != 0 {
            self.option_gate = self.option_gate.close();
        }
    }

    /// From level 1 to 0 the main flash is erased first, and the other option bytes
    /// keep the values they had (§3.7.4).
    fn start_option_bytes(&mut self) {
        let asked = OptionBytes::from_register(self.optcr);
        let regression = self.cells.options.level() == ReadProtection::Level1
            && asked.level() == ReadProtection::Level0;
        let wanted = if regression {
            self.run(Work::Mass, timing::mass_erase(2));
            OptionBytes {
                rdp: asked.rdp,
                ..self.cells.options
            }
        } else {
            asked
        };
        if !self.supply_failed {
            self.run(Work::Options(wanted), timing::OPTION_BYTES);
            self.optcr = self.cells.options.register();
        }
    }

    /// Every unsuccessful operation also raises OPERR, if errors may interrupt (§3.9.5).
    fn fail(&mut self, flag: u32) {
        self.sr |= flag;
        if self.cr & cr::ERRIE != 0 {
            self.sr |= sr::OPERR;
        }
    }
}
