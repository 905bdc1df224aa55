//! A printer that is a device file. No read or write waits for ever: the file would stay open, and a USB printer can
//! be opened only once.

#[cfg(unix)]
pub use unix::DeviceFile;

/// Windows has no device files of printers: a path there is opened as a file.
#[cfg(not(unix))]
pub struct DeviceFile;

#[cfg(not(unix))]
impl DeviceFile {
    /// Opens a printer.
    pub fn open(
        path: &std::path::Path,
        _within: std::time::Duration,
    ) -> std::io::Result<escpos::driver::FileDriver> {
        escpos::driver::FileDriver::open(path).map_err(|error| std::io::Error::other(error.to_string()))
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::File,
        io::{self, ErrorKind, Read as _, Write as _},
        os::unix::fs::OpenOptionsExt as _,
        path::Path,
        rc::Rc,
        thread::sleep,
        time::{Duration, Instant},
    };

    use escpos::{driver::Driver, errors::PrinterError};
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        fs::OFlags,
        io::Errno,
    };

    /// The pause before a device is asked again that says it is ready but has nothing.
    const PAUSE: Duration = Duration::from_millis(20);

    /// An open device file.
    #[derive(Clone)]
    pub struct DeviceFile {
        pub(in super::super) file: Rc<File>,
        /// How long it may take until it accepts or gives a byte.
        pub(in super::super) within: Duration,
    }

    impl DeviceFile {
        /// Opens a printer.
        pub fn open(path: &Path, within: Duration) -> io::Result<Self> {
            let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
            let file = File::options().read(true).write(true).custom_flags(flags).open(path)?;
            Ok(Self { file: Rc::new(file), within })
        }

        /// Tries until `does` returns bytes, or the time is over.
        fn tries(&self, flags: PollFlags, mut does: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
            let until = Instant::now() + self.within;
            loop {
                let left = until.saturating_duration_since(Instant::now());
                let limit = Timespec::try_from(left).map_err(|_| ErrorKind::InvalidInput)?;
                match poll(&mut [PollFd::new(&*self.file, flags)], Some(&limit)) {
                    Ok(0) => return Err(ErrorKind::TimedOut.into()),
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
                match does() {
                    // An empty packet of a USB printer is not its end.
                    Ok(0) => {}
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                    done => return done,
                }
                if left.is_zero() {
                    return Err(ErrorKind::TimedOut.into());
                }
                sleep(PAUSE);
            }
        }
    }

    impl Driver for DeviceFile {
        fn name(&self) -> String {
            "device".to_owned()
        }

        fn write(&self, mut data: &[u8]) -> Result<(), PrinterError> {
            while !data.is_empty() {
                let written = self.tries(PollFlags::OUT, || (&*self.file).write(data))?;
                data = data.get(written..).unwrap_or_default();
            }
            Ok(())
        }

        fn read(&self, buf: &mut [u8]) -> Result<usize, PrinterError> {
            Ok(self.tries(PollFlags::IN, || (&*self.file).read(buf))?)
        }

        fn flush(&self) -> Result<(), PrinterError> {
            Ok(())
        }
    }
}
