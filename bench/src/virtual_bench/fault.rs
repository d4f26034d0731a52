//! Fault plan: what goes wrong, and at which numbered operation.
//!
//! Operations count from 1, each [`FlashOp`] kind on its own, DAP transfers and commands to
//! the secure element on theirs, from the moment the plan is armed. The same plan on the same work strikes
//! at the same place.
//!
//! On a board with a serial cable alone, a transfer is a frame from the host: one to the loader in
//! the ROM, or what a program gets up to a zero byte.

use std::time::Duration;

use super::noise::Noise;

/// Kinds of operation on non-volatile memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlashOp {
    /// One write into the main array; of a serial flash, one page program.
    Program,
    /// Erase of one sector, or of a block of them.
    SectorErase,
    /// Erase of the whole main array, by `MER`, by the way from RDP 1 to 0, or at a serial
    /// flash's command.
    MassErase,
    /// One write into the OTP blocks or lock bytes; one burn of an eFuse block.
    OtpProgram,
    /// Start of option byte programming.
    OptionBytes,
}

impl FlashOp {
    /// All kinds, in the order in which counters list them.
    pub const ALL: [Self; 5] = [
        Self::Program,
        Self::SectorErase,
        Self::MassErase,
        Self::OtpProgram,
        Self::OptionBytes,
    ];

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// Where inside an operation the supply fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of the operation has happened.
    Before,
    /// A seeded part of the bits has changed.
    Mid,
    /// All of it has happened, but nobody has seen the result.
    After,
}

/// What can go wrong with an operation on non-volatile memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashFault {
    /// The board loses its supply and stays off until it is switched on again.
    PowerCut(Moment),
    /// One bit of what was just written or erased reads wrong.
    BitFlip,
    /// The operation takes this much longer.
    Stall(Duration),
    /// `BSY` never goes away; only a power cycle helps.
    StuckBusy,
}

/// What can go wrong with a DAP transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFault {
    /// The cable is off until the slot's link is restored.
    Drop,
    /// One bit of the transferred word is inverted.
    BitFlip,
    /// The transfer takes this much longer.
    Stall(Duration),
    /// The bus answers with an error, so the DAP says FAULT; the loader in the ROM, that the
    /// operation failed.
    BusFault,
    /// The board loses its supply before the transfer.
    PowerCut,
    /// Before the transfer somebody pulls the board and plugs in a virgin one, with this
    /// unique ID (of an ESP32-C3: MAC address, then six bytes of its unique ID).
    Swap([u8; 12]),
}

/// What can go wrong with the secure element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementFault {
    /// It hears neither this command nor anything else until the next power-on.
    Silent,
    /// One bit of the command arrives inverted.
    BitFlip,
    /// A misplaced condition on the bus during the transfer.
    BusError,
}

/// Which operations on non-volatile memory a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Only this kind.
    Only(FlashOp),
    /// All kinds in one sequence; this is what an exhaustive power-cut test walks.
    Any,
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    Flash(Counting, u64, FlashFault),
    Link(u64, LinkFault),
}

/// An ordered list of faults, each of which strikes once.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    rules: Vec<Rule>,
    element: Vec<(u64, ElementFault)>,
    seed: u64,
}

impl FaultPlan {
    /// A plan without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Fixes the choice of bits in partial and flipped results.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a fault at the `nth` (from 1) counted operation on non-volatile memory.
    #[must_use]
    pub fn at_flash(mut self, counting: Counting, nth: u64, fault: FlashFault) -> Self {
        self.rules.push(Rule::Flash(counting, nth, fault));
        self
    }

    /// Adds a fault at the `nth` (from 1) DAP transfer.
    #[must_use]
    pub fn at_transfer(mut self, nth: u64, fault: LinkFault) -> Self {
        self.rules.push(Rule::Link(nth, fault));
        self
    }

    /// Adds a fault at the `nth` (from 1) command to the secure element.
    #[must_use]
    pub fn at_element(mut self, nth: u64, fault: ElementFault) -> Self {
        self.element.push((nth, fault));
        self
    }

    /// The part of the plan that the secure element carries out.
    pub(crate) fn for_element(&self) -> Vec<(u64, ElementFault)> {
        self.element.clone()
    }

