language-name = English
language-direction = ltr
# Frame
companion = Your visit
workstation = Doctor workstation
console = Clinic console
kiosk = Kiosk
board = Waiting room board
skip = Skip to the content
sign-in = Sign in
sign-out = Sign out
password = Password
loading = Loading
try-again = Try again
offline-notice = No connection. What you see is as it was last; it goes on by itself.
hello = Hello, { $name }
back = Back
more = Show more
nobody = Nobody
no-name = Walk-in without a name
branch = Branch
room = Room
nothing-yet = Nothing yet
nothing-found = Nothing was found

# Times
wait-range = { $low }–{ $high } min
minutes = { $n } min

# Tickets
your-ticket = Your ticket
your-turn = It is your turn
go-to = Please go to { $room }
position = Place in line
waiting-time = Waiting time
wait-hint = Four visits out of five begin within this time.
state-waiting = Waiting
state-called = Called
state-serving = With the doctor
state-parked = Set aside
state-done = Seen
state-no_show = Did not come
state-cancelled = Given up
now-waiting = You are in line.
now-called = It is your turn.
now-serving = You are being seen.
now-parked = You are set aside for a moment; your waiting time is kept. Please ask at reception.
now-done = Your visit is over. Get well soon.
now-no_show = You were called and not found. Please ask at reception: you can return for a while.
now-cancelled = This place was given up.
give-up = Give up my place
give-up-sure = Your place in line will be lost. Give it up?
keep-place = Keep it

# Joining
join-title = Join a queue
door-closed = The queue takes no more tickets today. Please ask at reception.
joined = You are in line
reason = What brings you here?
reason-hint = Only your doctor reads this. You may leave it empty.
join = Take my place in line

# Queue
call-next = Call next
waiting = Waiting
called = Called
serving = With a doctor
parked = Set aside
ended = Just ended
seen = Seen today
mean-wait = Mean wait
mean-service = Mean visit
priority-emergency = Emergency
priority-urgent = Urgent
notes-pending =
    { $n ->
        [one] { $n } note is kept on this computer and not with the clinic yet.
       *[other] { $n } notes are kept on this computer and not with the clinic yet.
    }
waiting-count =
    { $n ->
        [0] Nobody is waiting
        [one] { $n } is waiting
       *[other] { $n } are waiting
    }
step-call = Call
step-recall = Call again
step-serve = Begin
step-done = Finish
step-park = Set aside
step-resume = Back in line
step-put-back = Put back
step-no-show = Did not come
step-return = Has come after all
step-cancel = Cancel
step-prioritise = Priority
step-transfer = Send on
step-move = Another room
step-back = Let others go first
step-undo = Undo
door = Queue
door-open = Open
door-paused = Paused
door-close = Closed
door-not-open = The queue is paused or closed: patients may wait longer.
nobody-here = Nobody is with you
nobody-here-hint = Call the next patient to begin.
comes-for = Comes for
all-seen = Everybody has been seen
all-seen-hint = New patients appear here by themselves.

# Notes
note = Consultation note
note-label = What you found and decided
note-empty = Saved by itself while you write
note-unsaved = Not saved yet
note-saving = Saving …
note-saved = Saved as a draft
note-pending = Kept on this computer; sent when the connection is back
note-sign = Sign
notes-refused =
    { $n ->
        [one] The clinic did not take { $n } note
       *[other] The clinic did not take { $n } notes
    }
notes-refused-hint = The text is on this computer alone. Send it again, or copy it to where it belongs and delete it here.
note-retry = Send again
note-discard = Delete
note-discard-sure = Delete for good
note-signed = Signed
note-draft = Draft

# Console
tab-queue = Queue
tab-activity = Live activity
tab-audit = Audit log
activity-title = As it happens · { $n } open connections
a-device = A device
the-system = Medlane
column-number = No.
column-at = When
column-who = Who
column-action = What
column-patient = Patient
column-outcome = Outcome
outcome-done = Done
outcome-refused = Refused
filter-action = Action
filter-hint = Try the beginning of an action, as in "ticket."
verify = Verify the chain
verdict-ok = The chain holds: { $entries } entries and { $checkpoints } signed checkpoints.
verdict-bad = Entry { $seq } { $what }. Keep this server as it is and tell whoever is responsible for security.
tampering-changed = was changed after it was written
tampering-removed = is missing
tampering-reordered = does not follow the one before it
tampering-truncated = is where the log was cut off
tampering-checkpoint = does not fit a signed checkpoint

