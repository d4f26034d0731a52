//! How fast the CA is, beside what its token gives when it does nothing but sign.
//!
//! On a SoftHSM2 token of its own. `cargo xtask bench` turns these into ratios.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{CertificateStatus, Revocation, RevocationReason, StatusLedger};

use crate::ceremony::{CaFiles, CaNames, ceremony, issuing_ca, ocsp_signer};
use crate::crl::{Entries, Head, Kind, Points};
use crate::http::{Server, Site};
use crate::issue::{AuthorityConfig, CrlPolicy};
use crate::issuing::IssuingCa;
use crate::ocsp::{ANSWER_LIFE, Responder, ResponderConfig, request_for};
use crate::profile::{DeviceProfile, Urls};
use crate::softhsm;
use crate::token::{Pin, Token, TokenConfig, initialise_token};

/// About as long as what is signed of a device certificate or an OCSP answer.
const MESSAGE: [u8; 512] = [7; 512];

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Signatures, and answers of each kind.
    pub rounds: u32,
    /// Entries of the CRL.
    pub revoked: u32,
}

impl Effort {
    /// What the targets are about: a CRL of a million entries.
    pub const FULL: Self = Self {
        rounds: 20_000,
        revoked: 1_000_000,
    };
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Hash and `C_Sign` on one thread, per second.
    pub raw_signatures: f64,
    /// OCSP answers with a nonce, each of which has to be signed, on one thread, per second.
    pub ocsp_signed: f64,
    /// OCSP answers given again, over loopback HTTP by two clients, per second.
    pub ocsp_cached: f64,
    /// Making and signing the CRL.
    pub crl: Duration,
    /// Its length in bytes.
    pub crl_bytes: usize,
}

/// Label of the token that is measured on.
pub const TOKEN: &str = "measure";

/// Its PIN: nothing is kept there.
pub const PIN: &str = "measure-20261120";

/// A CA of its own, to be measured.
pub struct Subject {
    token: Token,
    files: CaFiles,
    ca: IssuingCa,
}

impl Subject {
    /// Makes it, with a token and files in that folder. Like [`softhsm::select`], to be called
    /// before the process has other threads.
    ///
    /// # Errors
    /// `TOK-…`, `CFG-02`, `CA-03`.
    pub fn new(folder: &Path) -> Result<Self, Fault> {
        softhsm::select(&softhsm::configure(folder)?)?;
        let (module, label) = (softhsm::module()?, TOKEN.to_owned());
        let pin = Pin::new(PIN.into())?;
        initialise_token(&module, &label, &pin, &pin)?;
        let token = Token::open(TokenConfig::new(module, label, pin))?;
        let names = CaNames {
            organization: "Measure".into(),
            root: "Measure Root CA".into(),
            issuing: "Measure Device CA".into(),
        };
        let files = CaFiles::in_dir(folder);
        ceremony(&token, &names, Curve::P256, &files, &now_ms)?;
        let ca = issuing_ca(&token, &files)?;
        Ok(Self { token, files, ca })
    }

    /// The authority, for any ledger.
    ///
    /// # Errors
    /// `CFG-01`: never.
    pub fn authority(&self) -> Result<AuthorityConfig, Fault> {
        let url = |path: &str| Some(format!("http://pki.example.com/{path}"));
        let urls = Urls {
            crl: url("issuing-ca.crl"),
            ocsp: url("ocsp"),
            issuer: url("issuing-ca.cer"),
        };
        Ok(AuthorityConfig {
            ca: self.ca.clone(),
            profile: DeviceProfile::new("Measure", "1.3.6.1.4.1.32473.405", &urls)?,
            crl: CrlPolicy::weekly(self.files.crl.clone()),
            clock: Arc::new(now_ms),
        })
    }

    /// Hash and `C_Sign` on one thread, per second.
    ///
    /// # Errors
    /// `TOK-…`.
    pub fn raw_signatures(&self, rounds: u32) -> Result<f64, Fault> {
        let signer = self.ca.signer();
        per_second(rounds, |_| signer.sign(&MESSAGE).map(drop))
    }

    /// Measures everything.
    ///
    /// # Errors
    /// `TOK-…`, `CFG-02`, `CA-03`; `RUN-02` an answer was not what it should be.
    pub fn measure(&self, effort: Effort) -> Result<Measured, Fault> {
        let Self { token, files, ca } = self;
        let raw_signatures = self.raw_signatures(effort.rounds)?;
        let (crl, crl_bytes) = crl(ca, effort.revoked)?;
        let responder = responder(token, ca, files)?;
        let ocsp_signed = per_second(effort.rounds, |round| {
            let nonce = u128::from(round).to_be_bytes();
            let request = request_for(ca, &[1], Some(&nonce))?;
            let answer = responder.answer(&request);
            // A refusal is a few bytes.
            expect(answer.der.len() > MESSAGE.len())
        })?;
        let ocsp_cached = cached(responder, &request_for(ca, &[1], None)?, effort.rounds)?;
        Ok(Measured {
            raw_signatures,
            ocsp_signed,
            ocsp_cached,
            crl,
            crl_bytes,
        })
    }
}

