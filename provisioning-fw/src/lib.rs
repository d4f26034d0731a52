//! Device side, portable part: image acceptance, boot metadata, key store, agent. no_std.
