//! The session's device: whether anyone may work at it, what it proves, and what it deletes when it is removed.

use medlane_shared::{
    api::{AskOrders, Call, CheckInDevice, DeviceWiped, EnrolDevice},
    fault::{Code, Fault},
    identity::{
        DeviceCheckIn, DeviceEnrolRequest, DeviceProof, DeviceWord, Face, OrdersRequest, ProofFor,
        SignedOrder,
    },
};

use super::{Held, KEPT, Session, Standing, is_bar, is_passing};
use crate::device::{APP_VERSION, Device};

impl Session {
    /// Why nobody may work at this device; `None` if work may go on.
    pub(super) async fn may_work_here(&self) -> Result<Option<Standing>, Fault> {
        if !self.device.load().await? {
            let unknown = self.device.can_be_known() && self.face != Face::Kiosk;
            return Ok(unknown.then_some(Standing::Unenrolled));
        }
        match self.check_in(ProofFor::CheckIn).await {
            Ok(()) => self.may_go_on().await?,
            // Any server can say that it does not know the device: that ends no lock.
            Err(fault) if fault.code == Code::DeviceUnproven && !self.device.is_locked() => {
                return Ok(Some(Standing::Unenrolled));
            }
            Err(fault) if is_bar(&fault) => return self.stands_barred(&fault).await.map(Some),
            // Without the server a lock stays.
            Err(_) if self.device.is_locked() => return Err(Code::DeviceLocked.into()),
            Err(_) => {}
        }
        Ok(None)
    }

    /// A server says that work may go on here. Only the clinic's signed order ends a lock. A device that does not
    /// know the clinic's key learns it while in use, never while locked: nothing would prove who unlocks it.
    async fn may_go_on(&self) -> Result<(), Fault> {
        if self.device.knows_clinic() && !self.device.is_locked() {
            return Ok(());
        }
        let locks = self.device.locks();
        match self.ordered().await {
            Ok(Some(DeviceWord::Work)) if self.device.is_locked() => self.device.unlock(locks).await,
            answer if self.device.is_locked() => {
                let knows_clinic = self.device.knows_clinic();
                tracing::warn!(
                    ?answer,
                    knows_clinic,
                    "a server unlocks this device without an order of the clinic"
                );
                Err(Code::DeviceLocked.into())
            }
            // The device was not locked. A server of a release without orders answers in this way.
            _ => Ok(()),
        }
    }

    /// Learns the clinic's key at a locked device, if a person has typed its code from the console.
    ///
    /// # Errors
    /// [`Code::CodeWrong`], [`Code::Offline`], [`Code::KeyringLocked`], the server's.
    pub async fn trust_clinic(&self, typed: &str) -> Result<(), Fault> {
        if !self.device.load().await? || !self.device.is_locked() {
            return Ok(());
        }
        let (order, nonce) = self.order().await?;
        self.device.learn_clinic_by_code(&order, &nonce, typed).await
    }

    /// The clinic's order for this device; `None` if nothing proves that the clinic gave it.
    async fn ordered(&self) -> Result<Option<DeviceWord>, Fault> {
        let (order, nonce) = self.order().await?;
        self.device.learn_clinic(&order).await?;
        Ok(self.device.heeds(&order, &nonce))
    }

    /// The order that the server sends, and the nonce of the question.
    async fn order(&self) -> Result<(SignedOrder, String), Fault> {
        let mut asked = self.device.asks().ok_or(Code::DeviceUnproven)?;
        let renew = |asked: &mut OrdersRequest, device: &Device| {
            if let Some(again) = device.asks() {
                *asked = again;
            }
        };
        let order = self.proven_call::<AskOrders>(&mut asked, renew).await?;
        Ok((order, asked.nonce))
    }

    /// Where the session stands after the device was barred.
    pub(super) async fn stands_barred(&self, fault: &Fault) -> Result<Standing, Fault> {
        let fault = self.barred(fault).await?;
        if fault.code == Code::DeviceLocked { Err(fault) } else { Ok(Standing::Unenrolled) }
    }

    /// Whether nobody may work at this device, because the clinic has locked it.
    #[must_use]
    pub fn is_device_locked(&self) -> bool {
        self.device.is_locked()
    }

    /// Refuses what needs a device that is not locked.
    pub(super) fn refuse_locked_device(&self) -> Result<(), Fault> {
        if self.device.is_locked() { Err(Code::DeviceLocked.into()) } else { Ok(()) }
    }

