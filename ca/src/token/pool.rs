//! The threads that work a token: one session each, one queue for all.
//!
//! Whoever wants something of the token waits in line, in order of arrival: nobody is starved by
//! somebody who asks often. A session more is opened when there is more to do than sessions, up
//! to the token's limit and ours.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cryptoki::slot::Limit;

use super::access::Access;
use super::fault::{Failure, Kind, OrTokenFault as _};
use super::key::Scheme;
use super::seat::{Open, Seat};
use super::{TokenConfig, key};

type Job = Box<dyn FnOnce(&mut Seat) + Send>;

/// What becomes of a job: its caller may give up on it until a thread has begun it.
const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

/// How long a closing pool waits for a token that is still at work.
const CLOSING: Duration = Duration::from_secs(5);

pub(super) struct Pool {
    shared: Arc<Shared>,
    scheme: Scheme,
}

struct Shared {
    access: Arc<Access>,
    state: Mutex<State>,
    /// Something is to be done, or the pool closes.
    work: Condvar,
    /// A thread has ended.
    ended: Condvar,
}

struct State {
    /// Bounded by the number of threads that ask: each waits for its answer.
    queue: VecDeque<Job>,
    /// Jobs that are in the queue or at work.
    busy: usize,
    threads: usize,
    most: usize,
    closed: bool,
}

impl Pool {
    /// Opens the first session; returns once it is logged in, or with the reason why it is not.
    pub(super) fn start(config: TokenConfig) -> Result<Self, Fault> {
        let limits = config.limits;
        let shared = Arc::new(Shared {
            access: Arc::new(Access::new(config)),
            state: Mutex::new(State {
                queue: VecDeque::new(),
                busy: 0,
                threads: 1,
                most: limits.sessions.get(),
                closed: false,
            }),
            work: Condvar::new(),
            ended: Condvar::new(),
        });
        let (ready, opened) = mpsc::sync_channel(1);
        shared.spawn(move |opening| {
            // If nobody waits for the answer, there is nobody to tell.
            let _ = ready.send(opening);
        })?;
        opened.recv().map_err(|_| gone())??;
        let mut pool = Self {
            shared,
            scheme: Scheme::HashHere,
        };
        let (scheme, most) = pool.run(|open| Ok((key::scheme(open)?, sessions_of_token(open)?)))?;
        pool.scheme = scheme;
        let mut state = pool.shared.state();
        state.most = most.map_or(state.most, |most| state.most.min(most.max(1)));
        drop(state);
        Ok(pool)
    }

    /// How this token signs.
    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether that is how this token was opened.
    pub(super) fn access(&self) -> &Access {
        &self.shared.access
    }

    /// Has one of the threads do it and waits for the result. It is done a second time if the
    /// session turns out to be lost.
    ///
    /// # Errors
    /// Those of the work; `TOK-06` if it takes longer than it may.
    pub(super) fn run<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Open) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Fault> {
        let (give, take) = mpsc::sync_channel(1);
        let progress = Arc::new(AtomicU8::new(WAITING));
        let (seen, shared) = (Arc::clone(&progress), Arc::clone(&self.shared));
        let job: Job = Box::new(move |seat| {
            let begun = seen.compare_exchange(WAITING, BEGUN, Ordering::AcqRel, Ordering::Acquire);
            let result = begun.is_ok().then(|| seat.attempt(&mut work));
            // Free before the caller knows, so that its next job finds this thread idle.
            shared.state().busy -= 1;
            if let Some(result) = result {
                // Nobody waits any more if this fails; nothing is left to tell.
                let _ = give.send(result);
            }
        });
        self.shared.enqueue(job);
        let within = self.shared.access.config.limits.answer_within;
        match take.recv_timeout(within) {
            Ok(result) => result,
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(gone()),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let given_up = progress.compare_exchange(
                    WAITING,
                    GIVEN_UP,
                    Ordering::AcqRel,
                    Ordering::Acquire,
                );
                Err(late(within, given_up.is_ok()))
            }
        }
    }
}

impl Drop for Pool {
    /// Closes the queue and waits until the sessions are closed, so that the module is idle when
    /// the process ends. A token that does not answer is not waited for.
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.closed = true;
        self.shared.work.notify_all();
        while state.threads > 0 {
            let waited = self.shared.ended.wait_timeout(state, CLOSING);
            let (next, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = next;
            if timeout.timed_out() {
                return;
            }
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(self: &Arc<Self>, job: Job) {
        let mut state = self.state();
        state.queue.push_back(job);
        state.busy += 1;
        let one_more = state.busy > state.threads && state.threads < state.most;
        if one_more {
            state.threads += 1;
        }
        drop(state);
        self.work.notify_one();
        if one_more {
            // Where no thread can be had, the others do the work.
            let _ = self.spawn(drop);
        }
    }

    /// Starts a thread, which tells how its session opened and then works until the pool closes.
    fn spawn(
        self: &Arc<Self>,
        tell: impl FnOnce(Result<(), Fault>) + Send + 'static,
    ) -> Result<(), Fault> {
        // Counted down however it ends, also if it never begins.
        let counted = Counted(Arc::clone(self));
        thread::Builder::new()
            .name(format!("token {}", self.access.config.label))
            .spawn(move || {
                let shared = Arc::clone(&counted.0);
                match Seat::take(Arc::clone(&shared.access)) {
                    Ok(seat) => {
                        tell(Ok(()));
                        shared.serve(seat);
                    }
                    Err(failure) => {
                        if failure.kind == Kind::NoSessionLeft {
                            let mut state = shared.state();
                            state.most = (state.threads - 1).max(1);
                        }
                        tell(Err(failure.told()));
                    }
                }
            })
            .map(drop)
            .or_fault(Code::TokenFailed)
    }

    fn serve(&self, mut seat: Seat) {
        loop {
            let mut state = self.state();
            let job = loop {
                if let Some(job) = state.queue.pop_front() {
                    break job;
                }
                if state.closed {
                    return;
                }
                state = self
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            };
            drop(state);
            job(&mut seat);
        }
    }
}

/// One of the pool's threads, for as long as this lives.
struct Counted(Arc<Shared>);

impl Drop for Counted {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.threads -= 1;
        drop(state);
        self.0.ended.notify_all();
    }
}

/// How many sessions the token allows, if it says so.
fn sessions_of_token(open: &Open) -> Result<Option<usize>, Failure> {
    let info = open.module.get_token_info(open.slot).or_token_fault()?;
    let most = [info.max_session_count(), info.max_rw_session_count()];
    let told = most.into_iter().filter_map(|limit| match limit {
        Limit::Max(most) => usize::try_from(most).ok(),
        Limit::Unavailable | Limit::Infinite => None,
    });
    Ok(told.min())
}

fn late(within: Duration, waiting: bool) -> Fault {
    let what = match waiting {
        true => "others were before it all the time; it was not begun",
        false => "the token is still at it",
    };
    Fault::new(
        Code::TokenBusy,
        format!("no answer within {} s: {what}", within.as_secs_f32()),
    )
}

fn gone() -> Fault {
    Fault::new(Code::TokenFailed, "the token's thread has ended")
}
