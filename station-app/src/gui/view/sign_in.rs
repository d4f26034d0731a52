//! What the sign-in form holds.

use cradle_procedure::fault::Fault;
use zeroize::Zeroizing;

/// Longest name or password taken, in characters. The buffers have room for that many from the
/// start, so that a password is never left behind in a buffer that was outgrown.
pub const MAX_CHARS: usize = 128;

/// The sign-in form.
pub struct SignInForm {
    /// Name as typed or scanned.
    pub name: String,
    /// Password as typed.
    pub password: Zeroizing<String>,
    /// Whether the answer is awaited.
    pub checking: bool,
    /// Why the last attempt was refused, or why the session ended.
    pub refused: Option<Fault>,
    /// Where the keyboard goes next.
    pub focus: Option<Field>,
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
            password: empty(),
            checking: false,
            refused,
            focus: Some(Field::Name),
        }
    }

    /// Takes the password out.
    #[must_use]
    pub fn take_password(&mut self) -> Zeroizing<String> {
        std::mem::replace(&mut self.password, empty())
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
