//! A session that ends while the server is asked to renew it, and a locked screen.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

use ed25519_dalek::SigningKey;
use medlane_shared::ids::{ClinicId, DeviceId, PersonId, SessionId};
use serde_json::json;
use tokio::sync::mpsc as later;

use super::*;
use crate::secrets::tests::{Mood, Moody};

/// A server that renews a session only once it is told how it answers, and says what it was asked.
struct Slow {
    base: String,
    asked: later::UnboundedReceiver<(String, Value)>,
    answers: mpsc::Sender<(u16, String)>,
}

impl Slow {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let ((said, asked), (answers, answer)) = (later::unbounded_channel(), mpsc::channel());
        let answer = Arc::new(Mutex::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (said, answer) = (said.clone(), Arc::clone(&answer));
                thread::spawn(move || serve(stream.unwrap(), &said, &answer));
            }
        });
        Self { base, asked, answers }
    }

    /// The next request: the end of its path, and its refresh token.
    async fn hears(&mut self) -> (String, String) {
        let (path, body) = self.asked.recv().await.unwrap();
        let name = path.rsplit('/').next().unwrap().to_owned();
        (name, body["refresh_token"].as_str().unwrap().to_owned())
    }
}

fn serve(
    mut stream: TcpStream,
    said: &later::UnboundedSender<(String, Value)>,
    answer: &Mutex<mpsc::Receiver<(u16, String)>>,
) {
    let mut read = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut head) = (String::new(), Vec::new());
    while read.read_line(&mut line).unwrap() > 2 {
        head.push(std::mem::take(&mut line).to_lowercase());
    }
    let length = head.iter().find_map(|line| line.strip_prefix("content-length:")).unwrap();
    let mut body = vec![0; length.trim().parse().unwrap()];
    read.read_exact(&mut body).unwrap();
    let path = head[0].split(' ').nth(1).unwrap().to_owned();
    let renews = path.ends_with("refresh");
    said.send((path, serde_json::from_slice(&body).unwrap())).unwrap();
    let (status, text) =
        if renews { answer.lock().unwrap().recv().unwrap() } else { (200, "null".to_owned()) };
    let length = text.len();
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}")
        .unwrap();
}

fn tokens(n: u8) -> Tokens {
    let at = Timestamp::from_ms(1);
    let me = json!({
        "clinic_id": ClinicId::new(at, [1; 10]), "clinic_name": "Clinic", "session_id": SessionId::new(at, [n; 10]),
        "person_id": PersonId::new(at, [n; 10]), "device_id": null, "name": "Name", "role": "doctor",
        "roles": ["doctor"], "branches": [],
    });
    serde_json::from_value(json!({
        "access_token": format!("access {n}"), "expires_in_s": 900, "refresh_token": format!("refresh {n}"), "me": me,
    }))
    .unwrap()
}

/// A signed-in person whose session is being renewed: the server has been asked and has not answered.
async fn renewing() -> (Slow, Arc<Session>, Secrets, tokio::task::JoinHandle<Result<String, Fault>>) {
    let (mut slow, secrets) = (Slow::start(), Secrets::memory());
    let session = Session::new(Face::Doctor, &slow.base, secrets.clone(), None, Clock::system()).unwrap();
    let session = Arc::new(session);
    session.begin(tokens(1), None).await.unwrap();
    let renews = Arc::clone(&session);
    let renewal = tokio::spawn(async move { renews.renew(Some("access 1")).await });
    assert_eq!(slow.hears().await, ("refresh".to_owned(), "refresh 1".to_owned()));
    (slow, session, secrets, renewal)
}

fn renewed() -> (u16, String) {
    (200, serde_json::to_string(&tokens(2)).unwrap())
}

#[tokio::test]
async fn a_session_that_was_signed_out_does_not_come_back_with_its_renewal() {
    let (mut slow, session, secrets, renewal) = renewing().await;
    session.sign_out().await.unwrap();
    assert_eq!(slow.hears().await, ("logout".to_owned(), "refresh 1".to_owned()));
    slow.answers.send(renewed()).unwrap();
    assert_eq!(renewal.await.unwrap().unwrap_err().code, Code::SignedOut);
    assert_eq!((session.me(), session.is_confirmed()), (None, false));
    assert!(secrets.get(KEPT).await.unwrap().is_none(), "nor after a restart");
    assert_eq!(
        slow.hears().await,
        ("logout".to_owned(), "refresh 2".to_owned()),
        "it ends at the server too"
    );
}

#[tokio::test]
async fn whoever_signed_in_meanwhile_stays_signed_in() {
    let refused = (401, serde_json::to_string(&Fault::new(Code::SignedOut)).unwrap());
    for answer in [renewed(), refused] {
        let (slow, session, secrets, renewal) = renewing().await;
        session.sign_out().await.unwrap();
        session.begin(tokens(3), None).await.unwrap();
        slow.answers.send(answer).unwrap();
        assert_eq!(renewal.await.unwrap().unwrap_err().code, Code::SignedOut);
        assert_eq!(session.me(), Some(tokens(3).me));
        let kept: Kept = serde_json::from_slice(&secrets.get(KEPT).await.unwrap().unwrap()).unwrap();
        assert_eq!(kept.refresh_token, "refresh 3");
    }
}