# Kiosk and board
kiosk-question = What do you need today?
kiosk-offline = No connection. Please ask at reception.
your-number = Your number
qr-label = Code of your live ticket
qr-hint = Scan it to follow your place on your phone.
done-in = Done ({ $n })
enrol-title = Set up this device
enrol-hint = An administrator makes a one-time code for it in the console.
enrol-code = One-time code
enrol = Set up
board-calling = Please come in
board-serving = Being seen
board-next = Next
board-nobody = Nobody is called just now
board-closed = No more tickets today
board-stale = No connection: this board is not up to date. Please listen for your number.
contact = E-mail address or mobile number
contact-hint = A number with its country code: +968 9123 4567
forgot = Forgot your password?
forgot-at = Forgot your password? Choose a new one at { $address }
register = Create an account
have-account = I have an account
your-name = Your full name
send-code = Send me a code
code-title = Enter the code
code-sent-email = If { $to } is right, a code of 6 digits is on its way there. It can take a minute; look among the unwanted mail too.
code-sent-sms = If { $to } is right, a code of 6 digits is on its way there. It can take a minute.
code = Code
code-again = Send another code
code-again-sent = Another code is on its way. The one before does not count any more.
code-other = Change the address
go-on = Continue
choose-password = Choose a password
password-hint = At least 8 characters. A few words are easy to remember and hard to guess.
register-finish = Create the account
reset-finish = Change the password
reset-title = Your password was changed
reset-done = Everyone who was signed in with it has been signed out. Sign in with the new one.
tab-people = People
people-find = Name, e-mail address or number
people-hint = Look for a part of a name or address.
invite = Invite staff
invite-send = Send the invitation
invite-again = Send again
invited = Invited
your-name-of = Full name
email = E-mail address
role = Role
role-patient = Patient
role-doctor = Doctor
role-reception = Reception
role-manager = Manager
role-admin = Administrator
role-kiosk = Kiosk
role-board = Board
standing-suspended = Suspended
standing-deleted = Removed
suspend = Suspend
reinstate = Reinstate
remove = Remove
why = Why
leave-it = Leave it
accepted = Your password is set. Sign in with { $email }.
account = Your account
account-name = Your name
account-saved = Saved.
save = Save
password-present = Your password now
password-new = The new password
password-saved = Your password was changed. Everywhere else you have been signed out.
sessions = Where you are signed in
session-present = Here
session-ended = Signed out there.
sessions-end = Sign out everywhere else
# The second factor
factor = Second step of signing in
factor-why = With an authenticator app on your phone, whoever learns your password still cannot sign in.
factor-set-up = Set up an authenticator app
factor-first = Your clinic asks for a second step. Set up an authenticator app in your account first, then sign in here.
factor-scan = Scan this with an authenticator app on your phone, then enter the code that it shows.
factor-qr = Code for your authenticator app
factor-by-hand = Enter it by hand
factor-code = Code of your authenticator app
factor-hint = The 6 digits that it shows, or one of your backup codes.
factor-on = Switch it on
factor-is-on = On
factor-left =
    { $n ->
        [one] One backup code is left.
       *[other] { $n } backup codes are left.
    }
