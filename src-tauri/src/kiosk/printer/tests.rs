//! Printing without a printer.

use std::{
    net::TcpListener,
    thread::{self, JoinHandle},
};

use super::*;

/// A status without trouble.
const FINE: u8 = 0x12;

fn picture() -> Picture {
    Picture { width: 16, height: 3, dots: BASE64_STANDARD.encode([255; 6]) }
}

/// Answers each request of a job at once; returns everything that was sent, without null bytes.
fn serve(mut line: impl io::Read + io::Write) -> Vec<u8> {
    let (mut sent, mut bytes) = (Vec::new(), [0; 1_024]);
    while let Ok(count @ 1..) = line.read(&mut bytes) {
        // A printer ignores null bytes.
        let came = bytes[..count].iter().filter(|byte| **byte != 0);
        let before = sent.len();
        sent.extend(came);
        if sent.len() == before {
            continue;
        }
        if sent.ends_with(&[0x10, 4, 4]) || sent.ends_with(&[0x10, 4, 1]) {
            line.write_all(&[FINE]).unwrap();
        } else if sent.ends_with(&PAPER_AFTER) {
            line.write_all(&[0]).unwrap();
        }
    }
    sent
}

/// How many tickets are in what a printer was sent: rows of 2 bytes follow the command.
fn tickets(sent: &[u8]) -> usize {
    sent.windows(4).filter(|bytes| *bytes == [0x1d, b'v', b'0', 2]).count()
}

fn network() -> (TcpListener, Spool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, Spool::new(Printer::Network(address.ip().to_string(), address.port())))
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_print_one_after_another() {
    let (listener, spool) = network();
    let printer: JoinHandle<Vec<Vec<u8>>> = thread::spawn(move || {
        let first = listener.accept().unwrap().0;
        // A second job that did not wait would connect meanwhile.
        listener.set_nonblocking(true).unwrap();
        thread::sleep(Duration::from_millis(150));
        assert!(listener.accept().is_err(), "the second ticket has to wait");
        listener.set_nonblocking(false).unwrap();
        let first = serve(first);
        vec![first, serve(listener.accept().unwrap().0)]
    });
    let (first, second) = (picture(), picture());
    let (one, two) = tokio::join!(spool.print(&first), spool.print(&second));
    assert_eq!((one, two), (Ok(()), Ok(())));
    let sent = printer.join().unwrap();
    assert_eq!(sent.iter().map(|job| tickets(job)).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_given_up_is_not_printed_later() {
    let (listener, spool) = network();
    let spool = Spool { print_within: Duration::from_millis(50), ..spool };
    let before = Arc::clone(&spool.turn).lock_owned().await;
    assert_eq!(spool.print(&picture()).await.unwrap_err().code, Code::PrinterGone);
    drop(before);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nothing is sent for it");
    listener.set_nonblocking(false).unwrap();
    // A job whose printer answers late: the page has said meanwhile that there is no ticket.
    let address = listener.local_addr().unwrap();
    let printer = thread::spawn(move || serve(listener.accept().unwrap().0));
    let late = Printer::Network(address.ip().to_string(), address.port());
    let raster = picture().raster().unwrap();
    assert!(late.print(&raster, ANSWER_WITHIN, Instant::now()).is_err());
    assert_eq!(tickets(&printer.join().unwrap()), 0);
}

#[cfg(unix)]
#[test]
fn a_device_that_does_not_answer_is_let_go() {
    use std::{fs::File, os::fd::OwnedFd, os::unix::net::UnixStream, rc::Rc};

    let within = Duration::from_millis(100);
    let (raster, ends) = (picture().raster().unwrap(), || Instant::now() + PRINT_WITHIN);
    let device = |line: UnixStream| {
        line.set_nonblocking(true).unwrap();
        DeviceFile { file: Rc::new(File::from(OwnedFd::from(line))), within }
    };
    // It accepts everything and answers nothing.
    let (own, _mute) = UnixStream::pair().unwrap();
    assert!(matches!(send(&device(own), &raster, within, ends()), Err(Trouble::Gone(_))));
    // It accepts nothing.
    let (own, _full) = UnixStream::pair().unwrap();
    assert!(device(own).write(&vec![0; 1 << 22]).is_err());
    // It answers with empty packets.
    let null = DeviceFile::open("/dev/null".as_ref(), within).unwrap();
    assert!(matches!(send(&null, &raster, within, ends()), Err(Trouble::Gone(_))));
    // It is in order.
    let (own, other) = UnixStream::pair().unwrap();
    let printer = thread::spawn(move || serve(other));
    assert!(send(&device(own), &raster, within, ends()).is_ok());
    assert_eq!(tickets(&printer.join().unwrap()), 1);
}

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
