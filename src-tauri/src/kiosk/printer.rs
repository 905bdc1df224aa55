//! The ticket printer: ESC/POS over the network or USB. The page draws the ticket as a picture, in any language. A
//! ticket counts as printed once the printer has answered a request that follows it.

mod device;
#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use escpos::{
    driver::{Driver, NetworkDriver},
    errors::PrinterError,
    printer::Printer as Job,
    utils::{Protocol, RealTimeStatusRequest, RealTimeStatusResponse},
};
use medlane_shared::fault::{Code, Fault};
use serde::Deserialize;
use tokio::{sync::Mutex, task::spawn_blocking, time::timeout_at};

use device::DeviceFile;

/// How long the printer has to answer. After that it counts as absent.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// How long a ticket has to print. After that it counts as not printed.
const PRINT_WITHIN: Duration = Duration::from_secs(12);
/// The port of network printers.
const PORT: u16 = 9100;
/// The widest ticket, in dots: paper of 80 mm.
const WIDTH_MAX: u16 = 640;
/// The longest ticket, in dots.
const HEIGHT_MAX: u16 = 2_000;
/// How many lines the paper moves on before the knife.
const FEED: u8 = 4;
/// Asks for the state of the paper sensor. The printer answers after everything before it is done (GS r 1).
const PAPER_AFTER: [u8; 3] = [0x1d, b'r', 1];
/// The bits of that answer that mean "no paper".
const PAPER_END: u8 = 0x0c;

/// The address of a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Printer {
    /// A network printer: `tcp://10.0.0.9` or `tcp://printer.local:9100`.
    Network(String, u16),
    /// A device file of this computer: `/dev/usb/lp0`.
    Device(PathBuf),
}

/// The error for a text that is not the address of a printer.
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

/// A drawn ticket: one bit for each dot, row by row, each row from the left.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Picture {
    /// Dots of a row: a multiple of 8.
    pub width: u16,
    /// The number of rows.
    pub height: u16,
    /// The bits, base64; a set bit is black.
    pub dots: String,
}

impl Picture {
    /// The dots in the printer's format (GS v 0).
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

/// A printer, and whose turn it is: it prints one ticket after another.
pub struct Spool {
    printer: Printer,
    turn: Arc<Mutex<()>>,
    answer_within: Duration,
    print_within: Duration,
}

impl Spool {
    /// For a printer that prints nothing yet.
    #[must_use]
    pub fn new(printer: Printer) -> Self {
        let turn = Arc::default();
        Self { printer, turn, answer_within: ANSWER_WITHIN, print_within: PRINT_WITHIN }
    }

    /// Prints a ticket, and waits until the printer confirms it. A ticket that was given up is not printed later.
    ///
    /// # Errors
    /// [`Code::PrinterGone`] or [`Code::PaperOut`]: the printer may have started the ticket, and that piece has to be
    /// thrown away. [`Code::Malformed`] if the picture does not fit.
    pub async fn print(&self, picture: &Picture) -> Result<(), Fault> {
        let raster = picture.raster()?;
        let ends = Instant::now() + self.print_within;
        let gone = |error: String| {
            tracing::warn!(%error, "the printer did not print a ticket");
            Fault::new(Code::PrinterGone)
        };
        let turn = timeout_at(ends.into(), Arc::clone(&self.turn).lock_owned()).await;
        let turn = turn.map_err(|_| gone("the ticket before it still prints".to_owned()))?;
        let (printer, within) = (self.printer.clone(), self.answer_within);
        let job = spawn_blocking(move || {
            // The turn ends with the job, also if nobody waits for it any more.
            let _turn = turn;
            printer.print(&raster, within, ends)
        });
        match timeout_at(ends.into(), job).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(Trouble::Paper))) => Err(Code::PaperOut.into()),
            Ok(Ok(Err(Trouble::Gone(error)))) => Err(gone(error)),
            Ok(Err(error)) => Err(gone(error.to_string())),
            Err(_) => Err(gone("it took too long".to_owned())),
        }
    }
}

impl Printer {
    /// Prints, unless so little time is left that the ticket may have been given up before its paper is out.
    fn print(&self, raster: &[u8], within: Duration, ends: Instant) -> Result<(), Trouble> {
        match self {
            Self::Network(host, port) => {
                let address = address(host, *port)?;
                let driver = NetworkDriver::open(&address.ip().to_string(), address.port(), Some(within))?;
                send(&driver, raster, within, ends)
            }
            Self::Device(path) => send(&DeviceFile::open(path, within)?, raster, within, ends),
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

fn send(
    driver: &(impl Driver + Clone),
    raster: &[u8],
    within: Duration,
    ends: Instant,
) -> Result<(), Trouble> {
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
    if Instant::now() + within > ends {
        return Err(Trouble::Gone("the ticket was given up before it was sent".to_owned()));
    }
    job.init()?.custom(raster)?.feeds(FEED)?.cut()?.custom(&PAPER_AFTER)?.print()?;
    if answer(driver)? & PAPER_END != 0 { Err(Trouble::Paper) } else { Ok(()) }
}
