//! The ticket printer: ESC/POS over the network or USB. A ticket is a picture, drawn by the page in whatever language; it
//! counts as printed once the printer has said so after it.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use escpos::{
    driver::{Driver, FileDriver, NetworkDriver},
    errors::PrinterError,
    printer::Printer as Job,
    utils::{Protocol, RealTimeStatusRequest, RealTimeStatusResponse},
};
use medlane_shared::fault::{Code, Fault};
use serde::Deserialize;
use tokio::{task::spawn_blocking, time::timeout};

/// A printer that has not answered within this is gone.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// A ticket that is not printed within this is not printed.
const PRINT_WITHIN: Duration = Duration::from_secs(12);
/// The port that network printers listen at.
const PORT: u16 = 9100;
/// The widest ticket, in dots: paper of 80 mm.
const WIDTH_MAX: u16 = 640;
/// The longest ticket, in dots.
const HEIGHT_MAX: u16 = 2_000;
/// Lines of paper before the knife.
const FEED: u8 = 4;
/// Asks for the paper's sensor once everything before it is done (GS r 1).
const PAPER_AFTER: [u8; 3] = [0x1d, b'r', 1];
/// No paper, in that answer.
const PAPER_END: u8 = 0x0c;

/// Where a printer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Printer {
    /// In the network: `tcp://10.0.0.9` or `tcp://printer.local:9100`.
    Network(String, u16),
    /// At this computer, as a device file: `/dev/usb/lp0`.
    Device(PathBuf),
}

/// A text that names no printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPrinter;

impl fmt::Display for NoPrinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a printer is tcp://HOST, tcp://HOST:PORT, or the path of a device, as /dev/usb/lp0")
    }
}

impl std::error::Error for NoPrinter {}

impl FromStr for Printer {
    type Err = NoPrinter;

    fn from_str(text: &str) -> Result<Self, NoPrinter> {
        let Some(address) = text.strip_prefix("tcp://") else {
            let path = PathBuf::from(text);
            return if path.is_absolute() { Ok(Self::Device(path)) } else { Err(NoPrinter) };
        };
        let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
        let port = if port.is_empty() { PORT } else { port.parse().map_err(|_| NoPrinter)? };
        if host.is_empty() { Err(NoPrinter) } else { Ok(Self::Network(host.to_owned(), port)) }
    }
}

/// A ticket as it is drawn: one bit for each dot, the rows one after the other, each from its left.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Picture {
    /// Dots of a row, eight for each byte.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Base64; a bit that is set is black.
    pub dots: String,
}

impl Picture {
    /// The dots as the printer takes them (GS v 0).
    fn raster(&self) -> Result<Vec<u8>, Fault> {
        let dots = BASE64_STANDARD.decode(&self.dots).map_err(|_| Code::Malformed)?;
        let row = self.width / 8;
        let fits = self.width.is_multiple_of(8)
            && (8..=WIDTH_MAX).contains(&self.width)
            && (1..=HEIGHT_MAX).contains(&self.height)
            && dots.len() == usize::from(row) * usize::from(self.height);
        if !fits {
            return Err(Code::Malformed.into());
        }
        let mut raster = vec![0x1d, b'v', b'0', 0];
        raster.extend(row.to_le_bytes());
        raster.extend(self.height.to_le_bytes());
        raster.extend(dots);
        Ok(raster)
    }
}

/// Why a ticket was not printed.
enum Trouble {
    Gone(String),
    Paper,
}

impl From<PrinterError> for Trouble {
    fn from(error: PrinterError) -> Self {
        Self::Gone(error.to_string())
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Gone(error.to_string())
    }
}

impl Printer {
    /// Prints a ticket, and waits until the printer says that it has.
    ///
    /// # Errors
    /// [`Code::PrinterGone`], [`Code::PaperOut`]: it may have been begun, and is to be thrown away. [`Code::Malformed`].
    pub async fn print(&self, picture: &Picture) -> Result<(), Fault> {
        let raster = picture.raster()?;
        let printer = self.clone();
        let job = spawn_blocking(move || match printer {
            Self::Network(host, port) => {
                let address = address(&host, port)?;
                let ip = address.ip().to_string();
                send(&NetworkDriver::open(&ip, address.port(), Some(ANSWER_WITHIN))?, &raster)
            }
            Self::Device(path) => send(&FileDriver::open(&path)?, &raster),
        });
        match timeout(PRINT_WITHIN, job).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(Trouble::Paper))) => Err(Code::PaperOut.into()),
            Ok(Ok(Err(Trouble::Gone(error)))) => {
                tracing::warn!(%error, "a ticket was not printed");
                Err(Code::PrinterGone.into())
            }
            Ok(Err(_)) | Err(_) => Err(Code::PrinterGone.into()),
        }
    }
}

fn address(host: &str, port: u16) -> io::Result<SocketAddr> {
    (host, port).to_socket_addrs()?.next().ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Reads one byte.
fn answer(driver: &impl Driver) -> Result<u8, Trouble> {
    let mut byte = [0];
    match driver.read(&mut byte)? {
        0 => Err(Trouble::Gone("the printer hung up".to_owned())),
        _ => Ok(byte[0]),
    }
}

fn send(driver: &(impl Driver + Clone), raster: &[u8]) -> Result<(), Trouble> {
    let mut job = Job::new(driver.clone(), Protocol::default(), None);
    for ask in [RealTimeStatusRequest::RollPaperSensor, RealTimeStatusRequest::Printer] {
        job.real_time_status(ask)?.send_status()?;
        let status = RealTimeStatusResponse::parse(ask, answer(driver)?)?;
        let is = |what| status.get(&what).copied();
        if is(RealTimeStatusResponse::RollPaperEndSensorPaperPresent) == Some(false) {
            return Err(Trouble::Paper);
        }
        if is(RealTimeStatusResponse::Online) == Some(false) {
            return Err(Trouble::Gone("the printer is offline".to_owned()));
        }
    }
    job.init()?.custom(raster)?.feeds(FEED)?.cut()?.custom(&PAPER_AFTER)?.print()?;
    if answer(driver)? & PAPER_END != 0 { Err(Trouble::Paper) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printers_are_named() {
        assert_eq!("tcp://10.0.0.9".parse(), Ok(Printer::Network("10.0.0.9".to_owned(), 9100)));
        assert_eq!("tcp://p.local:9101".parse(), Ok(Printer::Network("p.local".to_owned(), 9101)));
        assert_eq!("/dev/usb/lp0".parse(), Ok(Printer::Device("/dev/usb/lp0".into())));
        for text in ["", "lp0", "tcp://", "tcp://p:x", "usb:1"] {
            assert_eq!(text.parse::<Printer>(), Err(NoPrinter), "{text}");
        }
    }

    #[test]
    fn a_picture_has_as_many_dots_as_it_says() {
        let picture = |width, height, bytes: usize| Picture {
            width,
            height,
            dots: BASE64_STANDARD.encode(vec![255; bytes]),
        };
        let raster = picture(16, 3, 6).raster().unwrap();
        assert_eq!(raster, [0x1d, b'v', b'0', 0, 2, 0, 3, 0, 255, 255, 255, 255, 255, 255]);
        for wrong in
            [picture(16, 3, 5), picture(12, 3, 6), picture(0, 3, 0), picture(16, 0, 0), picture(648, 1, 81)]
        {
            assert_eq!(wrong.raster().unwrap_err().code, Code::Malformed);
        }
    }
}
