//! The one thread that owns the connection through which everything is written.
//!
//! Work comes in two forms. A *job* runs on the writer's thread; jobs that wait are committed
//! together, each behind a savepoint of its own, and each is answered only when that commit is
//! durable. A *loan* hands the connection to the thread that asked and waits until it comes back:
//! signing a ticket or a checkpoint needs it, because the closure that signs borrows a token session
//! of its caller and cannot be sent. Where many sign at the same time, as when they issue, they
//! write in two [stages](super::staged). In each form there is one connection and one queue, so no
//! two of our own writers ever wait on a file lock.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::inbox::Inbox;
use super::sql::sql_fault;
use super::staged::Ticket;
use super::{rows, staged};

/// Jobs that may wait before a sender has to; also the most that one commit makes durable.
const QUEUE: usize = 64;

thread_local! {
    /// Whether this thread has the connection. To ask for it again would be to wait for oneself.
    static HAS_CONNECTION: Cell<bool> = const { Cell::new(false) };
}

/// Runs in the transaction, or learns that there is none.
pub(super) type Job = Box<dyn FnOnce(Result<&Transaction<'_>, Fault>) -> Done + Send>;

/// A job that ran and waits for the commit.
pub(super) struct Done {
    /// Whether it succeeded, so that what it wrote stays.
    pub(super) keep: bool,
    pub(super) answer: Box<dyn FnOnce(Result<(), Fault>) + Send>,
}

pub(super) enum Work {
    Job(Job),
    Loan {
        out: SyncSender<Connection>,
        back: Receiver<Connection>,
    },
    Staged(Box<dyn Ticket>),
    /// What the ticket of that number waited for is made, or will never be.
    Made(u64),
}

pub(crate) struct Writer {
    work: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<()>>,
    /// Number of the next ticket.
    pub(super) tickets: AtomicU64,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<Self, Fault> {
        let (work, queue) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("records-writer".into())
            .spawn(move || serve(connection, Inbox::new(queue)))
            .or_fault(Code::StoreFailed)?;
        Ok(Self {
            work: Some(work),
            thread: Some(thread),
            tickets: AtomicU64::default(),
        })
    }

    /// Runs the closure on the writer's thread; returns when what it wrote is durable.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.submit(job)?.recv().map_err(|_| gone())?
    }

    /// Queues the closure; the answer comes when what it wrote is durable.
    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<Receiver<Result<T, Fault>>, Fault> {
        let (answer, answered) = sync_channel(1);
        self.send(Work::Job(Box::new(move |tx| {
            let result = tx.and_then(|tx| caught(|| job(tx)));
            let result = result.and_then(|value| rows::require_told().map(|()| value));
            Done {
                keep: result.is_ok(),
                answer: Box::new(move |committed| {
                    // Fails only if the asker is gone.
                    let _ = answer.send(result.and_then(|value| committed.map(|()| value)));
                }),
            }
        })))?;
        Ok(answered)
    }

    /// Runs the closure on this thread, with the connection on loan.
    pub(crate) fn borrow<T>(
        &self,
        act: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let (out, lent) = sync_channel(1);
        let (give_back, back) = sync_channel(1);
        self.send(Work::Loan { out, back })?;
        let mut loan = Loan {
            connection: Some(lent.recv().map_err(|_| gone())?),
            give_back,
        };
        let _inside = Inside::enter();
        act(loan.connection.as_mut().ok_or_else(gone)?)
    }

    pub(super) fn send(&self, work: Work) -> Result<(), Fault> {
        if HAS_CONNECTION.get() {
            let detail = "a record was to be written from inside the writing of another";
            return Err(Fault::new(Code::Internal, detail));
        }
        self.send_on(work)
    }

    /// Sends also from inside a writing.
    pub(super) fn send_on(&self, work: Work) -> Result<(), Fault> {
        let sender = self.work.as_ref().ok_or_else(gone)?;
        sender.send(work).map_err(|_| gone())
    }
}

/// Marks this thread as one that the writer waits for, until it is dropped.
pub(super) struct Inside;

impl Inside {
    pub(super) fn enter() -> Self {
        HAS_CONNECTION.set(true);
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        HAS_CONNECTION.set(false);
    }
}

/// Runs it; that it unwound is its fault. What it wrote before is rolled back, so the connection
/// stays sound.
pub(super) fn caught<T>(job: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(job))
        .unwrap_or_else(|_| Err(Fault::new(Code::Internal, "a record job panicked")))
}

impl Drop for Writer {
    /// Closes the queue and waits until the connection is closed.
    fn drop(&mut self) {
        self.work = None;
        if let Some(thread) = self.thread.take() {
            // Jobs catch their panics, so there is nothing to learn from the result.
            let _ = thread.join();
        }
    }
}

/// Gives the connection back even when the borrower unwinds.
struct Loan {
    connection: Option<Connection>,
    give_back: SyncSender<Connection>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Fails only if the writer is gone, and then everybody is told so.
            let _ = self.give_back.send(connection);
        }
    }
}

fn serve(mut connection: Connection, mut inbox: Inbox) {
    HAS_CONNECTION.set(true);
    while let Some(work) = inbox.wait() {
        match work {
            Work::Job(job) => commit_together(&mut connection, job, &mut inbox),
            Work::Staged(ticket) => staged::commit(&mut connection, ticket, &mut inbox),
            // Its transaction could not be begun: the asker knows already.
            Work::Made(_) => {}
            Work::Loan { out, back } => {
                connection = match out.send(connection) {
                    Ok(()) => match back.recv() {
                        Ok(returned) => returned,
                        Err(_) => return,
                    },
                    Err(unwanted) => unwanted.0,
                };
            }
        }
    }
}

