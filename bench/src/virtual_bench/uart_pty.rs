//! The board's serial cable: a pseudo-terminal whose slave side a host program opens.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// What a cable runs at before a program sets it.
const USUAL_BAUD: u32 = 115_200;
/// How long one look at the line may take.
const PATIENCE: Duration = Duration::from_millis(50);
/// Pause between looks while no program has the slave open: the kernel then reports a
/// hang-up at once instead of waiting.
const UNPLUGGED_PAUSE: Duration = Duration::from_millis(10);

/// Master side of a raw pseudo-terminal.
#[derive(Debug)]
pub(crate) struct UartPty {
    master: OwnedFd,
    path: PathBuf,
}

impl UartPty {
    pub(crate) fn open() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let mut settings = tcgetattr(&master)?;
        settings.make_raw();
        settings.set_speed(USUAL_BAUD)?;
        tcsetattr(&master, OptionalActions::Now, &settings)?;
        let flags = fcntl_getfl(&master)?;
        fcntl_setfl(&master, flags | OFlags::NONBLOCK)?;
        let pty = Self { master, path };
        pty.start_unplugged()?;
        Ok(pty)
    }

    /// The kernel tells an open slave from a closed one only after the first close.
    fn start_unplugged(&self) -> io::Result<()> {
        let flags = OFlags::NOCTTY.bits() as i32;
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags)
            .open(&self.path)?;
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The baud rate that the host program has set on its side.
    pub(crate) fn host_baud(&self) -> u32 {
        tcgetattr(&self.master).map_or(USUAL_BAUD, |settings| settings.input_speed())
    }

    fn look(&self, wanted: PollFlags, patience: Duration) -> PollFlags {
        let mut fds = [PollFd::new(&self.master, wanted)];
        let timeout = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(patience.subsec_nanos()),
        };
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) => fds[0].revents(),
            Err(_) => PollFlags::empty(),
        }
    }

    /// Bytes that a host program has sent; none after a short wait.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> usize {
        let seen = self.look(PollFlags::IN, PATIENCE);
        if seen.contains(PollFlags::IN) {
            return rustix::io::read(&self.master, buffer).unwrap_or(0);
        }
        if seen.contains(PollFlags::HUP) {
            std::thread::sleep(UNPLUGGED_PAUSE);
        }
        0
    }

    /// Sends to the host program. A cable with nobody at the other end, or a host that
    /// does not read, loses bytes; a UART has no way to notice.
    pub(crate) fn send(&self, bytes: &[u8]) {
        self.send_within(bytes, Duration::ZERO);
    }

    /// Sends more than the kernel takes at once, as a line at its own pace would: a host that
    /// does not read for `patience` loses the rest.
    pub(crate) fn send_within(&self, bytes: &[u8], patience: Duration) {
        if self
            .look(PollFlags::OUT, Duration::ZERO)
            .contains(PollFlags::HUP)
        {
            return;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&self.master, rest) {
                Ok(written) if written > 0 => rest = &rest[written..],
                _ if self.look(PollFlags::OUT, patience) == PollFlags::OUT => {}
                _ => return,
            }
        }
    }
}
