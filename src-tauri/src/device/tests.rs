//! What a device keeps, and whose orders it heeds.

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc},
};

use keyring::Error;
use tokio::sync::oneshot;

use super::*;
use crate::secrets::{
    Keyring,
    tests::{Mood, Moody},
};

fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

fn text(key: &SigningKey) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes())
}

fn order(by: &SigningKey, word: DeviceWord, device_id: DeviceId, nonce: &str) -> SignedOrder {
    let at = Timestamp::from_ms(7);
    let signature = by.sign(&order_text(word, device_id, nonce, at)).to_bytes();
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
    SignedOrder { word, device_id, nonce: nonce.to_owned(), at, key: text(by), signature }
}

fn id(n: u8) -> DeviceId {
    DeviceId::new(Timestamp::from_ms(1), [n; 10])
}

#[tokio::test]
async fn an_order_counts_where_its_own_clinic_signed_it_for_it_as_an_answer() {
    let (clinic, foreign) = (key(1), key(2));
    let device = Device::new(Secrets::memory());
    device.enrolled(id(1), key(9), Some(&text(&clinic))).await.unwrap();
    let right = order(&clinic, DeviceWord::Wipe, id(1), "asked");
    assert_eq!(device.heeds(&right, "asked"), Some(DeviceWord::Wipe));
    assert_eq!(device.heeds(&right, "asked later"), None, "an answer to another question");
    for wrong in [
        order(&foreign, DeviceWord::Wipe, id(1), "asked"),
        SignedOrder { key: text(&clinic), ..order(&foreign, DeviceWord::Wipe, id(1), "asked") },
        order(&clinic, DeviceWord::Wipe, id(2), "asked"),
        SignedOrder { word: DeviceWord::Wipe, ..order(&clinic, DeviceWord::Work, id(1), "asked") },
        SignedOrder { at: Timestamp::from_ms(8), ..right.clone() },
        SignedOrder { signature: String::new(), ..right.clone() },
    ] {
        assert_eq!(device.heeds(&wrong, "asked"), None, "{wrong:?}");
    }
    device.learn_clinic(&order(&foreign, DeviceWord::Work, id(1), "asked")).await.unwrap();
    assert_eq!(device.heeds(&right, "asked"), Some(DeviceWord::Wipe), "what is known is not replaced");
}

#[tokio::test]
async fn a_device_of_an_earlier_release_learns_its_clinic_while_it_is_in_use() {
    let (clinic, secrets) = (key(1), Secrets::memory());
    let device = Device::new(secrets.clone());
    device.enrolled(id(1), key(9), None).await.unwrap();
    let wipe = order(&clinic, DeviceWord::Wipe, id(1), "asked");
    device.learn_clinic(&wipe).await.unwrap();
    assert_eq!(device.heeds(&wipe, "asked"), None, "an order to wipe teaches no key");
    device.lock().await.unwrap();
    device.learn_clinic(&order(&key(2), DeviceWord::Work, id(1), "asked")).await.unwrap();
    assert!(!device.knows_clinic(), "nor does whoever unlocks it");
    device.unlock(device.locks()).await.unwrap();
    device.learn_clinic(&order(&clinic, DeviceWord::Work, id(1), "asked")).await.unwrap();
    assert_eq!(device.heeds(&wipe, "asked"), Some(DeviceWord::Wipe));
    device.lock().await.unwrap();
    let again = Device::new(secrets);
    assert!(again.load().await.unwrap());
    assert!(again.is_locked() && again.knows_clinic(), "the keyring has it");
}

/// The device after a restart.
async fn restarted(secrets: &Secrets) -> Device {
    let device = Device::new(secrets.clone());
    assert!(device.load().await.unwrap());
    device
}