#[tokio::test]
async fn a_renewal_keeps_the_session() {
    let (slow, session, secrets, renewal) = renewing().await;
    slow.answers.send(renewed()).unwrap();
    assert_eq!(renewal.await.unwrap().unwrap(), "access 2");
    let kept: Kept = serde_json::from_slice(&secrets.get(KEPT).await.unwrap().unwrap()).unwrap();
    assert_eq!((kept.refresh_token.as_str(), session.me()), ("refresh 2", Some(tokens(2).me)));
}

#[tokio::test]
async fn a_session_that_was_wiped_does_not_come_back_with_its_renewal() {
    let (mut slow, session, secrets, renewal) = renewing().await;
    session.wipe().await.unwrap();
    slow.answers.send(renewed()).unwrap();
    assert_eq!(renewal.await.unwrap().unwrap_err().code, Code::SignedOut);
    assert_eq!(session.me(), None);
    assert!(secrets.get(KEPT).await.unwrap().is_none());
    assert_eq!(slow.hears().await, ("logout".to_owned(), "refresh 2".to_owned()));
}

#[tokio::test]
async fn a_token_that_was_just_renewed_is_not_thrown_away() {
    let (slow, session, _, renewal) = renewing().await;
    slow.answers.send(renewed()).unwrap();
    assert_eq!(renewal.await.unwrap().unwrap(), "access 2");
    // A call that went out with the first token learns only now that it has expired.
    slow.answers.send((200, serde_json::to_string(&tokens(3)).unwrap())).unwrap();
    assert_eq!(session.renew(Some("access 1")).await.unwrap(), "access 2");
    assert_eq!(session.token().await.unwrap().as_deref(), Some("access 2"));
    assert_eq!(session.renew(Some("access 2")).await.unwrap(), "access 3");
}

#[tokio::test]
async fn a_failed_renewal_leaves_a_session_confirmed_until_it_is_resumed() {
    let (slow, session, _, renewal) = renewing().await;
    let busy = || (503, serde_json::to_string(&Fault::new(Code::Overloaded)).unwrap());
    slow.answers.send(busy()).unwrap();
    assert_eq!(renewal.await.unwrap().unwrap_err().code, Code::Overloaded);
    assert!(session.is_confirmed(), "the server has confirmed it when it began");
    slow.answers.send(busy()).unwrap();
    assert!(matches!(session.resume().await.unwrap(), Standing::SignedIn { .. }));
    assert!(!session.is_confirmed(), "by then the clock may have been set back");
    slow.answers.send(renewed()).unwrap();
    assert!(matches!(session.resume().await.unwrap(), Standing::SignedIn { .. }));
    assert!(session.is_confirmed());
}

#[tokio::test]
async fn nobody_begins_at_a_device_that_was_locked_while_the_server_was_asked() {
    let (mut slow, secrets) = (Slow::start(), Secrets::memory());
    let session = Session::new(Face::Doctor, &slow.base, secrets.clone(), None, Clock::system()).unwrap();
    let id = DeviceId::new(Timestamp::from_ms(1), [1; 10]);
    session.device.enrolled(id, SigningKey::from_bytes(&[9; 32]), None).await.unwrap();
    session.device.lock().await.unwrap();
    assert_eq!(session.begin(tokens(1), None).await.unwrap_err().code, Code::DeviceLocked);
    assert_eq!(slow.hears().await, ("logout".to_owned(), "refresh 1".to_owned()));
    assert!(session.me().is_none() && secrets.get(KEPT).await.unwrap().is_none());
}

/// A session whose screen is locked, without a server.
async fn locked_screen(secrets: Secrets) -> Arc<Session> {
    let session = Session::new(Face::Doctor, "http://127.0.0.1:1", secrets, None, Clock::system()).unwrap();
    session.begin(tokens(1), Some(lock::hashed("right".to_owned()).await.unwrap())).await.unwrap();
    assert!(matches!(session.lock().await.unwrap(), Standing::Locked { .. }));
    Arc::new(session)
}

#[tokio::test]
async fn passwords_that_are_tried_at_the_same_time_are_all_counted() {
    let session = locked_screen(Secrets::memory()).await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let session = Arc::clone(&session);
            tokio::spawn(async move { session.unlock("wrong".to_owned()).await.unwrap_err().code })
        })
        .collect();
    let mut wrong = 0;
    for tried in tries {
        wrong += usize::from(tried.await.unwrap() == Code::PasswordWrong);
    }
    assert_eq!(wrong, 4, "the fifth ends the session");
    assert_eq!(session.unlock("right".to_owned()).await.unwrap_err().code, Code::SignedOut);
    assert!(session.is_locked());
}

#[tokio::test]
async fn a_screen_stays_locked_if_the_keyring_does_not_take_the_end_of_the_lock() {
    let (moody, secrets) = Moody::start();
    let session = locked_screen(secrets).await;
    moody.becomes(Mood::Failing);
    for _ in 0..6 {
        assert_eq!(session.unlock("right".to_owned()).await.unwrap_err().code, Code::KeyringLocked);
        assert!(session.is_locked());
    }
    moody.becomes(Mood::Fine);
    assert_eq!(session.unlock("wrong".to_owned()).await.unwrap_err().code, Code::PasswordWrong);
    session.unlock("right".to_owned()).await.unwrap();
    assert!(!session.is_locked());
}
