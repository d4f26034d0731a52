//! What a frame takes: the processor time of the window's thread from the input to the triangles
//! that go to the graphics card, on the real station, without a display.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault};
use eframe::egui::{
    Context, Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect,
    TouchPhase, pos2, vec2,
};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::p99;
use crate::desk::Desk;
use crate::gui::app::Station as Window;
use crate::gui::place::Place;
use crate::station::{Station, now_ms};

const SIZE: (f32, f32) = (1280.0, 800.0);
/// Frames before the measured ones: fonts are drawn when they are first needed.
const WARM_UP: u32 = 60;
const FRAMES: u32 = 1_500;
/// What a display gives a frame.
const PACE: Duration = Duration::from_millis(16);
const PATIENCE: Duration = Duration::from_secs(60);

/// What was measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Frames {
    /// Processor time of a frame that one in a hundred exceeds, milliseconds.
    pub(crate) p99_ms: f64,
    /// How many there were.
    pub(crate) frames: usize,
    /// Largest resident memory of the process, MiB.
    pub(crate) memory_mib: f64,
}

/// What the person does meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scene {
    /// Looks at the slots, all of them at work.
    Slots,
    /// Scrolls through the audit log.
    Audit,
}

/// Measures a scene with somebody signed in whose role begins at the bench, or may read the log.
///
/// # Errors
/// `RUN-02` the window did not get where it should.
pub(crate) fn measure(
    station: Station,
    scene: Scene,
    name: &str,
    password: &Zeroizing<String>,
) -> Result<Frames, Fault> {
    if let Some(training) = station.training() {
        for slot in station.slots() {
            training.insert_next(slot.id)?;
        }
    }
    let mut screen = Screen::new(station);
    screen.sign_in(name, password)?;
    let times = match scene {
        Scene::Slots => screen.watch_slots(),
        Scene::Audit => screen.scroll_audit()?,
    };
    Ok(Frames {
        frames: times.len(),
        p99_ms: p99(times),
        memory_mib: peak_memory_mib(),
    })
}

struct Screen {
    ctx: Context,
    window: Window,
    start: Instant,
}

impl Screen {
    fn new(station: Station) -> Self {
        let ctx = Context::default();
        let desk = Arc::new(Desk::new(station));
        Self {
            window: Window::new(&ctx, desk, Box::new(now_ms)),
            ctx,
            start: Instant::now(),
        }
    }

    /// One frame; gives its processor time in milliseconds.
    fn frame(&mut self, events: Vec<Event>) -> f64 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(SIZE.0, SIZE.1))),
            time: Some(self.start.elapsed().as_secs_f64()),
            events,
            ..RawInput::default()
        };
        let before = processor_time();
        let mut output = self.ctx.run_ui(input, |ui| {
            self.window.look(&self.ctx.clone());
            self.window.show(ui);
        });
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        drop(triangles);
        // There is no graphics card that they would go to.
        output.textures_delta.clear();
        (processor_time() - before).as_secs_f64() * 1000.0
    }

    fn frames(&mut self, count: u32) {
        for _ in 0..count {
            self.frame(Vec::new());
            sleep(Duration::from_millis(2));
        }
    }

    fn wait_until(&mut self, is: impl Fn(&Window) -> bool) -> Result<(), Fault> {
        let start = Instant::now();
        while !is(&self.window) {
            if start.elapsed() > PATIENCE {
                return Err(Fault::new(Code::Internal, "the window hangs"));
            }
            self.frames(1);
        }
        self.frames(5);
        Ok(())
    }

    fn press(&mut self, key: Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            self.frame(vec![Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers,
            }]);
        }
        self.frames(2);
    }

    fn sign_in(&mut self, name: &str, password: &Zeroizing<String>) -> Result<(), Fault> {
        self.frames(3);
        for typed in [name, password] {
            self.frame(vec![Event::Text(typed.to_owned())]);
            self.press(Key::Enter, Modifiers::NONE);
        }
        self.wait_until(|window| window.place().is_some())
    }

    fn watch_slots(&mut self) -> Vec<f64> {
        self.press(Key::F5, Modifiers::NONE);
        self.frames(WARM_UP);
        let mut times = Vec::new();
        while times.len() < FRAMES as usize && !self.window.view().working().is_empty() {
            times.push(self.frame(Vec::new()));
            sleep(PACE);
        }
        times
    }

    fn scroll_audit(&mut self) -> Result<Vec<f64>, Fault> {
        let places = Place::of(cradle_procedure::role::Role::SecurityAdmin, true);
        let at = places.iter().position(|place| *place == Place::Audit);
        let key = at.and_then(|at| crate::gui::place::KEYS.get(at)).copied();
        let none = || Fault::new(Code::Internal, "the audit log has no key");
        self.press(key.ok_or_else(none)?, Modifiers::COMMAND);
        self.wait_until(|window| window.place() == Some(Place::Audit))?;
        self.frame(vec![Event::PointerMoved(pos2(800.0, 560.0))]);
        self.frames(WARM_UP);
        let mut times = Vec::new();
        for at in 0..FRAMES {
            times.push(self.frame(scroll(at)));
            sleep(Duration::from_millis(4));
        }
        Ok(times)
    }
}

/// The wheel, and now and then a jump to one end: nothing there was seen before.
fn scroll(at: u32) -> Vec<Event> {
    if at % 100 == 99 {
        let key = if at % 200 == 99 { Key::End } else { Key::Home };
        return vec![Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::COMMAND,
        }];
    }
    let down = if at % 200 < 100 { -1.0 } else { 1.0 };
    vec![Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, 6.0 * down),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    }]
}

/// Of this thread alone.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// `VmHWM` (proc(5)).
fn peak_memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    super::window::kib(&status, "VmHWM:").unwrap_or(f64::NAN) / 1024.0
}
