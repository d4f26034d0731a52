//! Tones that tell from afar how a unit ended, as WAV (RIFF, "Multimedia Programming Interface and
//! Data Specifications 1.0", 1991), made here and given to the system's own player.

use std::f32::consts::TAU;
use std::io::Write as _;
use std::process::{Command, Stdio};

use cradle_procedure::fault::{Code, Fault, OrFault as _};

use crate::gui::backend::Tone;

/// Part of ALSA's own tools (package `alsa-utils`), which sound servers stand in for.
const PLAYER: &str = "aplay";
/// Samples a second, one channel, 16 bit.
const RATE: u32 = 22_050;
/// Length of a note in milliseconds.
const NOTE_MS: u32 = 160;
/// Time in which a note swells and fades, in samples: without it, it clicks.
const SWELL: f32 = 200.0;
/// Part of full loudness.
const LOUDNESS: f32 = 0.5;

/// Plays a tone and waits for its end.
///
/// # Errors
/// `CFG-02` the player is not installed, or has nothing to play on.
pub(crate) fn play(tone: Tone) -> Result<(), Fault> {
    let failed = |why: String| Fault::new(Code::FileFailed, format!("{PLAYER}: {why}"));
    let mut player = Command::new(PLAYER)
        .args(["--quiet", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = player.stdin.take() {
        // A player that ends early says why with its status.
        let _ = stdin.write_all(&wav(tone));
    }
    match player.wait().or_fault(Code::FileFailed)? {
        status if status.success() => Ok(()),
        status => Err(failed(status.to_string())),
    }
}

/// Frequencies in Hz: a fifth upwards, or a fourth down and down again.
const fn notes(tone: Tone) -> &'static [f32] {
    match tone {
        Tone::Good => &[880.0, 1_320.0],
        Tone::Bad => &[440.0, 330.0, 247.5],
    }
}

fn wav(tone: Tone) -> Vec<u8> {
    let samples: Vec<i16> = notes(tone).iter().flat_map(|hertz| note(*hertz)).collect();
    let bytes = samples.len() as u32 * 2;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    wav.extend([1, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    // Bytes of a sample of all channels, bits of one.
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    wav
}

fn note(hertz: f32) -> impl Iterator<Item = i16> {
    let count = RATE * NOTE_MS / 1000;
    (0..count).map(move |at| {
        let (at, rest) = (at as f32, (count - 1 - at) as f32);
        let swell = (at.min(rest) / SWELL).min(1.0);
        let wave = (TAU * hertz * at / RATE as f32).sin();
        (wave * swell * LOUDNESS * f32::from(i16::MAX)) as i16
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Python's reader is the referee.
    #[test]
    fn a_tone_is_a_wav_file_of_its_length() {
        let folder = tempfile::tempdir().unwrap();
        for (tone, notes) in [(Tone::Good, 2), (Tone::Bad, 3)] {
            let file = folder.path().join("tone.wav");
            fs::write(&file, wav(tone)).unwrap();
            let script = "import sys, wave; w = wave.open(sys.argv[1]); \
                          print(w.getnchannels(), w.getsampwidth(), w.getframerate(), w.getnframes())";
            let told = Command::new("python3")
                .args(["-c", script])
                .arg(&file)
                .output()
                .unwrap();
            let frames = notes * RATE * NOTE_MS / 1000;
            let expected = format!("1 2 {RATE} {frames}\n");
            assert_eq!(String::from_utf8_lossy(&told.stdout), expected);
        }
    }

    #[test]
    fn a_tone_begins_and_ends_in_silence_and_is_not_clipped() {
        let samples: Vec<i16> = note(880.0).collect();
        assert_eq!((samples[0], samples[samples.len() - 1]), (0, 0));
        let loudest = samples.iter().map(|s| s.unsigned_abs()).max().unwrap();
        assert!((10_000..i16::MAX as u16).contains(&loudest), "{loudest}");
    }
}
