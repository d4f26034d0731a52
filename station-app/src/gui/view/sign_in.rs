//! What the sign-in form holds.

use cradle_procedure::fault::{Code, Fault};
use zeroize::Zeroizing;

/// Longest name or password taken, in characters. The buffers have room for that many from the
/// start, so that a password is never left behind in a buffer that was outgrown.
pub const MAX_CHARS: usize = 128;

/// The sign-in form.
pub struct SignInForm {
    /// Name as typed or scanned.
    pub name: String,
    /// With what the person proves who they are.
    pub way: Way,
    /// Password, or the card's PIN, as typed.
    pub password: Zeroizing<String>,
    /// Labels of the cards in readers, once they are known.
    pub cards: Option<Vec<String>>,
    /// The one that is chosen.
    pub card: Option<String>,
    /// Whether the answer is awaited.
    pub checking: bool,
    /// Why the last attempt was refused, or why the session ended.
    pub refused: Option<Fault>,
    /// Who has to wait, and until when.
    pub wait: Option<Wait>,
    /// Where the keyboard goes next.
    pub focus: Option<Field>,
}

/// With what a person proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// What they know.
    Password,
    /// What they have.
    Card,
}

/// Somebody has to wait after failed attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The name that was typed.
    pub name: String,
    /// Until when, in milliseconds since 1970-01-01 UTC.
    pub until_ms: u64,
}

/// A password of one's own in place of a temporary one.
pub struct OwnPasswordForm {
    /// Whose.
    pub name: String,
    /// The temporary password, which was right.
    pub old: Zeroizing<String>,
    /// The new one, and the same again.
    pub new: [Zeroizing<String>; 2],
    /// Whether the answer is awaited.
    pub checking: bool,
    /// Why it was refused.
    pub refused: Option<Fault>,
    /// Whether the keyboard goes to the first field next.
    pub focus: bool,
}

impl OwnPasswordForm {
    /// An empty form for that person.
    #[must_use]
    pub fn new(name: String, old: Zeroizing<String>) -> Self {
        Self {
            name,
            old,
            new: [empty(), empty()],
            checking: false,
            refused: None,
            focus: true,
        }
    }

    /// Takes the new password out.
    ///
    /// # Errors
    /// `CFG-03` the two are not the same.
    pub fn take(&mut self) -> Result<Zeroizing<String>, Fault> {
        let [new, again] = self
            .new
            .each_mut()
            .map(|one| std::mem::replace(one, empty()));
        match *new == *again {
            true => Ok(new),
            false => Err(Fault::new(Code::InputInvalid, "the two are not the same")),
        }
    }

    /// The answer is awaited.
    pub fn begin(&mut self) {
        self.checking = true;
        self.refused = None;
    }

    /// It was refused: both are to be typed again.
    pub fn refuse(&mut self, fault: Fault) {
        self.checking = false;
        self.refused = Some(fault);
        self.focus = true;
    }
}

/// The first two people of a station, as typed.
pub struct FirstRunForm {
    /// Name and password of each.
    pub people: [(String, Zeroizing<String>); 2],
    /// Whether the answer is awaited.
    pub checking: bool,
    /// Why they were refused.
    pub refused: Option<Fault>,
    /// Whether the keyboard goes to the first field next.
    pub focus: bool,
}

impl FirstRunForm {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self {
            people: [(String::new(), empty()), (String::new(), empty())],
            checking: false,
            refused: None,
            focus: true,
        }
    }

    /// Takes names and passwords out; the names stay.
    #[must_use]
    pub fn take(&mut self) -> [(String, Zeroizing<String>); 2] {
        let taken = |(name, password): &mut (String, Zeroizing<String>)| {
            (name.trim().to_owned(), std::mem::replace(password, empty()))
        };
        self.people.each_mut().map(taken)
    }
}

impl Default for FirstRunForm {
    fn default() -> Self {
        Self::new()
    }
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The name.
    Name,
    /// The password.
    Password,
}

impl SignInForm {
    /// An empty form.
    #[must_use]
    pub fn new(refused: Option<Fault>) -> Self {
        Self {
            name: String::new(),
            way: Way::Password,
            password: empty(),
            cards: None,
            card: None,
            checking: false,
            refused,
            wait: None,
            focus: Some(Field::Name),
        }
    }

    /// Takes the password or PIN out.
    #[must_use]
    pub fn take_password(&mut self) -> Zeroizing<String> {
        std::mem::replace(&mut self.password, empty())
    }

    /// How long the person whose name is typed has to wait, in milliseconds.
    #[must_use]
    pub fn left_ms(&self, now_ms: u64) -> Option<u64> {
        let wait = self.wait.as_ref()?;
        let left_ms = wait.until_ms.saturating_sub(now_ms);
        (left_ms > 0 && wait.name == self.name.trim()).then_some(left_ms)
    }

    /// From now on with a password, or with a card.
    pub fn turn_to(&mut self, way: Way) {
        self.way = way;
        self.password = empty();
        (self.cards, self.card) = (None, None);
        self.refused = None;
        self.focus = Some(match self.name.trim() {
            "" => Field::Name,
            _ => Field::Password,
        });
    }

    /// These cards are in readers. The only one is the one.
    pub fn show_cards(&mut self, cards: Vec<String>) {
        self.card = match cards.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        self.cards = Some(cards);
    }

    /// The answer is awaited.
    pub fn begin(&mut self) {
        self.checking = true;
        self.refused = None;
    }

    /// The attempt was refused: the password is to be typed again.
    pub fn refuse(&mut self, fault: Fault) {
        self.checking = false;
        self.refused = Some(fault);
        self.focus = Some(Field::Password);
    }
}

/// An empty buffer with room for every password that is taken.
#[must_use]
pub fn empty() -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(4 * MAX_CHARS))
}
