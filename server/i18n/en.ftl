register-code-subject = { $code } is your code for { $clinic }
register-code =
    Your code for { $clinic } is { $code }.
    It counts for 5 minutes. Nobody from the clinic will ever ask you for it.
    If you did not want to register, you need do nothing.
account-known-subject = You already have an account at { $clinic }
account-known =
    Somebody, perhaps you, wanted to register at { $clinic } with this address.
    You already have an account: sign in, or choose "Forgot your password?" if you cannot.
    If it was not you, you need do nothing.
reset-code-subject = { $code } lets you choose a new password at { $clinic }
reset-code =
    Your code for a new password at { $clinic } is { $code }.
    It counts for 10 minutes. Nobody from the clinic will ever ask you for it.
    If you did not ask for it, you need do nothing: your password stays as it is.
contact-code-subject = { $code } confirms this contact at { $clinic }
contact-code =
    Your code to confirm this contact at { $clinic } is { $code }.
    Enter it yourself, or read it to reception if you are speaking with them now. It counts for 10 minutes.
    If you know nothing of it, tell nobody the code.
merge-code-subject = { $code } joins your records at { $clinic }
merge-code =
    Reception at { $clinic } wants to join this record with an account that is yours. Your code is { $code }.
    Read it to reception only if you are speaking with them now: the account will show everything in this record. It counts for 10 minutes.
    If you know nothing of it, tell nobody the code, and tell the clinic.
email-changed-subject = The e-mail address of your account at { $clinic } was changed
email-changed =
    Your account at { $clinic } now uses the address { $now }. Nothing more is sent to the one before.
    If this was not you, change your password now, and tell the clinic.
phone-changed-subject = The phone number of your account at { $clinic } was changed
phone-changed =
    Your account at { $clinic } now uses the number { $now }. Nothing more is sent to the one before.
    If this was not you, change your password now, and tell the clinic.
contact-corrected-subject = { $clinic } has changed how it reaches you
contact-corrected =
    { $clinic } has corrected your contact details. Nothing more is sent to this address or number, and you cannot sign in with it any more.
    If you did not ask for this, tell the clinic.
password-changed-subject = Your password at { $clinic } was changed
password-changed =
    Your password at { $clinic } was changed, and every session was ended.
    If it was not you, choose "Forgot your password?" now, and tell the clinic.
session-reused-subject = A sign-in at { $clinic } was ended for your safety
session-reused =
    A sign-in of yours at { $clinic } was used from two places at once, so it was ended.
    If you do not know why, change your password and look at your sessions.
push-replaced-subject = Another browser now shows your notices from { $clinic }
push-replaced =
    The browser that { $clinic } notifies about your visits was replaced by another one.
    If it was not you, change your password now: that ends your other sessions and the notices to every browser.
invitation-subject = You are invited to { $clinic }
invitation =
    { $name }, you are invited to work with { $clinic } in Medlane.
    Choose your password here: { $link }
    The link counts once, and for 7 days.
factor-on-subject = Your sign-in at { $clinic } now asks for a second code
factor-on =
    An authenticator app was set up for your account at { $clinic }.
    If it was not you, change your password now, and tell the clinic.
factor-off-subject = Your sign-in at { $clinic } no longer asks for a second code
factor-off =
    The authenticator app was taken off your account at { $clinic }.
    If you did not want this, change your password now, and tell the clinic.
account-merged-subject = Your two records at { $clinic } are one now
account-merged =
    You had two records at { $clinic }; they are one now, with everything that was in both.
    Sign in with the other address from now on. If this is wrong, please tell the clinic: it can be taken back.
deletion-asked-subject = You asked { $clinic } to delete your account
deletion-asked =
    { $clinic } was asked to delete your account, and will answer.
    Until then you can take it back in your account. If this was not you, change your password now and tell the clinic.
deletion-refused-subject = { $clinic } keeps your account
deletion-refused =
    You asked { $clinic } to delete your account. It stays, for this reason:
    { $why }
account-deleted-subject = Your account at { $clinic } was deleted
account-deleted =
    { $clinic } has deleted your account, as you asked: nobody can sign in to it any more.
    What the law requires of your medical record is kept for as long as it does.
turn-soon-subject = { $who }: nearly your turn at { $clinic }
turn-soon =
    { $who }: { $ahead } before you at { $clinic }, { $place }. If you are not there yet, leave now.
reception = reception
turn-now-subject = { $who }: it is your turn
turn-now =
    { $who }: it is your turn at { $clinic }. Please go to { $place }.
turn-moved-subject = { $who }: the room has changed to { $place }
turn-moved =
    { $who }: the room has changed at { $clinic }. Please go to { $place } now.
turn-back-subject = { $who }: please don't go in yet
turn-back =
    { $who }: please don't go in yet. You're back in the queue for { $service } at { $clinic }, { $place }; we'll call you again.
turn-hold-subject = { $who }: please don't go in yet
turn-hold =
    { $who }: please don't go in yet. Your ticket at { $clinic }, { $place }, is on hold. Please ask at reception.
turn-came-subject = { $who }: your visit has begun
turn-came =
    { $who }: your visit at { $clinic } has begun.
turn-missed-subject = { $who }: you missed your call
turn-missed =
    { $who }: you were called at { $clinic }, { $place }, and nobody came. If you are there, say so in the app or ask at reception: you can return for a while.
turn-over-subject = { $who }: you missed your call
turn-over =
    { $who }: you were called at { $clinic }, { $place }, and nobody came. This ticket is over. Please ask at reception.
turn-cancelled-subject = { $who }: your ticket was cancelled
turn-cancelled =
    { $who }: please don't go in. Your ticket at { $clinic }, { $place }, was cancelled and won't be called. If that is wrong, please ask at reception.
turn-sent-subject = { $who }: you were transferred to { $service }
turn-sent =
    { $who }: you were transferred to { $service } at { $clinic }, { $place }. You keep this number. Please wait there: we'll call you.
turn-unsent-subject = { $who }: you were not transferred
turn-unsent =
    { $who }: the transfer at { $clinic }, { $place }, was a mistake and was taken back. You stay with { $service }.