factor-codes = Keep these backup codes in a safe place. Each signs you in once when your phone is not at hand. They are not shown again.
factor-kept = I have kept them
factor-renew = New backup codes
factor-off = Switch it off
# Devices
tab-devices = Devices
devices-hint = Computers and screens that belong to the clinic. What is locked or wiped here is cut off within seconds.
device-add = Add a device
devices-none = No device yet
devices-none-hint = Add one: it gets a code that makes it the clinic's.
device-name = Name
device-name-hint = Where it stands, as in "Room 2" or "Kiosk at the entrance".
device-kind = Kind of device
device-workstation = Doctor's workstation
device-console = Console
device-kiosk = Kiosk
device-board = Board
device-make = Make a code
device-qr = Code that sets the device up
device-code-hint = Type this code on the device, or scan it there. It counts once.
device-code-until = It counts until { $at }.
device-unseen = Not heard of yet
device-seen = Last heard of { $at }
device-locked = Locked
device-wiping = Being wiped at its next contact
device-wiped = Wiped
device-rename = Rename
device-lock = Lock
device-unlock = Unlock
device-wipe = Wipe
device-wipe-sure = It forgets everything that it keeps, notes that were not sent as well, and does not come back without a new code.
close = Close
# People who are there twice
tab-duplicates = Duplicates
duplicates-hint = Patients who are probably one person. Whoever you keep gets the other's visits and notes. It can be taken back.
duplicates-none = Nobody is there twice
duplicates-none-hint = Patients with the same name, day of birth or number appear here.
duplicates-keep = Keep this one
duplicates-apart = They are two people
duplicates-merged = Merged: { $name } has everything now.
duplicates-back = Take it back
merged-into = Merged
alike-name = Same name
alike-birth = Same day of birth
alike-phone = Same number
since = Here since { $at }
roles = Roles
factor-reset = Remove second step
factor-reset-sure = For somebody who has lost their phone and their backup codes. They are signed out everywhere, and told.
# Dependants
dependants = People you look after
dependants-hint = Children, or whoever cannot do it themselves: you join queues for them, and see their visits. The record shows that it was you.
dependant-add = Add somebody
dependant-end-sure = What is theirs stays with the clinic. You no longer act for them.
birth-date = Day of birth
for-whom = For whom?
for-myself = For me
# A locked screen
locked-by = Locked: { $name }
unlock = Unlock
switch-user = Somebody else
# One's data
export = Your data
export-hint = Everything that the clinic keeps of you here: who you are, your visits and your signed notes, as one file.
export-make = Prepare the file
export-made = The file is ready.
export-save = Save the file
# One's picture, how one is told, and leaving
portrait = Picture
portrait-choose = Choose a picture
portrait-other = Another picture
portrait-hint = Seen by you and the clinic's staff. JPEG, PNG or WebP, up to 10 MB; where and when it was taken is removed.
notices = How we tell you
notices-hint = When your turn comes, also when this page is closed. What concerns the safety of your account is always sent.
notices-language = Language of messages
channel-email = By e-mail
channel-sms = By text message
quiet = Quiet hours, in which nothing comes that can wait
quiet-from = From
quiet-until = Until
leaving = Delete your account
leaving-hint = The clinic looks at it and answers by e-mail or text message. What the law requires of your medical record is kept for as long as it does.
leaving-ask = Ask to delete my account
leaving-sure = Nobody can sign in to it any more once the clinic has deleted it, and places in queues are lost. Until then you can take it back.
leaving-asked = You asked the clinic to delete your account on { $at }.
leaving-back = Keep my account
people-leaving = Asked to be deleted
people-keep = Keep the account
people-keep-why = Why it stays, as they will read it
people-leaving-since = Asked to be deleted on { $at }
# At the desk
more-steps = More
service = Service
doctor = Doctor
any-doctor = Whoever is free
priority-normal = Normal
step-behind = One place back
day-left = about { $n } min of visits
walk-in = Walk-in
walk-in-who = Who is it?
walk-in-hint = Name, phone number or day of birth (1990-04-01)
walk-in-new = New patient
walk-in-register = Register
walk-in-anyway = Register as somebody else
walk-in-alike = Is it one of these?
walk-in-join = Put in line
walk-in-next = Next walk-in
phone = Phone number
phone-hint = With the country code, as +968 9123 4567
leave-now = Nearly your turn. If you are not here yet, leave now.
let-go-first = How many shall go before you?
# How good the waiting times were
tab-estimates = Waiting times
estimates-hint = What people were told when they joined, in the last 30 days, beside how long they waited.
estimates-none = Once people have waited, how good their waiting times were appears here.
estimates-waits = Waits
estimates-error = Mean error, min
estimates-bias = Longer than told, min
estimates-coverage = Within the range (80 % is meant)
# Help, and what the board says
help-ask = I need help
help-comes = Somebody from the clinic is coming to you.
help-at = { $name }: somebody needs help
help-go = I am going
speak = Ticket { $label }
speak-room = Ticket { $label }, please go to { $room }
# Settings
tab-settings = Clinic
services = Services
branches = Branches
service-add = Add a service
branch-add = Add a branch
change = Change
name = Name
address = Address
time-zone = Time zone
languages = Languages
rooms = Rooms
rooms-hint = One in each line, as patients are called to it.
prefix = Letters of its tickets
prefix-hint = 1 to 3 capital letters: GP gives GP-001.
duration = Planned minutes
price = Price
price-hint = In the smallest unit: 12000 baisa are 12 rials.
currency = Currency
walk-in-may = Can be joined without an appointment
given-at = Given at { $name } by
still-there = Are you still there? Touch the screen, or it begins anew in { $n } s.
