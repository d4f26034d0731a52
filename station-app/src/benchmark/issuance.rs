//! Issuing: policy, signature and durable record together.

mod line;
mod openssl;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cradle_ca::issue::DeviceAuthority;
use cradle_ca::measure::Subject as Measured;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::{IssuanceLedger, IssuedCertificate, Subject};

use super::{Better, Ratio, median};
use line::{Device, Line};

/// Threads that issue, as many as a large gang has slots.
const THREADS: usize = 16;
const ROUNDS: usize = 5;
const PER_ROUND: usize = 600;
/// Requests for OpenSSL.
const FOR_OPENSSL: usize = 300;

/// What a certificate costs beside others, on one thread where there is one.
pub(super) struct Parts {
    /// Preparing the request, and checking it and its signature.
    pub(super) request: Duration,
    /// Building the certificate, signing it, and checking the signature.
    pub(super) sign: Duration,
    /// Policy, rows, audit entry and commit, with as many threads as issue.
    pub(super) record: Duration,
}

/// Works in a folder that is there, with a token in it.
pub(super) fn measure(folder: &Path, ca: &Measured) -> Result<([Ratio; 2], Parts), Fault> {
    let mut line = Line::open(folder, ca.authority()?)?;
    let mut ratios = Vec::new();
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let devices = line.devices(PER_ROUND)?;
        let raw = ca.raw_signatures(5000)?;
        let rate = per_second(&devices, |device| device.certify(&mut line.authority()))?;
        ratios.push(rate / raw);
        rates.push(rate);
    }
    let devices = line.devices(FOR_OPENSSL)?;
    let openssl = openssl::per_second(folder, &devices)?;
    let parts = parts(&mut line)?;
    Ok((
        [
            Ratio {
                name: "issue_vs_raw_sign",
                value: median(ratios),
                reference: "hash and C_Sign alone on one thread; issued by 16 threads",
                target: 0.6,
                better: Better::Higher,
            },
            Ratio {
                name: "issue_vs_openssl_ca",
                value: median(rates) / openssl,
                reference: "one `openssl ca` over 300 of the same requests, same token",
                target: 3.0,
                better: Better::Higher,
            },
        ],
        parts,
    ))
}

fn per_second(
    devices: &[Device],
    certify: impl Fn(&Device) -> Result<IssuedCertificate, Fault> + Sync,
) -> Result<f64, Fault> {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(device) = devices.get(next.fetch_add(1, Ordering::Relaxed)) {
            certify(device)?;
        }
        Ok(())
    };
    let start = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        (workers.into_iter()).try_for_each(|worker| {
            worker
                .join()
                .map_err(|_| Fault::new(Code::Internal, "worker"))?
        })
    })?;
    Ok(devices.len() as f64 / start.elapsed().as_secs_f64())
}

fn parts(line: &mut Line) -> Result<Parts, Fault> {
    let devices = line.devices(PER_ROUND)?;
    let mut certificates = Vec::new();
    let mut with = |signs: bool| {
        let start = Instant::now();
        for device in &devices {
            let mut authority = DeviceAuthority::new(line.config().clone(), Nowhere { signs });
            match device.certify(&mut authority) {
                Ok(issued) => certificates.push(issued),
                Err(fault) if !signs && fault.code == Code::Internal => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(each(start.elapsed(), devices.len()))
    };
    let request = with(false)?;
    let signed = with(true)?;
    let ready: Vec<_> = devices.iter().zip(certificates).collect();
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    per_second(&devices, |_| {
        let (device, issued) = &ready[next.fetch_add(1, Ordering::Relaxed)];
        line.issuance()
            .issue(&device.subject, &mut || Ok(issued.clone()))
    })?;
    Ok(Parts {
        request,
        sign: signed.saturating_sub(request),
        record: each(start.elapsed(), devices.len()),
    })
}

fn each(all: Duration, count: usize) -> Duration {
    all / u32::try_from(count).unwrap_or(u32::MAX)
}

/// A record that keeps nothing.
struct Nowhere {
    signs: bool,
}

impl IssuanceLedger for Nowhere {
    fn issue(
        &mut self,
        _: &Subject,
        sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
    ) -> Result<IssuedCertificate, Fault> {
        match self.signs {
            true => sign(),
            false => Err(Fault::new(Code::Internal, "not to be signed")),
        }
    }

    fn refused(&mut self, _: &Subject, _: &Fault) -> Result<(), Fault> {
        Ok(())
    }
}
