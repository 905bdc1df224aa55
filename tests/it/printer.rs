//! A printer for tests: it takes ESC/POS over TCP and keeps the printed pages in memory.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// The behaviour of the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Ready,
    /// No paper before a ticket.
    NoPaper,
    /// The paper ends within a ticket.
    RunsOut,
    /// It accepts everything and answers nothing.
    Mute,
}

/// A printed page: rows of dots, `true` for black.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub width: usize,
    pub rows: Vec<Vec<bool>>,
}

impl Page {
    /// The text of the page's QR code.
    pub fn qr(&self) -> Option<String> {
        let (width, height) = (self.width, self.rows.len());
        let grey = |x: usize, y: usize| if self.rows[y][x] { 0 } else { 255 };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
        Some(picture.detect_grids().first()?.decode().ok()?.1)
    }

    /// How many dots are black.
    pub fn black(&self) -> usize {
        self.rows.iter().flatten().filter(|dot| **dot).count()
    }

    /// Saves a picture of it, if pictures are wanted.
    pub fn show(&self, name: &str) {
        let Some(folder) = std::env::var_os("MEDLANE_TEST_PICTURES") else { return };
        let (width, height) = (u32::try_from(self.width).unwrap(), u32::try_from(self.rows.len()).unwrap());
        let dots = self.rows.iter().flatten().map(|dot| if *dot { 0 } else { 255 }).collect();
        let picture = image::GrayImage::from_raw(width, height, dots).unwrap();
        picture.save(std::path::Path::new(&folder).join(format!("{name}.png"))).unwrap();
    }
}

#[derive(Debug)]
struct Inside {
    mood: Mood,
    pages: Vec<Page>,
}

/// The printer.
#[derive(Debug, Clone)]
pub struct VirtualPrinter {
    pub address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
}

impl VirtualPrinter {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inside = Arc::new(Mutex::new(Inside { mood: Mood::Ready, pages: Vec::new() }));
        let printer = Self { address: listener.local_addr().unwrap(), inside };
        let own = printer.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let own = own.clone();
                // A client that disconnects ends its own job.
                tokio::spawn(async move { own.job(line).await });
            }
        });
        printer
    }

    pub fn becomes(&self, mood: Mood) {
        self.inside.lock().unwrap().mood = mood;
    }

    pub fn pages(&self) -> Vec<Page> {
        self.inside.lock().unwrap().pages.clone()
    }

    /// The last page, once there are this many.
    pub async fn page(&self, count: usize) -> Page {
        for _ in 0..400 {
            let pages = self.pages();
            if pages.len() >= count {
                return pages[count - 1].clone();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never {count} pages");
    }

    fn mood(&self) -> Mood {
        self.inside.lock().unwrap().mood
    }

    async fn job(&self, mut line: TcpStream) -> Option<()> {
        let mut page = Page::default();
        loop {
            let first = line.read_u8().await.ok()?;
            // A printer ignores null bytes.
            if first == 0 {
                continue;
            }
            match (first, line.read_u8().await.ok()?) {
                // DLE EOT n: the present status. Bits 1 and 4 are always set.
                (0x10, 0x04) => {
                    let what = line.read_u8().await.ok()?;
                    let no_paper = self.mood() == Mood::NoPaper;
                    let status = match what {
                        1 if no_paper => 0x1a,
                        4 if no_paper => 0x72,
                        _ => 0x12,
                    };
                    self.answer(&mut line, status).await?;
                }
                // ESC @
                (0x1b, b'@') => page = Page::default(),
                // ESC d n
                (0x1b, b'd') => {
                    let lines = line.read_u8().await.ok()?;
                    let blank = vec![false; page.width];
                    page.rows.extend(std::iter::repeat_n(blank, usize::from(lines) * 24));
                }
                // GS v 0 m xL xH yL yH
                (0x1d, b'v') => {
                    let mut head = [0; 6];
                    line.read_exact(&mut head).await.ok()?;
                    let bytes = usize::from(u16::from_le_bytes([head[2], head[3]]));
                    let rows = u16::from_le_bytes([head[4], head[5]]);
                    page.width = bytes * 8;
                    for _ in 0..rows {
                        let mut row = vec![0; bytes];
                        line.read_exact(&mut row).await.ok()?;
                        let dots = row.iter().flat_map(|byte| (0..8).map(move |n| byte >> (7 - n) & 1 == 1));
                        page.rows.push(dots.collect());
                    }
                }
                // GS V m, with n for some m: the knife.
                (0x1d, b'V') => {
                    if line.read_u8().await.ok()? >= 65 {
                        line.read_u8().await.ok()?;
                    }
                    if matches!(self.mood(), Mood::Ready | Mood::Mute) {
                        self.inside.lock().unwrap().pages.push(std::mem::take(&mut page));
                    }
                }
                // GS r 1: the paper status, after everything before is done.
                (0x1d, b'r') => {
                    line.read_u8().await.ok()?;
                    let status = if self.mood() == Mood::RunsOut { 0x0c } else { 0 };
                    self.answer(&mut line, status).await?;
                }
                other => panic!("not a command of this printer: {other:?}"),
            }
        }
    }

    async fn answer(&self, line: &mut TcpStream, status: u8) -> Option<()> {
        if self.mood() == Mood::Mute {
            return Some(());
        }
        line.write_all(&[status]).await.ok()
    }
}