#[tokio::test]
async fn a_lock_that_the_keyring_did_not_take_is_stored_at_the_next_contact() {
    let (moody, secrets) = Moody::start();
    let device = Device::new(secrets.clone());
    device.enrolled(id(1), key(9), Some(&text(&key(1)))).await.unwrap();
    moody.becomes(Mood::Failing);
    assert_eq!(device.lock().await.unwrap_err().code, Code::KeyringLocked);
    assert!(device.is_locked(), "at once");
    moody.becomes(Mood::Fine);
    assert!(!restarted(&secrets).await.is_locked(), "the keyring does not have it");
    device.lock().await.unwrap();
    assert!(restarted(&secrets).await.is_locked(), "the next contact stores it");
    // The end of a lock counts only once the keyring has it.
    moody.becomes(Mood::Failing);
    assert_eq!(device.unlock(device.locks()).await.unwrap_err().code, Code::KeyringLocked);
    assert!(device.is_locked());
    moody.becomes(Mood::Fine);
    device.unlock(device.locks()).await.unwrap();
    assert!(!device.is_locked() && !restarted(&secrets).await.is_locked());
}

#[tokio::test]
async fn an_order_that_was_asked_for_before_the_lock_does_not_end_it() {
    let secrets = Secrets::memory();
    let device = Device::new(secrets.clone());
    device.enrolled(id(1), key(9), None).await.unwrap();
    let asked = device.locks();
    device.lock().await.unwrap();
    assert_eq!(device.unlock(asked).await.unwrap_err().code, Code::DeviceLocked);
    assert!(device.is_locked() && restarted(&secrets).await.is_locked());
}

/// A keyring that is slow with one write.
#[derive(Default)]
struct Slow {
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    next: Mutex<Option<(oneshot::Sender<()>, mpsc::Receiver<()>)>>,
}

impl Keyring for Slow {
    fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        self.kept.lock().unwrap().get(name).cloned().ok_or(Error::NoEntry)
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), Error> {
        let next = self.next.lock().unwrap().take();
        if let Some((began, go)) = next {
            began.send(()).unwrap();
            go.recv().unwrap();
        }
        self.kept.lock().unwrap().insert(name.to_owned(), secret.to_vec());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), Error> {
        self.kept.lock().unwrap().remove(name).map(drop).ok_or(Error::NoEntry)
    }
}

#[tokio::test]
async fn a_lock_that_comes_while_the_clinics_key_is_stored_stays() {
    let slow = Arc::new(Slow::default());
    let secrets = Secrets::Keyring(Arc::<Slow>::clone(&slow));
    let device = Arc::new(Device::new(secrets.clone()));
    device.enrolled(id(1), key(9), None).await.unwrap();
    let ((began, writes), (go, waits)) = (oneshot::channel(), mpsc::channel());
    *slow.next.lock().unwrap() = Some((began, waits));
    let (learning, locking) = (Arc::clone(&device), Arc::clone(&device));
    let word = order(&key(1), DeviceWord::Work, id(1), "asked");
    let learns = tokio::spawn(async move { learning.learn_clinic(&word).await });
    writes.await.unwrap();
    let locks = tokio::spawn(async move { locking.lock().await });
    while !device.is_locked() {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    learns.await.unwrap().unwrap();
    locks.await.unwrap().unwrap();
    assert!(device.is_locked() && device.knows_clinic());
    let again = restarted(&secrets).await;
    assert!(again.is_locked() && again.knows_clinic(), "the keyring has both");
}

#[tokio::test]
async fn a_key_that_the_server_has_not_accepted_replaces_nothing() {
    let secrets = Secrets::memory();
    let device = Device::new(secrets.clone());
    device.enrolled(id(1), key(9), Some(&text(&key(1)))).await.unwrap();
    let (fresh, _) = device.fresh_key().await.unwrap();
    let again = restarted(&secrets).await;
    assert!(again.id() == Some(id(1)) && again.knows_clinic(), "a code that is refused costs nothing");
    device.lock().await.unwrap();
    assert_eq!(device.enrolled(id(2), fresh, None).await.unwrap_err().code, Code::DeviceLocked);
    let again = restarted(&secrets).await;
    assert!(
        again.id() == Some(id(1)) && again.is_locked() && again.knows_clinic(),
        "nor an accepted one a lock"
    );
    device.unlock(device.locks()).await.unwrap();
    let (fresh, _) = device.fresh_key().await.unwrap();
    device.enrolled(id(2), fresh, None).await.unwrap();
    assert_eq!(restarted(&secrets).await.id(), Some(id(2)));
    assert!(secrets.get(FRESH).await.unwrap().is_none(), "the key is stored once");
}
