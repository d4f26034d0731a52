//! Encodings as the architecture manual draws them.

use super::random::Random;

/// An encoding diagram: `0` and `1` are fixed, `x` is anything, other letters are fields.
/// `d n m p a t u l h` are registers: R0 to R12, or R0 to R7 where they have three bits.
#[derive(Debug, Clone, Copy)]
pub struct Pattern(pub &'static str);

const REGISTERS: &str = "dnmpatulh";
const HIGHEST_REGISTER: u32 = 12;

/// An instruction and the diagram it was made from.
#[derive(Debug, Clone, Copy)]
pub struct Encoded {
    pattern: Pattern,
    bits: u32,
}

impl Pattern {
    fn letters(self) -> impl DoubleEndedIterator<Item = char> {
        self.0.chars().filter(|letter| *letter != ' ')
    }

    /// One of the instructions it stands for.
    pub fn fill(self, random: &mut Random) -> Encoded {
        loop {
            let noise = random.next();
            let bits = self
                .letters()
                .rev()
                .enumerate()
                .map(|(place, letter)| match letter {
                    '0' => 0,
                    '1' => 1 << place,
                    _ => noise & 1 << place,
                })
                .sum();
            let encoded = Encoded {
                pattern: self,
                bits,
            };
            if REGISTERS
                .chars()
                .all(|name| encoded.field(name) <= HIGHEST_REGISTER)
            {
                return encoded;
            }
        }
    }
}

impl Encoded {
    /// The value of a field; 0 if there is no such field.
    pub fn field(&self, name: char) -> u32 {
        let letters = self.pattern.letters().rev().enumerate();
        letters
            .filter(|(_, letter)| *letter == name)
            .enumerate()
            .map(|(bit, (place, _))| (self.bits >> place & 1) << bit)
            .sum()
    }

    /// The same with another value in a field.
    pub fn with(mut self, name: char, value: u32) -> Self {
        let places: Vec<_> = self.pattern.letters().rev().enumerate().collect();
        let own = places.iter().filter(|(_, letter)| *letter == name);
        for (bit, (place, _)) in own.enumerate() {
            self.bits = self.bits & !(1 << place) | (value >> bit & 1) << place;
        }
        self
    }

    /// As it lies in memory.
    pub fn halfwords(&self) -> Vec<u16> {
        if self.pattern.letters().count() == 16 {
            vec![self.bits as u16]
        } else {
            vec![(self.bits >> 16) as u16, self.bits as u16]
        }
    }
}
