//! A pseudo terminal, for programs that ask for passwords only there.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// The side that reads what the program prints and types what it asks for.
pub struct Terminal {
    pub master: File,
}

impl Terminal {
    /// Starts a program with a new terminal as its own: it leads a session there. What is typed is not
    /// shown, as a password would be.
    pub fn start(mut command: Command) -> io::Result<(Self, Child)> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY)
            .open(name.to_str().map_err(io::Error::other)?)?;
        let mut modes = tcgetattr(&slave)?;
        modes.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        tcsetattr(&slave, OptionalActions::Now, &modes)?;
        command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(Stdio::from(slave.try_clone()?));
        let terminal = slave.as_raw_fd();
        // SAFETY: between fork and exec only two system calls are made, on a descriptor that is open.
        unsafe {
            command.pre_exec(move || {
                rustix::process::setsid()?;
                let terminal = std::os::fd::BorrowedFd::borrow_raw(terminal);
                rustix::process::ioctl_tiocsctty(terminal)?;
                Ok(())
            });
        }
        let child = command.spawn()?;
        Ok((Self { master: File::from(OwnedFd::from(master)) }, child))
    }

    /// Whether something can be read within the time.
    pub fn wait(&self, other: impl AsFd, limit: std::time::Duration) -> io::Result<(bool, bool)> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut descriptors = [PollFd::new(&self.master, PollFlags::IN), PollFd::new(&other, PollFlags::IN)];
        let limit = Timespec { tv_sec: limit.as_secs() as i64, tv_nsec: i64::from(limit.subsec_nanos()) };
        match poll(&mut descriptors, Some(&limit)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok((!descriptors[0].revents().is_empty(), !descriptors[1].revents().is_empty()))
    }
}
