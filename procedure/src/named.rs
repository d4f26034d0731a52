//! Enums whose variants have one stored text each, read and written everywhere the same way.

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $name:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $type { $($(#[$vdoc])* $name,)* }

        impl $type {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Stored and spoken text.
            #[must_use]
            pub const fn text(self) -> &'static str { match self { $(Self::$name => $text,)* } }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.text()) }
        }

        impl From<$type> for &'static str {
            fn from(value: $type) -> Self { value.text() }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::fault::Fault;
            fn from_str(text: &str) -> Result<Self, $crate::fault::Fault> {
                Self::ALL.iter().copied().find(|value| value.text() == text).ok_or_else(|| {
                    $crate::fault::Fault::new($crate::fault::Code::InputInvalid, format!("{}: {text:?}", stringify!($type)))
                })
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::fault::Fault;
            fn try_from(text: String) -> Result<Self, $crate::fault::Fault> { text.parse() }
        }
    };
}
pub(crate) use named;
