//! Writing in two stages, with work of the asker's own between them, all in one transaction.
//!
//! To issue is to check, to sign and to store; nothing of it may be without the rest. Signing takes
//! long and many can do it at the same time. So the writer opens a transaction, decides for one
//! asker after the other whether it may go on, stores what each comes back with, and commits for
//! all of them at once. While one signs, the others are decided and stored.
//!
//! Whoever is told to go on will be stored: what could speak against it is neither another asker
//! of the same transaction ([`Staged::claims`], [`Share`]) nor another writer, for the transaction
//! holds the database's lock from its begin.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use cradle_procedure::fault::Fault;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::inbox::Inbox;
use super::rows;
use super::sql::sql_fault;
use super::writer::{
    Done, Inside, Work, Writer, caught, gone, run_behind_savepoint, settle, undone,
};

/// Askers whose work one commit makes durable, at most. Everybody else waits that long.
const GROUP: usize = 16;

/// The transactions of all writers so far.
static GROUPS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static GROUP_HERE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The transaction that this thread takes askers through now. What no asker writes is the same for
/// all of them: who reads it for one may keep it for the others.
pub(crate) fn group() -> Option<u64> {
    GROUP_HERE.get()
}

/// This thread takes askers through one transaction for as long as this lives.
struct Grouped;

impl Grouped {
    fn begin() -> Self {
        GROUP_HERE.set(Some(GROUPS.fetch_add(1, Ordering::Relaxed)));
        Self
    }
}

impl Drop for Grouped {
    fn drop(&mut self) {
        GROUP_HERE.set(None);
    }
}

/// A write in two stages.
pub(crate) trait Staged: Send + 'static {
    /// What the asker makes between the stages.
    type Made: Send + 'static;
    /// What comes of it.
    type Answer: Send + 'static;

    /// What nobody else may be about who is told to go on in the same transaction.
    fn claims(&self) -> Vec<String>;

    /// Whether to go on. Writes nothing, and may be asked again.
    fn decide(&mut self, tx: &Transaction<'_>) -> Result<Decision<Self::Answer>, Fault>;

    /// Stores what was made.
    fn store(self, tx: &Transaction<'_>, made: Self::Made) -> Result<Self::Answer, Fault>;
}

/// How a write goes on.
pub(crate) enum Decision<A> {
    /// Not at all: this is the answer.
    Answer(A),
    /// The asker is to make what will be stored.
    Make(Option<Share>),
}

/// One of something of which so many are left.
pub(crate) struct Share {
    pub(crate) of: String,
    pub(crate) left: u32,
}

/// A write that waits for its next stage.
pub(super) trait Ticket: Send {
    fn number(&self) -> u64;
    fn claims(&self) -> Vec<String>;
    fn decide(self: Box<Self>, tx: &Transaction<'_>) -> Decided;
    /// Tells the asker to go on.
    fn go(&self);
    /// Waits for what was made and stores it; or learns that there is no transaction.
    fn finish(self: Box<Self>, tx: Result<&Transaction<'_>, Fault>) -> Done;
}

pub(super) enum Decided {
    Over(Done),
    Make(Option<Share>, Box<dyn Ticket>),
}

impl Writer {
    /// Runs both stages on the writer's thread and `make` between them on this one; returns when
    /// what was stored is durable.
    pub(crate) fn run_staged<S: Staged>(
        &self,
        staged: S,
        make: impl FnOnce() -> Result<S::Made, Fault>,
    ) -> Result<S::Answer, Fault> {
        let (tell, told) = sync_channel(1);
        let (give, made) = sync_channel(1);
        let number = self.tickets.fetch_add(1, Ordering::Relaxed);
        let asked = Asked {
            number,
            staged,
            made,
            tell,
        };
        self.send(Work::Staged(Box::new(asked)))?;
        if let Told::Answer(answer) = told.recv().map_err(|_| gone())? {
            return answer;
        }
        {
            let _told = Finished {
                writer: self,
                number,
            };
            let _inside = Inside::enter();
            // Fails only if the writer is gone, and then no answer comes.
            let _ = give.send(make());
        }
        match told.recv().map_err(|_| gone())? {
            Told::Answer(answer) => answer,
            Told::GoOn => Err(gone()),
        }
    }
}

/// Tells the writer that the asker is done, even when it unwinds.
struct Finished<'a> {
    writer: &'a Writer,
    number: u64,
}

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        // Fails only if the writer is gone.
        let _ = self.writer.send_on(Work::Made(self.number));
    }
}

