//! What is done to a unit, to its link or to the station, and at which numbered operation.

use std::fmt;
use std::str::FromStr;

use crate::noise::Noise;

/// Which journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journey {
    Provision,
    Decommission,
}

/// Where an operation takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The chip, through debug probe or loader.
    Debug,
    /// The chip's firmware, over its serial line.
    Serial,
    /// The record.
    Record,
    /// A key on the token.
    Token,
    /// A registry.
    Network,
}

/// One operation of a journey that nothing struck.
#[derive(Debug, Clone, Copy)]
pub struct Op {
    pub what: &'static str,
    pub place: Place,
    /// Operations on non-volatile memory that the chip did in it.
    pub flash: u64,
    /// Transfers over the debug port in it, or frames over the serial line.
    pub transfers: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The board loses its supply.
    PowerCut,
    /// The board's cables come off, or the registry's answer is lost.
    LinkDrop,
    /// The station's process is killed.
    Kill,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::PowerCut, Self::LinkDrop, Self::Kill];
}

/// When, around the operation. After one that gave its answer is before the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Before,
    /// At the nth operation on non-volatile memory in it, half done.
    AtFlash(u64),
    /// At the nth transfer in it.
    AtTransfer(u64),
    /// It takes effect, and the answer is lost.
    AnswerLost,
}

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strike {
    pub journey: Journey,
    /// Number of the operation, from 0.
    pub at: usize,
    pub kind: Kind,
    pub moment: Moment,
}

impl Strike {
    /// Whether the driver learns of it without waiting for the answer of a program: the station
    /// dies, or the loader is asked. Nor may it leave an erased chip that is asked who it is.
    pub fn is_noticed_at_once(&self, ops: &[Op]) -> bool {
        let by_loader = ["erase", "program", "read", "fuses", "burn"].contains(&ops[self.at].what);
        let erased = ops[..=self.at].iter().any(|op| op.what == "mass-erase");
        let dies_at_once = self.kind == Kind::Kill && self.moment == Moment::Before;
        (dies_at_once || by_loader) && !erased
    }
}

/// Every strike at every operation of a journey. The places inside an operation are drawn.
pub fn all(journey: Journey, ops: &[Op], noise: &mut Noise) -> Vec<Strike> {
    let mut strikes = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        for kind in Kind::ALL {
            for moment in moments(op, kind, noise) {
                strikes.push(Strike {
                    journey,
                    at,
                    kind,
                    moment,
                });
            }
        }
    }
    strikes
}

fn moments(op: &Op, kind: Kind, noise: &mut Noise) -> Vec<Moment> {
    let mut moments = vec![Moment::Before];
    if kind == Kind::PowerCut && op.flash > 0 {
        moments.push(Moment::AtFlash(1 + noise.below(op.flash)));
    } else if op.transfers > 0 {
        moments.push(Moment::AtTransfer(1 + noise.below(op.transfers)));
    }
    let far = matches!(op.place, Place::Debug | Place::Serial | Place::Network);
    if kind == Kind::LinkDrop && far {
        moments.push(Moment::AnswerLost);
    }
    moments
}

/// As it is told to a child process: `decommission 17 kill transfer 3`.
impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let journey = match self.journey {
            Journey::Provision => "provision",
            Journey::Decommission => "decommission",
        };
        let kind = match self.kind {
            Kind::PowerCut => "power-cut",
            Kind::LinkDrop => "link-drop",
            Kind::Kill => "kill",
        };
        write!(f, "{journey} {} {kind} ", self.at)?;
        match self.moment {
            Moment::Before => f.write_str("before 0"),
            Moment::AtFlash(nth) => write!(f, "flash {nth}"),
            Moment::AtTransfer(nth) => write!(f, "transfer {nth}"),
            Moment::AnswerLost => f.write_str("answer-lost 0"),
        }
    }
}

impl FromStr for Strike {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<_> = text.split(' ').collect();
        let &[journey, at, kind, moment, nth] = words.as_slice() else {
            return Err(format!("not a strike: {text}"));
        };
        let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
        Ok(Self {
            journey: match journey {
                "provision" => Journey::Provision,
                _ => Journey::Decommission,
            },
            at: number(at)? as usize,
            kind: match kind {
                "power-cut" => Kind::PowerCut,
                "link-drop" => Kind::LinkDrop,
                _ => Kind::Kill,
            },
            moment: match moment {
                "flash" => Moment::AtFlash(number(nth)?),
                "transfer" => Moment::AtTransfer(number(nth)?),
                "answer-lost" => Moment::AnswerLost,
                _ => Moment::Before,
            },
        })
    }
}