    /// One fault chosen by `seed`, somewhere in the first `flash_ops` operations on
    /// non-volatile memory or the first `transfers` DAP transfers.
    #[must_use]
    pub fn seeded(seed: u64, flash_ops: u64, transfers: u64) -> Self {
        let mut noise = Noise::new(seed);
        let plan = Self::new().with_seed(seed);
        if noise.below(2) == 0 && flash_ops > 0 {
            let nth = 1 + noise.below(flash_ops);
            let fault = match noise.below(6) {
                0 => FlashFault::PowerCut(Moment::Before),
                1 => FlashFault::PowerCut(Moment::Mid),
                2 => FlashFault::PowerCut(Moment::After),
                3 => FlashFault::BitFlip,
                4 => FlashFault::StuckBusy,
                _ => FlashFault::Stall(Duration::from_millis(5)),
            };
            plan.at_flash(Counting::Any, nth, fault)
        } else {
            let nth = 1 + noise.below(transfers);
            let fault = match noise.below(5) {
                0 => LinkFault::Drop,
                1 => LinkFault::BitFlip,
                2 => LinkFault::BusFault,
                3 => LinkFault::PowerCut,
                _ => LinkFault::Stall(Duration::from_millis(5)),
            };
            plan.at_transfer(nth, fault)
        }
    }
}

/// The plan of one board together with how far it has come.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    pub(crate) noise: Noise,
    flash_ops: [u64; FlashOp::ALL.len()],
    transfers: u64,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self {
            rules: plan.rules,
            noise: Noise::new(plan.seed),
            flash_ops: [0; FlashOp::ALL.len()],
            transfers: 0,
        }
    }

    /// Counts one operation on non-volatile memory and returns the fault due with it.
    pub(crate) fn on_flash(&mut self, op: FlashOp) -> Option<FlashFault> {
        self.flash_ops[op.index()] += 1;
        let this_kind = self.flash_ops[op.index()];
        let all_kinds = self.flash_ops.iter().sum::<u64>();
        self.take(|rule| match *rule {
            Rule::Flash(Counting::Only(kind), nth, fault) if kind == op && nth == this_kind => {
                Some(fault)
            }
            Rule::Flash(Counting::Any, nth, fault) if nth == all_kinds => Some(fault),
            _ => None,
        })
    }

    /// Counts one DAP transfer and returns the fault due with it.
    pub(crate) fn on_transfer(&mut self) -> Option<LinkFault> {
        self.transfers += 1;
        if self.rules.is_empty() {
            return None;
        }
        let count = self.transfers;
        self.take(|rule| match *rule {
            Rule::Link(nth, fault) if nth == count => Some(fault),
            _ => None,
        })
    }

    fn take<T>(&mut self, strikes: impl Fn(&Rule) -> Option<T>) -> Option<T> {
        let (index, fault) = self
            .rules
            .iter()
            .enumerate()
            .find_map(|(i, rule)| strikes(rule).map(|fault| (i, fault)))?;
        self.rules.remove(index);
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_strikes_once_at_its_operation() {
        let plan = FaultPlan::new().at_flash(
            Counting::Only(FlashOp::Program),
            2,
            FlashFault::PowerCut(Moment::Before),
        );
        let mut faults = Faults::new(plan);
        assert_eq!(faults.on_flash(FlashOp::Program), None);
        assert_eq!(faults.on_flash(FlashOp::SectorErase), None);
        assert_eq!(
            faults.on_flash(FlashOp::Program),
            Some(FlashFault::PowerCut(Moment::Before))
        );
        assert_eq!(faults.on_flash(FlashOp::Program), None);
    }

    #[test]
    fn counting_any_walks_all_kinds_in_one_sequence() {
        let plan = FaultPlan::new().at_flash(Counting::Any, 3, FlashFault::BitFlip);
        let mut faults = Faults::new(plan);
        assert_eq!(faults.on_flash(FlashOp::SectorErase), None);
        assert_eq!(faults.on_flash(FlashOp::Program), None);
        assert_eq!(
            faults.on_flash(FlashOp::OtpProgram),
            Some(FlashFault::BitFlip)
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_plan() {
        let (a, b) = (
            FaultPlan::seeded(7, 100, 1000),
            FaultPlan::seeded(7, 100, 1000),
        );
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
    }
}
