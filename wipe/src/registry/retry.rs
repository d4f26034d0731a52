//! Asking again: a bounded number of times, waiting longer each time, never in step with others.

use std::time::Duration;

use cradle_procedure::fault::Fault;
use serde::Deserialize;

use super::answer::Trouble;

/// How often and how long to try.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Patience {
    /// Tries in all, at least one.
    pub attempts: u32,
    /// Pause after the first try, in milliseconds; it doubles with each.
    pub first_pause_ms: u64,
    /// No pause is longer, in milliseconds, whatever the registry asks for.
    pub longest_pause_ms: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_pause_ms: 500,
            longest_pause_ms: 8_000,
        }
    }
}

/// Tries until it works, the trouble is lasting, or patience ends.
pub(super) fn insist<T>(
    patience: Patience,
    pause: &mut dyn FnMut(Duration),
    mut attempt: impl FnMut() -> Result<T, Trouble>,
) -> Result<T, Fault> {
    let tries = patience.attempts.max(1);
    let mut tried = 0;
    loop {
        tried += 1;
        match attempt() {
            Ok(value) => return Ok(value),
            Err(Trouble::Passing {
                fault,
                retry_after_s,
            }) if tried < tries => {
                drop(fault);
                pause(patience.pause(tried, retry_after_s, spread()));
            }
            Err(trouble) => {
                let fault = trouble.into_fault();
                let detail = format!("{}; tried {tried} times", fault.detail);
                return Err(match tried {
                    1 => fault,
                    _ => Fault::new(fault.code, detail),
                });
            }
        }
    }
}

impl Patience {
    /// Between half of the doubled pause and all of it, or what the registry asks for, within the
    /// longest. `spread` is 0 to 255.
    fn pause(self, tried: u32, retry_after_s: Option<u64>, spread: u8) -> Duration {
        let doubled = self
            .first_pause_ms
            .saturating_mul(1 << (tried - 1).min(20))
            .min(self.longest_pause_ms);
        let spread = doubled / 2 + doubled / 2 * u64::from(spread) / 255;
        let asked = retry_after_s.unwrap_or_default().saturating_mul(1000);
        Duration::from_millis(spread.max(asked).min(self.longest_pause_ms))
    }
}

/// Without randomness the stations of a plant would come back together.
fn spread() -> u8 {
    let mut byte = [u8::MAX];
    match getrandom::fill(&mut byte) {
        Ok(()) => byte[0],
        Err(_) => u8::MAX,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cradle_procedure::fault::Code;

    use super::*;

    const PATIENCE: Patience = Patience {
        attempts: 5,
        first_pause_ms: 100,
        longest_pause_ms: 500,
    };

    fn passing() -> Trouble {
        Trouble::Passing {
            fault: Fault::new(Code::RegistryUnreachable, "503"),
            retry_after_s: None,
        }
    }

    fn run(answers: Vec<Result<(), Trouble>>) -> (Result<(), Fault>, usize) {
        let mut answers = answers.into_iter();
        let mut pauses = 0;
        let result = insist(PATIENCE, &mut |_| pauses += 1, || answers.next().unwrap());
        (result, pauses)
    }

    #[test]
    fn passing_trouble_is_tried_again_until_it_works() {
        assert_eq!(
            run(vec![Err(passing()), Err(passing()), Ok(())]),
            (Ok(()), 2)
        );
    }

    #[test]
    fn patience_ends_and_says_how_often_it_tried() {
        let (result, pauses) = run((0..5).map(|_| Err(passing())).collect());
        assert_eq!(pauses, 4);
        assert_eq!(result.unwrap_err().detail, "503; tried 5 times");
    }

    #[test]
    fn lasting_trouble_is_not_tried_again() {
        let (result, pauses) = run(vec![Err(Trouble::refused("403"))]);
        assert_eq!(
            (result.unwrap_err().code, pauses),
            (Code::RegistryRefused, 0)
        );
    }

    #[test]
    fn pauses_double_spread_and_have_an_end() {
        let ms = |tried, asked, spread| PATIENCE.pause(tried, asked, spread).as_millis();
        assert_eq!([ms(1, None, 0), ms(1, None, 255)], [50, 100]);
        assert_eq!([ms(2, None, 0), ms(2, None, 255)], [100, 200]);
        assert_eq!([ms(30, None, 0), ms(30, None, 255)], [250, 500]);
        assert_eq!([ms(1, Some(0), 0), ms(1, Some(3600), 0)], [50, 500]);
    }
}