enum Told<A> {
    GoOn,
    Answer(Result<A, Fault>),
}

struct Asked<S: Staged> {
    number: u64,
    staged: S,
    made: Receiver<Result<S::Made, Fault>>,
    tell: SyncSender<Told<S::Answer>>,
}

impl<S: Staged> Ticket for Asked<S> {
    fn number(&self) -> u64 {
        self.number
    }

    fn claims(&self) -> Vec<String> {
        self.staged.claims()
    }

    fn decide(mut self: Box<Self>, tx: &Transaction<'_>) -> Decided {
        match caught(|| self.staged.decide(tx)) {
            Ok(Decision::Make(share)) => Decided::Make(share, self),
            Ok(Decision::Answer(answer)) => Decided::Over(done(self.tell, Ok(answer))),
            Err(fault) => Decided::Over(done(self.tell, Err(fault))),
        }
    }

    fn go(&self) {
        // Fails only if the asker is gone; then nothing will have been made.
        let _ = self.tell.send(Told::GoOn);
    }

    fn finish(self: Box<Self>, tx: Result<&Transaction<'_>, Fault>) -> Done {
        let Self {
            staged, made, tell, ..
        } = *self;
        let answer = tx.and_then(|tx| {
            // The asker unwound if nothing comes.
            let made = made.recv().map_err(|_| gone())??;
            let answer = caught(|| staged.store(tx, made))?;
            rows::require_told().map(|()| answer)
        });
        done(tell, answer)
    }
}

/// The answer, once it is durable.
fn done<A: Send + 'static>(tell: SyncSender<Told<A>>, answer: Result<A, Fault>) -> Done {
    Done {
        keep: answer.is_ok(),
        answer: Box::new(move |committed| {
            // Fails only if the asker is gone.
            let _ = tell.send(Told::Answer(
                answer.and_then(|answer| committed.map(|()| answer)),
            ));
        }),
    }
}

/// Takes the ticket and those that wait behind it through both stages, and commits them all at
/// once.
pub(super) fn commit(connection: &mut Connection, first: Box<dyn Ticket>, inbox: &mut Inbox) {
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => {
            let done = first.finish(Err(sql_fault(error)));
            (done.answer)(Ok(()));
            return;
        }
    };
    let _grouped = Grouped::begin();
    let mut group = Group::default();
    group.decide(&tx, first);
    loop {
        let open = group.takes_more(&tx);
        let waiting = if open { inbox.waiting() } else { None };
        let next = match waiting {
            None if group.making.is_empty() => break,
            None => inbox.arrival(),
            some => some,
        };
        match next {
            Some(Work::Made(number)) => group.finish(&tx, number),
            Some(Work::Staged(ticket)) if open => group.decide(&tx, ticket),
            Some(other) => {
                group.closed = true;
                group.later.push(other);
            }
            None => break,
        }
    }
    inbox.put_back(group.later);
    settle(tx, group.done);
}

/// Those who are in one transaction.
#[derive(Default)]
struct Group {
    making: Vec<Making>,
    done: Vec<Done>,
    /// What comes after this transaction.
    later: Vec<Work>,
    /// Whether nobody else is let in, so that whoever waits gets a turn.
    closed: bool,
}

struct Making {
    ticket: Box<dyn Ticket>,
    claims: Vec<String>,
    share: Option<String>,
}

