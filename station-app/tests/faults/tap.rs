//! Counts every operation of a journey, and strikes at one of them.

use std::sync::{Arc, Mutex};

use cradle_bench::virtual_bench::{
    AnyBoard, Counting, FaultPlan, FlashFault, LinkFault, Moment as Inside,
};
use cradle_procedure::fault::{Code, Fault};

use crate::strike::{Kind, Moment, Op, Place, Strike};

/// Stands between a journey and its world. Clones count together.
#[derive(Clone)]
pub struct Tap(Arc<Inner>);

struct Inner {
    strike: Option<Strike>,
    board: AnyBoard,
    /// What a station does whose process is killed: it never comes back.
    die: Box<dyn Fn() + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ops: Vec<Op>,
    unplugged: bool,
}

impl Tap {
    pub fn new(strike: Option<Strike>, board: AnyBoard, die: Box<dyn Fn() + Send + Sync>) -> Self {
        Self(Arc::new(Inner {
            strike,
            board,
            die,
            state: Mutex::default(),
        }))
    }

    /// Every operation so far.
    pub fn ops(&self) -> Vec<Op> {
        self.0.state.lock().unwrap().ops.clone()
    }

    /// One operation: it counts, and it is struck if its turn has come.
    pub fn op<T>(
        &self,
        what: &'static str,
        place: Place,
        work: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let number = self.count(what, place);
        let due = self.0.strike.filter(|strike| strike.at == number);
        let result = match due.map(|strike| (strike.kind, strike.moment)) {
            None => self.undisturbed(place, work),
            Some((kind, Moment::Before)) => {
                match kind {
                    Kind::PowerCut => self.0.board.power_off(),
                    Kind::LinkDrop => self.unplug(),
                    Kind::Kill => (self.0.die)(),
                }
                match (kind, place) {
                    (Kind::LinkDrop, Place::Network) => Err(unreachable()),
                    _ => self.undisturbed(place, work),
                }
            }
            Some((kind, Moment::AnswerLost)) => {
                let done = work();
                assert_eq!(kind, Kind::LinkDrop);
                self.unplug();
                done.and_then(|_| Err(lost(place)))
            }
            Some((kind, inside)) => self.struck_inside(kind, inside, work),
        };
        self.measure(number);
        result
    }

    fn undisturbed<T>(
        &self,
        place: Place,
        work: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let unplugged = self.0.state.lock().unwrap().unplugged;
        // A serial line cannot tell that nobody is there; the driver would wait for a minute.
        if place == Place::Serial && (unplugged || !self.0.board.is_powered()) {
            return Err(Fault::new(Code::DeviceSilent, "nobody answers"));
        }
        work()
    }

    fn struck_inside<T>(
        &self,
        kind: Kind,
        inside: Moment,
        work: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let plan = FaultPlan::new().with_seed(7);
        self.0.board.arm(match (kind, inside) {
            (_, Moment::AtFlash(nth)) => {
                plan.at_flash(Counting::Any, nth, FlashFault::PowerCut(Inside::Mid))
            }
            (Kind::PowerCut, Moment::AtTransfer(nth)) => plan.at_transfer(nth, LinkFault::PowerCut),
            (_, Moment::AtTransfer(nth)) => plan.at_transfer(nth, LinkFault::Drop),
            (_, outside) => panic!("{outside:?} is not inside"),
        });
        let result = work();
        match kind {
            Kind::PowerCut => {}
            Kind::LinkDrop => self.unplug(),
            Kind::Kill => (self.0.die)(),
        }
        result
    }

    /// Debug cable and serial line come off.
    fn unplug(&self) {
        self.0.state.lock().unwrap().unplugged = true;
        let plan = FaultPlan::new().at_transfer(1, LinkFault::Drop);
        self.0.board.arm(plan);
    }

    fn count(&self, what: &'static str, place: Place) -> usize {
        let mut state = self.0.state.lock().unwrap();
        state.ops.push(Op {
            what,
            place,
            flash: self.0.board.flash_operations(),
            transfers: self.0.board.transfers(),
        });
        state.ops.len() - 1
    }

    /// Turns what the counters showed at the begin of an operation into what it took.
    fn measure(&self, number: usize) {
        let (flash, transfers) = (self.0.board.flash_operations(), self.0.board.transfers());
        let op = &mut self.0.state.lock().unwrap().ops[number];
        let on_chip = matches!(op.place, Place::Debug | Place::Serial);
        let took = |begin: u64, end: u64| if on_chip { end - begin } else { 0 };
        op.flash = took(op.flash, flash);
        op.transfers = took(op.transfers, transfers);
    }
}

fn unreachable() -> Fault {
    Fault::new(Code::RegistryUnreachable, "the network is away")
}

fn lost(place: Place) -> Fault {
    match place {
        Place::Network => unreachable(),
        _ => Fault::new(Code::LinkLost, "the cable came off"),
    }
}
