//! The one thread that owns the connection through which everything is written.
//!
//! Work comes in two forms. A *job* runs on the writer's thread. A *loan* hands the connection to
//! the thread that asked and waits until it comes back: issuing a certificate needs it, because
//! the closure that signs borrows a token session of its caller and cannot be sent. Either way
//! there is one connection and one queue, so no two of our own writers ever wait on a file lock.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use rusqlite::Connection;

/// Jobs that may wait before a sender has to.
const QUEUE: usize = 64;

thread_local! {
    /// Whether this thread has the connection. To ask for it again would be to wait for oneself.
    static HAS_CONNECTION: Cell<bool> = const { Cell::new(false) };
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

enum Work {
    Job(Job),
    Loan {
        out: SyncSender<Connection>,
        back: Receiver<Connection>,
    },
}

pub(crate) struct Writer {
    work: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<Self, Fault> {
        let (work, queue) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("records-writer".into())
            .spawn(move || serve(connection, &queue))
            .or_fault(Code::StoreFailed)?;
        Ok(Self {
            work: Some(work),
            thread: Some(thread),
        })
    }

    /// Runs the closure on the writer's thread.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (answer, answered) = sync_channel(1);
        self.send(Work::Job(Box::new(move |connection| {
            // A transaction that unwinds rolls back, so the connection is sound afterwards.
            let result = catch_unwind(AssertUnwindSafe(|| job(connection)))
                .unwrap_or_else(|_| Err(Fault::new(Code::Internal, "a record job panicked")));
            // Fails only if the asker is gone.
            let _ = answer.send(result);
        })))?;
        answered.recv().map_err(|_| gone())?
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
        HAS_CONNECTION.set(true);
        act(loan.connection.as_mut().ok_or_else(gone)?)
    }

    fn send(&self, work: Work) -> Result<(), Fault> {
        if HAS_CONNECTION.get() {
            let detail = "a record was to be written from inside the writing of another";
            return Err(Fault::new(Code::Internal, detail));
        }
        let sender = self.work.as_ref().ok_or_else(gone)?;
        sender.send(work).map_err(|_| gone())
    }
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
        HAS_CONNECTION.set(false);
        if let Some(connection) = self.connection.take() {
            // Fails only if the writer is gone, and then everybody is told so.
            let _ = self.give_back.send(connection);
        }
    }
}

fn serve(mut connection: Connection, queue: &Receiver<Work>) {
    HAS_CONNECTION.set(true);
    while let Ok(work) = queue.recv() {
        match work {
            Work::Job(job) => job(&mut connection),
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

fn gone() -> Fault {
    Fault::new(Code::StoreFailed, "the record writer has stopped")
}

#[cfg(test)]
mod tests {
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
            .run::<()>(|c| {
                let tx = c.transaction().unwrap();
                tx.execute("INSERT INTO t VALUES (1)", []).unwrap();
                panic!("on purpose");
            })
            .unwrap_err();
        assert_eq!(fault.code, Code::Internal);
        assert_eq!(count(&writer), 0);
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