impl Group {
    /// SQLite itself rolls back what it cannot go on with, such as on a full disk.
    fn takes_more(&self, tx: &Transaction<'_>) -> bool {
        !self.closed && self.making.len() + self.done.len() < GROUP && !tx.is_autocommit()
    }

    fn decide(&mut self, tx: &Transaction<'_>, ticket: Box<dyn Ticket>) {
        let claims = ticket.claims();
        let taken = |making: &Making| making.claims.iter().any(|claim| claims.contains(claim));
        if self.making.iter().any(taken) {
            self.wait(ticket);
            return;
        }
        match ticket.decide(tx) {
            Decided::Over(done) => self.done.push(done),
            Decided::Make(Some(share), ticket) if !self.is_left(&share) => self.wait(ticket),
            Decided::Make(share, ticket) => {
                ticket.go();
                self.making.push(Making {
                    ticket,
                    claims,
                    share: share.map(|share| share.of),
                });
            }
        }
    }

    /// What becomes of this one hangs on others here: it is decided when they are durable.
    fn wait(&mut self, ticket: Box<dyn Ticket>) {
        self.closed = true;
        self.later.push(Work::Staged(ticket));
    }

    /// Whether there is one left beside those that others here will take.
    fn is_left(&self, share: &Share) -> bool {
        let others = (self.making.iter()).filter(|making| making.share.as_ref() == Some(&share.of));
        u32::try_from(others.count()).is_ok_and(|others| others < share.left)
    }

    fn finish(&mut self, tx: &Transaction<'_>, number: u64) {
        let found = (self.making.iter()).position(|making| making.ticket.number() == number);
        if let Some(index) = found {
            let ticket = self.making.swap_remove(index).ticket;
            self.done.push(match tx.is_autocommit() {
                true => ticket.finish(Err(undone())),
                false => run_behind_savepoint(tx, Box::new(|tx| ticket.finish(tx))),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use cradle_procedure::fault::{Code, OrFault as _};

    use super::*;

    /// Stores a number.
    struct Number;

    impl Staged for Number {
        type Made = i64;
        type Answer = i64;

        fn claims(&self) -> Vec<String> {
            Vec::new()
        }

        fn decide(&mut self, _: &Transaction<'_>) -> Result<Decision<i64>, Fault> {
            Ok(Decision::Make(None))
        }

        fn store(self, tx: &Transaction<'_>, made: i64) -> Result<i64, Fault> {
            tx.execute("INSERT INTO t VALUES (?1)", [made])
                .or_fault(Code::StoreFailed)?;
            Ok(made)
        }
    }

    fn started() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        Writer::start(connection).unwrap()
    }

    fn stored(writer: &Writer) -> i64 {
        writer
            .run(|tx| {
                tx.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
                    .or_fault(Code::StoreFailed)
            })
            .unwrap()
    }

    #[test]
    fn asker_that_unwinds_stores_nothing_and_the_writer_goes_on() {
        let writer = started();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            writer.run_staged(Number, || panic!("on purpose"))
        }));
        assert!(unwound.is_err());
        assert_eq!(writer.run_staged(Number, || Ok(7)).unwrap(), 7);
        assert_eq!(stored(&writer), 1);
    }

    #[test]
    fn asker_that_makes_nothing_gets_its_own_fault() {
        let writer = started();
        let fault = writer
            .run_staged(Number, || Err(Fault::new(Code::TokenFailed, "on purpose")))
            .unwrap_err();
        assert_eq!(fault.code, Code::TokenFailed);
        assert_eq!(stored(&writer), 0);
    }

    #[test]
    fn writing_between_the_stages_is_an_error_and_not_a_deadlock() {
        let writer = started();
        let fault = writer
            .run_staged(Number, || writer.run(|_| Ok(1)))
            .unwrap_err();
        assert_eq!(fault.code, Code::Internal);
        assert_eq!(stored(&writer), 0);
    }
}
