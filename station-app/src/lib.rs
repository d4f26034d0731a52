//! The station: desktop app and the cradle command line, where everything is wired.