/// Runs the job and those that wait behind it, and commits them all at once.
fn commit_together(connection: &mut Connection, first: Job, inbox: &mut Inbox) {
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => {
            let done = first(Err(sql_fault(error)));
            (done.answer)(Ok(()));
            return;
        }
    };
    let mut all = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        all.push(run_behind_savepoint(&tx, job));
        // SQLite itself rolls back what it cannot go on with, such as on a full disk.
        let over = tx.is_autocommit() || all.len() == QUEUE;
        next = if over { None } else { inbox.job() };
    }
    settle(tx, all);
}

/// Commits, and tells everybody how that went.
pub(super) fn settle(tx: Transaction<'_>, all: Vec<Done>) {
    let committed = match tx.is_autocommit() {
        true => Err(undone()),
        false => tx.commit().map_err(sql_fault),
    };
    for done in all {
        (done.answer)(committed.clone());
    }
}

pub(super) fn run_behind_savepoint(tx: &Transaction<'_>, job: Job) -> Done {
    rows::forget();
    let savepoint = execute(tx, "SAVEPOINT job");
    let done = job(savepoint.map(|()| tx));
    if done.keep {
        return settled(done, execute(tx, "RELEASE job"));
    }
    // Nothing is left to undo if SQLite has undone the whole transaction.
    if tx.is_autocommit() {
        return done;
    }
    let undone = execute(tx, "ROLLBACK TO job").and_then(|()| execute(tx, "RELEASE job"));
    settled(done, undone)
}

/// The job's own answer, unless its savepoint failed.
fn settled(done: Done, savepoint: Result<(), Fault>) -> Done {
    Done {
        keep: done.keep,
        answer: Box::new(move |committed| (done.answer)(savepoint.and(committed))),
    }
}

fn execute(tx: &Transaction<'_>, sql: &str) -> Result<(), Fault> {
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.execute([]))
        .map(|_| ())
        .map_err(sql_fault)
}

pub(super) fn undone() -> Fault {
    Fault::new(Code::StoreFailed, "the transaction was undone")
}

pub(super) fn gone() -> Fault {
    Fault::new(Code::StoreFailed, "the record writer has stopped")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};

    use super::*;

    fn count(writer: &Writer) -> i64 {
        writer
            .run(|c| {
                c.query_row("SELECT count(*) FROM t", [], |r| r.get(0))
                    .or_fault(Code::StoreFailed)
            })
            .unwrap()
    }

    fn started() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        Writer::start(connection).unwrap()
    }

    #[test]
    fn a_panicking_job_rolls_back_and_the_writer_goes_on() {
        let writer = started();
        let fault = writer
            .run::<()>(|tx| {
                tx.execute("INSERT INTO t VALUES (1)", []).unwrap();
                panic!("on purpose");
            })
            .unwrap_err();
        assert_eq!(fault.code, Code::Internal);
        assert_eq!(count(&writer), 0);
    }

    /// Jobs that pile up behind a loan are committed together; one that fails takes nothing of
    /// the others with it.
    #[test]
    fn jobs_that_wait_share_a_commit_and_fail_alone() {
        let writer = started();
        let commits = Arc::new(AtomicUsize::new(0));
        writer
            .borrow(|connection| {
                let commits = Arc::clone(&commits);
                connection
                    .commit_hook(Some(move || {
                        commits.fetch_add(1, Ordering::SeqCst);
                        false
                    }))
                    .or_fault(Code::StoreFailed)
            })
            .unwrap();
        let (lent, release) = (Barrier::new(2), Barrier::new(2));
        let answers = thread::scope(|scope| {
            scope.spawn(|| {
                writer.borrow(|_| {
                    lent.wait();
                    release.wait();
                    Ok(())
                })
            });
            lent.wait();
            let answers = [0, 1, 2, 3].map(|n| writer.submit(move |tx| insert(tx, n)).unwrap());
            release.wait();
            answers.map(|answer| answer.recv().unwrap())
        });
        assert_eq!(
            answers.map(|answer| answer.is_ok()),
            [true, true, false, true]
        );
        assert_eq!(commits.load(Ordering::SeqCst), 1);
        assert_eq!(count(&writer), 3);
    }

    /// Writes the number, and fails if it is 2.
    fn insert(tx: &Transaction<'_>, n: u8) -> Result<(), Fault> {
        tx.execute("INSERT INTO t VALUES (?1)", [n])
            .or_fault(Code::StoreFailed)?;
        match n {
            2 => Err(Fault::new(Code::InputInvalid, "on purpose")),
            _ => Ok(()),
        }
    }

    #[test]
    fn writing_inside_writing_is_an_error_and_not_a_deadlock() {
        let writer = started();
        let fault = writer.borrow(|_| writer.run(|_| Ok(()))).unwrap_err();
        assert_eq!(fault.code, Code::Internal);
        assert_eq!(count(&writer), 0);
    }

    #[test]
    fn a_panicking_borrower_gives_the_connection_back() {
        let writer = started();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            writer.borrow::<()>(|c| {
                let tx = c.transaction().unwrap();
                tx.execute("INSERT INTO t VALUES (1)", []).unwrap();
                panic!("on purpose");
            })
        }));
        assert!(unwound.is_err());
        assert_eq!(count(&writer), 0);
    }
}
