//! The window as a person meets it: how soon it can be used, what it takes while nothing happens,
//! and what its frames take. Each in a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_records::measure::PASSWORD;

use super::frame::Frames;
use super::{Better, Ratio, median};

const SLOTS: &str = "16";
/// Starts of the window, of which the median counts.
const STARTS: usize = 5;
/// What the window takes while nothing happens is measured for so long.
const IDLE: Duration = Duration::from_secs(10);
/// Ticks that a second of processor time has in `/proc` (proc(5), `USER_HZ`).
const TICKS: f64 = 100.0;
/// What the window prints when it can be used.
pub(crate) const USABLE: &str = "usable";

/// Makes a line of sixteen slots in the folder and measures the window on it; then on the large
/// database. Without a display there is no window, only frames.
pub(super) fn measure(firmware: &Path, line: &Path, large: &Path) -> Result<Vec<Ratio>, Fault> {
    set_up(firmware, line)?;
    let config = line.join("cradle.toml");
    let mut ratios = Vec::new();
    let mut memory: f64 = 0.0;
    if std::env::var_os("DISPLAY").is_some() {
        let seen = start(&config)?;
        ratios.push(at_most(
            "cold_start_s",
            seen.usable_s,
            0.8,
            "absolute; median of 5 starts",
        ));
        ratios.push(at_most(
            "idle_cpu_percent",
            seen.idle_percent,
            2.0,
            "of one core; 10 s",
        ));
        memory = seen.memory_mib;
    } else {
        println!("window: there is no display, so its start is not measured");
    }
    let slots = frames(&config, "slots", "olga", &password(line, "olga")?)?;
    let reference = "processor time, milliseconds; 16 slots at work";
    ratios.push(at_most("frame_p99_ms", slots.p99_ms, 8.0, reference));

    let audit = line.join("large.toml");
    let text = fs::read_to_string(&config).or_fault(Code::FileFailed)?;
    let large = std::path::absolute(large).or_fault(Code::FileFailed)?;
    let records = format!("records = {:?}", large.display().to_string());
    let text = text.replace("records = \"records.db\"", &records);
    fs::write(&audit, text).or_fault(Code::FileFailed)?;
    let audit = frames(&audit, "audit", "ada", PASSWORD)?;
    let reference = "processor time, milliseconds; scrolling the large audit log";
    ratios.push(at_most("audit_frame_p99_ms", audit.p99_ms, 8.0, reference));
    memory = memory.max(audit.memory_mib);
    ratios.push(at_most(
        "window_memory_mib",
        memory,
        250.0,
        "absolute; peak",
    ));
    println!("window: {} and {} frames", slots.frames, audit.frames);
    Ok(ratios)
}

const fn at_most(name: &'static str, value: f64, target: f64, reference: &'static str) -> Ratio {
    Ratio {
        name,
        value,
        reference,
        target,
        better: Better::Lower,
    }
}

fn set_up(firmware: &Path, line: &Path) -> Result<(), Fault> {
    let mut demo = cradle()?;
    demo.args([
        "demo",
        "--headless",
        "--units",
        "0",
        "--slots",
        SLOTS,
        "--firmware",
    ]);
    let status = demo.arg(firmware).arg("--out").arg(line).status();
    done(
        status.or_fault(Code::FileFailed)?.success(),
        "the line was not set up",
    )
}

fn frames(config: &Path, scene: &str, name: &str, password: &str) -> Result<Frames, Fault> {
    let mut measure = cradle()?;
    measure
        .arg("--config")
        .arg(config)
        .args(["--json", "measure", "frames"]);
    measure
        .args([scene, "--as", name])
        .env("CRADLE_PASSWORD", password);
    let output = measure
        .stderr(Stdio::inherit())
        .output()
        .or_fault(Code::FileFailed)?;
    done(output.status.success(), "no frames were measured")?;
    serde_json::from_slice(&output.stdout).or_fault(Code::Internal)
}

struct Seen {
    usable_s: f64,
    idle_percent: f64,
    memory_mib: f64,
}

/// Opens the window some times; the last one is watched doing nothing.
fn start(config: &Path) -> Result<Seen, Fault> {
    let mut times = Vec::new();
    for _ in 1..STARTS {
        let (opened, time) = open(config)?;
        drop(opened);
        times.push(time);
    }
    let (opened, time) = open(config)?;
    times.push(time);
    // What was put off until after the first frame is done by then.
    sleep(Duration::from_secs(2));
    let before = ticks(&opened)?;
    sleep(IDLE);
    let spent = (ticks(&opened)? - before) / TICKS;
    let status = opened.proc("status")?;
    let memory = kib(&status, "VmHWM:").unwrap_or(f64::NAN) / 1024.0;
    Ok(Seen {
        usable_s: median(times),
        idle_percent: 100.0 * spent / IDLE.as_secs_f64(),
        memory_mib: memory,
    })
}

/// A window; it closes with this value.
struct Opened(Child);

impl Opened {
    fn proc(&self, file: &str) -> Result<String, Fault> {
        fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).or_fault(Code::FileFailed)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn open(config: &Path) -> Result<(Opened, f64), Fault> {
    let mut window = cradle()?;
    window
        .arg("--config")
        .arg(config)
        .args(["measure", "start"]);
    let begun = Instant::now();
    let child = window
        .stdout(Stdio::piped())
        .spawn()
        .or_fault(Code::FileFailed)?;
    let mut opened = Opened(child);
    let mut said = String::new();
    if let Some(output) = opened.0.stdout.take() {
        BufReader::new(output)
            .read_line(&mut said)
            .or_fault(Code::FileFailed)?;
    }
    let time = begun.elapsed().as_secs_f64();
    done(said.trim() == USABLE, "the window did not open")?;
    Ok((opened, time))
}

/// Processor time so far, fields 14 and 15 of `stat` (proc(5)); the name before them ends with `)`.
fn ticks(opened: &Opened) -> Result<f64, Fault> {
    let stat = opened.proc("stat")?;
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let numbers = fields.split_whitespace().skip(11).take(2);
    Ok(numbers.filter_map(|field| field.parse::<f64>().ok()).sum())
}

/// A line of `/proc/PID/status`.
pub(super) fn kib(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The line's people and their passwords.
fn password(line: &Path, name: &str) -> Result<String, Fault> {
    let people = fs::read_to_string(line.join("people.txt")).or_fault(Code::FileFailed)?;
    let mut people = people.lines().map(|line| line.split('\t'));
    let mut found = people.find(|fields| fields.clone().next() == Some(name));
    let password = found.as_mut().and_then(|fields| fields.nth(1));
    password
        .map(str::to_owned)
        .ok_or_else(|| Fault::new(Code::Internal, name))
}

/// This program again.
fn cradle() -> Result<Command, Fault> {
    let mut cradle = Command::new(std::env::current_exe().or_fault(Code::FileFailed)?);
    // A part of the measurement before this one may have chosen another token.
    cradle
        .env_remove("SOFTHSM2_CONF")
        .env_remove("WAYLAND_DISPLAY");
    Ok(cradle)
}

fn done(is: bool, what: &str) -> Result<(), Fault> {
    match is {
        true => Ok(()),
        false => Err(Fault::new(Code::Internal, what)),
    }
}
