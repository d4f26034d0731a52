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
    /// Whether nobody is registered yet.
    pub first_run: bool,
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
    pub fn new(first_run: bool, refused: Option<Fault>) -> Self {
        Self {
            name: String::new(),
            password: empty(),
            checking: false,
            refused,
            focus: Some(Field::Name),
            first_run,
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
