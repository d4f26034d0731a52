//! STM32F405: RM0090 §3.9 (OTP), §3.6.5 (write protection), §3.7.3 (read protection).

use super::{Cut, Silicon};

/// How much of a value is burnt.
#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
enum Burnt {
    #[default]
    Nothing,
    Some,
    All,
}

#[derive(Default)]
pub struct Stm32F4 {
    hash: Burnt,
    hash_locked: bool,
    counter: Burnt,
    counter_locked: bool,
    write_protected: bool,
    level: u8,
}

impl Silicon for Stm32F4 {
    fn burn(&mut self, act: &str, cut: Cut) -> bool {
        let amount = match cut {
            Cut::None => Burnt::All,
            Cut::Half => Burnt::Some,
        };
        let otp = self.level == 0;
        let more = |held: Burnt| if amount > held { amount } else { held };
        // Option bytes are erased and written anew: a cut leaves the old protection or none.
        let takes = match act {
            "root-key-hash" => otp && !self.hash_locked,
            "counter" => otp && !self.counter_locked,
            "root-key-lock" | "counter-lock" => otp,
            "write-protect" | "read-protect" => self.level < 2,
            _ => false,
        };
        match act {
            _ if !takes => {}
            "root-key-hash" => self.hash = more(self.hash),
            "counter" => self.counter = more(self.counter),
            "root-key-lock" => self.hash_locked |= cut == Cut::None,
            "counter-lock" => self.counter_locked |= cut == Cut::None,
            "write-protect" => self.write_protected |= cut == Cut::None,
            _ => self.level = self.level.max(u8::from(cut == Cut::None)),
        }
        takes
    }

    fn reads(&self, act: &str) -> Option<bool> {
        let otp = |value: bool| (self.level == 0).then_some(value);
        match act {
            "root-key-hash" => otp(self.hash == Burnt::All),
            "counter" => otp(self.counter == Burnt::All),
            "root-key-lock" => otp(self.hash_locked),
            "counter-lock" => otp(self.counter_locked),
            "write-protect" => (self.level < 2).then_some(self.write_protected),
            _ => (self.level < 2).then_some(self.level == 1),
        }
    }

    fn impossible(&self) -> Option<&'static str> {
        (self.hash_locked && self.hash != Burnt::All).then_some("a locked block without its hash")
    }

    fn unfinished(&self) -> Option<&'static str> {
        [
            (self.hash == Burnt::All, "root-key hash"),
            (self.hash_locked, "lock of the root-key hash"),
            (self.counter == Burnt::All, "counter"),
            (!self.counter_locked, "a counter that can rise"),
            (self.write_protected, "write protection"),
            (self.level > 0, "read protection"),
        ]
        .into_iter()
        .find_map(|(holds, what)| (!holds).then_some(what))
    }
}
