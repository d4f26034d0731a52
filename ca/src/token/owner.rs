//! The thread that owns a token's session.
//!
//! A PKCS#11 session may be used by one thread at a time (`Session` is `Send`, not `Sync`).
//! Everybody else hands this thread a closure over a bounded channel and waits for its result.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::session::{Session, UserType};

use super::fault::OrTokenFault as _;
use super::key::Scheme;
use super::{TokenConfig, module};

/// Requests that may wait before callers block.
const QUEUE: usize = 64;

type Job = Box<dyn FnOnce(&Session) + Send>;

pub(super) struct Owner {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    scheme: Scheme,
}

impl Owner {
    /// Starts the thread; returns once it is logged in, or with the reason why it is not.
    pub(super) fn start(config: TokenConfig) -> Result<Self, Fault> {
        let (jobs, queue) = mpsc::sync_channel::<Job>(QUEUE);
        let (ready, opened) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name(format!("token {}", config.label))
            .spawn(move || serve(config, &ready, &queue))
            .or_fault(Code::TokenFailed)?;
        let scheme = opened.recv().map_err(|_| gone())??;
        Ok(Self {
            scheme,
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// How this token signs.
    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Has the thread do something and waits for the result.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (give, take) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |session| {
            // Nobody waits any more if this fails; nothing is left to tell.
            let _ = give.send(work(session));
        });
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())?;
        take.recv().map_err(|_| gone())?
    }
}

impl Drop for Owner {
    /// Closes the queue and waits until the session is closed, so that the module is idle when
    /// the process ends.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic on that thread has been seen by whoever waited for its answer.
            let _ = thread.join();
        }
    }
}

fn gone() -> Fault {
    Fault::new(Code::TokenFailed, "the token's thread has ended")
}

fn serve(config: TokenConfig, ready: &SyncSender<Result<Scheme, Fault>>, queue: &Receiver<Job>) {
    let opened = log_in(&config);
    // The PIN has done its work.
    drop(config);
    match opened {
        Err(fault) => {
            // If nobody waits for the answer, there is nobody to tell.
            let _ = ready.send(Err(fault));
        }
        Ok((session, scheme)) => {
            let _ = ready.send(Ok(scheme));
            for job in queue {
                job(&session);
            }
        }
    }
}

fn log_in(config: &TokenConfig) -> Result<(Session, Scheme), Fault> {
    let module = module::load(&config.module)?;
    let _turn = module::turn();
    let slot = module::slot_of(&module, &config.label)?;
    let mechanisms = module.get_mechanism_list(slot).or_token_fault()?;
    let scheme = if mechanisms.contains(&MechanismType::ECDSA) {
        Scheme::HashHere
    } else {
        Scheme::HashOnToken
    };
    let session = module.open_rw_session(slot).or_token_fault()?;
    // The login belongs to the process, not to the session (PKCS#11 v3.1 §5.6.8).
    match session.login(UserType::User, Some(config.pin.auth())) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
        Err(error) => return Err(error).or_token_fault(),
    }
    Ok((session, scheme))
}