fn per_second(rounds: u32, mut work: impl FnMut(u32) -> Result<(), Fault>) -> Result<f64, Fault> {
    let start = Instant::now();
    for round in 0..rounds {
        work(round)?;
    }
    Ok(f64::from(rounds) / start.elapsed().as_secs_f64())
}

fn crl(ca: &IssuingCa, revoked: u32) -> Result<(Duration, usize), Fault> {
    let mut revocation = Revocation {
        serial_number: String::new(),
        revoked_at: now_ms() / 1000,
        reason: RevocationReason::CessationOfOperation,
    };
    let start = Instant::now();
    let mut entries = Entries::default();
    for number in 0..revoked {
        // 20 bytes, as the CA's own.
        revocation.serial_number = format!("40000000{number:032x}");
        entries.push(&revocation)?;
    }
    let head = Head {
        kind: Kind::Complete,
        number: 1,
        now_ms: now_ms(),
        lifetime: Duration::from_secs(7 * 24 * 60 * 60),
        points: &Points::default(),
    };
    let list = head.sign(ca, entries)?;
    Ok((start.elapsed(), list.len()))
}

/// A record in which everything was issued and nothing revoked.
struct AllGood;

impl StatusLedger for AllGood {
    fn status(&self, _: &str) -> Result<CertificateStatus, Fault> {
        Ok(CertificateStatus::Good)
    }
}

fn responder(token: &Token, ca: &IssuingCa, files: &CaFiles) -> Result<Responder, Fault> {
    Responder::new(ResponderConfig {
        ca: ca.clone(),
        signer: ocsp_signer(token, ca, files, &now_ms)?,
        statuses: Box::new(AllGood),
        lifetime: ANSWER_LIFE,
        clock: Arc::new(now_ms),
    })
}

/// Two clients ask for the same answer over connections that stay open.
fn cached(responder: Responder, request: &[u8], rounds: u32) -> Result<f64, Fault> {
    // Signed once, before two clients can each have it signed: signatures differ in length.
    expect(responder.answer(request).good_until.is_some())?;
    let site = Site {
        responder,
        ocsp_path: "/".to_owned(),
        files: Vec::new(),
        report: Arc::new(|_| ()),
    };
    let server = Server::start(site, ([127, 0, 0, 1], 0).into())?;
    let message = [
        format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\n\
             Content-Length: {}\r\n\r\n",
            request.len()
        )
        .as_bytes(),
        request,
    ]
    .concat();
    let address = server.address();
    let start = Instant::now();
    let lengths = thread::scope(|scope| {
        let client = || scope.spawn(|| ask_often(address, &message, rounds));
        let clients = [client(), client()];
        clients.map(|client| {
            client
                .join()
                .map_err(|_| Fault::new(Code::Internal, "client"))?
        })
    });
    let seconds = start.elapsed().as_secs_f64();
    let lengths = lengths.into_iter().collect::<Result<HashSet<_>, _>>()?;
    // One answer, the same for both.
    expect(lengths.len() == 1)?;
    Ok(2.0 * f64::from(rounds) / seconds)
}

/// The length of the answer, which has to be the same each time.
fn ask_often(address: SocketAddr, message: &[u8], rounds: u32) -> Result<usize, Fault> {
    let mut stream = TcpStream::connect(address).or_fault(Code::Internal)?;
    stream.set_nodelay(true).or_fault(Code::Internal)?;
    let mut first = vec![0; 64 * 1024];
    stream.write_all(message).or_fault(Code::Internal)?;
    // It comes in one piece: it is far shorter than what a loopback segment holds.
    let length = stream.read(&mut first).or_fault(Code::Internal)?;
    expect(first.starts_with(b"HTTP/1.1 200"))?;
    let mut next = vec![0; length];
    for _ in 1..rounds {
        stream.write_all(message).or_fault(Code::Internal)?;
        stream.read_exact(&mut next).or_fault(Code::Internal)?;
        expect(next.starts_with(b"HTTP/1.1 200"))?;
    }
    Ok(length)
}

fn expect(holds: bool) -> Result<(), Fault> {
    match holds {
        true => Ok(()),
        false => Err(Fault::new(
            Code::Internal,
            "measuring: not the answer expected",
        )),
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