    /// Enrols this computer as a device of the clinic; a computer that is enrolled needs no code. A locked device
    /// stays what it is.
    ///
    /// # Errors
    /// [`Code::DeviceLocked`]; as [`Session::sign_in`].
    pub async fn enrol(&self, code: String) -> Result<Standing, Fault> {
        if self.device.load().await? {
            let standing = self.resume().await?;
            if standing != Standing::Unenrolled {
                return Ok(standing);
            }
            // The server may not know yet that the device was wiped: only the key of before can prove it.
            self.refuse_locked_device()?;
        }
        let (key, public_key) = self.device.fresh_key().await?;
        let request = DeviceEnrolRequest {
            code,
            public_key: Some(public_key),
            app_version: Some(APP_VERSION.to_owned()),
            face: Some(self.face),
        };
        let enrolled = self.open_call::<EnrolDevice>(&request).await?;
        self.device.enrolled(enrolled.device_id, key, enrolled.order_key.as_deref()).await?;
        match enrolled.tokens {
            Some(tokens) => self.begin(tokens, None).await,
            None => Ok(Standing::SignedOut),
        }
    }

    /// The proof of this device for a hello, over its token.
    #[must_use]
    pub fn hello(&self, token: &str) -> Option<DeviceProof> {
        self.device.proof(ProofFor::Hello, token)
    }

    /// Corrects the clock by the server's time after [`Code::ClockWrong`]; returns whether a retry may help.
    #[must_use]
    pub fn correct_clock(&self, fault: &Fault) -> bool {
        self.device.correct_clock(fault)
    }

    /// Nobody may work here any more. Locks the device at once, whoever says so: a lock loses nothing. Deletes
    /// everything, and tells the server so, only by the clinic's signed order. Returns [`Code::DeviceLocked`] without
    /// such an order.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`], [`Code::Internal`], or a passing fault of the server, which does not have the log of
    /// reads yet: the next contact tries again.
    pub async fn barred(&self, fault: &Fault) -> Result<Fault, Fault> {
        self.device.lock().await?;
        if fault.code == Code::DeviceLocked {
            return Ok(fault.clone());
        }
        match self.ordered().await {
            Ok(Some(DeviceWord::Wipe)) => self.wipe().await.map(|()| fault.clone()),
            answer => {
                tracing::warn!(
                    ?answer,
                    "a server said that this device was removed, without an order of the clinic"
                );
                Ok(Code::DeviceLocked.into())
            }
        }
    }

    /// Deletes the session and the vaults at once, and the log of reads as soon as the server has it or refuses it.
    pub(super) async fn wipe(&self) -> Result<(), Fault> {
        let session = {
            // A renewal that ends later finds no session, and keeps none.
            let _one = self.keeping.lock().await;
            *self.held() = Held::default();
            self.secrets.delete(KEPT).await
        };
        if let (Some(vaults), Some(reads)) = (&self.vaults, &self.reads) {
            self.device.forget_vaults(vaults).await?;
            // The log of reads belongs to the clinic: the server gets it before it is deleted here.
            match self.hand_over().await {
                Err(fault) if is_passing(&fault) => return Err(fault),
                Err(fault) => tracing::error!(code = ?fault.code, "the server refuses the log of reads"),
                Ok(()) => {}
            }
            reads.erase().await?;
        }
        session?;
        // The key proves to the server that the device was wiped: it stays until the server knows.
        match self.check_in(ProofFor::Wiped).await {
            Err(fault) if is_passing(&fault) => Ok(()),
            _ => self.device.forget().await,
        }
    }

    async fn check_in(&self, what: ProofFor) -> Result<(), Fault> {
        let request = self.device.check_in(what).ok_or(Code::DeviceUnproven)?;
        let call = async |request: &DeviceCheckIn| match what {
            ProofFor::Wiped => self.open_call::<DeviceWiped>(request).await,
            _ => self.open_call::<CheckInDevice>(request).await,
        };
        match call(&request).await {
            Err(fault) if self.device.correct_clock(&fault) => {
                call(&self.device.check_in(what).ok_or(Code::DeviceUnproven)?).await
            }
            done => done,
        }
    }

    /// A call with a proof of the device; repeated once with the server's time if the clock was wrong.
    pub(super) async fn proven_call<C: Call>(
        &self,
        request: &mut C::Request,
        prove: impl Fn(&mut C::Request, &Device),
    ) -> Result<C::Response, Fault> {
        prove(request, &self.device);
        match self.open_call::<C>(request).await {
            Err(fault) if self.device.correct_clock(&fault) => {
                prove(request, &self.device);
                self.open_call::<C>(request).await
            }
            done => done,
        }
    }
}
