//! Every failure as a fact, with its exit code; what is said of it is in [`message`] and [`hint`].
//!
//! Exit codes are a contract with scripts: 1 unexpected, 2 command line or configuration, 3 no such or more than one,
//! 4 credentials, 5 try again later, 6 refused, 7 not answered, 8 accepted but not confirmed, 130 interrupted.

mod hint;
mod message;

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::pbx::code::ResultCode;

/// The result of nearly everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One of several people or calls that a person's words could mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// What to type instead to mean exactly this one: a number, or a call's id.
    pub id: String,
    /// Person or company.
    pub name: String,
    /// Number with its kind, or when the call was.
    pub detail: String,
}

/// Why a number cannot be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// Nothing that could be a number.
    NotANumber,
    /// Six or seven digits: a city number whose city is not said.
    NoAreaCode,
    /// Too few digits for its country.
    TooShort,
    /// Too many digits for its country.
    TooLong,
    /// No country has this code.
    UnknownCountry,
    /// More than the PBX takes: 128 bytes (vpbx-core §4.1).
    TooLongForThePbx,
}

/// Why a period cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodFault {
    /// It does not end after it begins.
    Reversed,
    /// It begins in the future.
    Future,
    /// What is to be done by then is over already.
    Past,
}

/// What is wrong with the keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringFault {
    /// No keyring runs here: usual under cron and in containers.
    Absent(String),
    /// It is locked and nobody unlocked it.
    Locked,
    /// It did not answer within these seconds.
    Silent(u64),
    /// Anything else, in its own words.
    Other(String),
}

/// What is wrong with a database file of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// Written by a newer version of this program.
    Newer,
    /// Not a database, or damaged.
    Damaged,
    /// May be read but not written.
    ReadOnly,
    /// No room on the disk.
    Full,
    /// Another process kept it locked for too long.
    Locked,
    /// It could not be opened or created.
    Unopenable,
}

/// Why the other side of a call did not talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnswered {
    /// The PBX's reason (vpbx-core appendix A), if it gave one.
    pub reason: Option<ResultCode>,
}

/// A failure. The fields are the facts its sentence is made of.
#[allow(missing_docs)]
#[derive(Debug)]
pub enum Error {
    /// The command line cannot be understood; the text is already in the person's language.
    Usage(String),
    /// A number cannot be dialled.
    Number { input: String, fault: NumberFault },
    /// An expression of time is not understood.
    Time { input: String },
    /// An expression of when something is due is not understood.
    Due { input: String },
    /// A period makes no sense.
    Period(PeriodFault),
    /// Fewer than three letters to look for.
    ShortFragment { input: String },
    /// An emergency or premium number in a script without `--yes`.
    NeedsYes { number: String },
    /// Which of the employees is calling is not known.
    NoExtension,
    /// Nobody on the PBX has this extension.
    NoEmployee { extension: String },
    /// No line of the PBX has this number.
    NoLine { number: String },
    /// The configuration file is wrong.
    Config { path: PathBuf, detail: String },
    /// A question must be asked and nobody is at the terminal; the text names the flag to use.
    NoTerminal { flag: &'static str },
    /// No program that plays sound is here.
    NoPlayer,
    /// The program that plays sound did not do it.
    Player { program: String, detail: String },
    /// No sandbox is served on this machine.
    NoSandbox,
    /// The address is taken by another process.
    AddressInUse { address: String },

    /// Neither an employee nor a group of the PBX has this short number.
    NoShortNumber { number: String },
    /// Nobody has this name or number.
    NoContact { who: String },
    /// Several people, or several numbers of one person.
    ManyContacts { who: String, candidates: Vec<Candidate> },
    /// The call has no such link.
    NoLink { what: String },
    /// A call may not have this result; those that it may have, and whether the settings name them.
    NoResult { input: String, there_are: Vec<String>, ours: bool },
    /// Calls cannot be linked to such objects of the source; those that it has.
    NoObject { source: &'static str, wanted: String, there_are: Vec<String> },
    /// The number of a call belongs to somebody already.
    KnownNumber { number: String, candidates: Vec<Candidate> },
    /// A file is not text, or text in an encoding that must be named.
    NotText { line: u64, looks_like: Option<&'static str> },
    /// Rows of a file were refused, and that was not to be.
    RowsRefused { refused: u64 },
    /// A file is there already, and was not to be written over.
    FileExists { path: PathBuf },
    /// No column of a table is a name.
    NoNameColumn { columns: Vec<String> },
    /// No such activity.
    NoActivity { id: String },
    /// Where people are kept does not have this: the source's name, and what was asked of it.
    NotInSource { source: &'static str, what: &'static str },
    /// No such call.
    NoCall { call: String },
    /// A number belongs to no channel.
    NoChannel { number: String },
    /// No call goes on in the state that is needed; what is said of that.
    NoLiveCall { said: &'static str },
    /// A call of which nothing was recorded.
    NoRecording { call: String },
    /// The beginning of an id that several calls share.
    ManyCalls { call: String, candidates: Vec<Candidate> },
    /// No such call among those that go on.
    NoSuchLiveCall { call: String },
    /// Several calls of mine go on, and none was named.
    ManyLiveCalls { candidates: Vec<Candidate> },

    /// No source has a key and a salt for this profile.
    NotLoggedIn { profile: String, keyring: Option<KeyringFault> },
    /// The PBX does not know the key (3105 or HTTP 401, vpbx-core §8.4).
    WrongKey,
    /// The PBX says the signature is wrong (3102): the salt does not belong to the key.
    WrongSalt,
    /// The PBX refuses this machine's address (HTTP 403).
    AddressRefused,
    /// The keyring cannot be used.
    Keyring(KeyringFault),
    /// No source has a token of the widgets API for this profile.
    NoWidgetToken { profile: String, keyring: Option<KeyringFault> },
    /// The widgets API does not know the token (HTTP 401), or it is another widget's.
    WrongWidgetToken,
    /// No CRM is set up for this profile: neither address nor user.
    NoCrm { profile: String },
    /// No source has the password of the CRM's user.
    NoCrmPassword { profile: String, keyring: Option<KeyringFault> },
    /// The CRM does not take the password: its words, and how many tries it leaves before it locks the user out (bpmsoft-odata §2.5).
    CrmLogin { user: String, detail: Option<String>, left: u32, must_change: bool },
    /// The command or the file that should give key and salt did not.
    CredentialSource { source: String, detail: String },

    /// Nothing was sent: no network, no such host, refused, TLS, proxy.
    Unreachable { host: String, detail: String },
    /// Nothing was sent to the CRM: no network, no such host, refused, TLS, proxy.
    CrmUnreachable { address: String, detail: String },
    /// The CRM did not answer in time, broke off, or something broke inside it.
    CrmNoReply { detail: String },
    /// The answer is not what BPMSoft answers.
    CrmGarbled { detail: String },
    /// Nothing at this address lets us sign in to BPMSoft.
    CrmNotThere { address: String },
    /// The PBX did not answer a question in time, or broke off.
    NoReply { detail: String },
    /// The answer is not what the PBX answers: a page of HTML, broken JSON or CSV.
    Garbled { detail: String },
    /// The PBX has nothing at this address (HTTP 404): a wrong base address, or a report that expired.
    NotFound { path: String },
    /// Over the limits for too long (HTTP 429, 503, code 5008).
    RateLimited { retry_after: Option<u64> },
    /// Two refused requests within two minutes shut the API until then (vpbx-core §2).
    Blocked { until: Timestamp },
    /// A recording is to be fetched from a host that is not the PBX's.
    ForeignAddress { host: String },
    /// A recording is not there yet, or not any more.
    NoFile { is_young: bool, code: Option<ResultCode> },
    /// The PBX did not finish a report in time (204 or `work` for ever).
    ReportNotReady,

    /// The PBX refused, with its code and its own words.
    Refused { code: ResultCode, text: Option<String>, fields: Vec<String> },

    /// The account has no speech analytics.
    NoSpeech { code: Option<ResultCode> },
    /// Some recordings could not be fetched; why the first of them could not.
    NotArchived { failed: u64, first: Box<Error> },
    /// The CRM refused: its status, its words, and the table it was about.
    CrmRefused { status: u16, detail: Option<String>, what: String },
    /// This installation of the CRM does not have the table or the column.
    CrmLacks { what: String },

    /// `call --wait`: no conversation.
    NotAnswered(NotAnswered),

    /// The request left, the answer did not come: the call may be ringing.
    Unknown { detail: String },
    /// Events are not received, so running calls are not seen.
    NobodyListens,
    /// The PBX refused to pass a call to an outside number.
    OutsideTransfer { code: ResultCode },
    /// Accepted, but nothing more was heard within the time given.
    Unconfirmed { listening: bool },
    /// The request left, the answer did not come: the message may be on its way.
    SmsUnknown { detail: String },
    /// The message was accepted; whether it arrived is not known.
    SmsUnconfirmed,
    /// There is less money than was asked about.
    BalanceLow { balance: f64, below: f64 },

    /// A file or a directory.
    Io { path: PathBuf, source: std::io::Error },
    /// A database of ours.
    Store { path: PathBuf, fault: StoreFault, detail: String },
    /// Ctrl-C.
    Interrupted,
    /// The reader of our output went away: not a failure (design: a closed pipe).
    ClosedPipe,
    /// A defect of this program.
    Unexpected(String),
}

impl Error {
    /// The number this failure leaves to scripts.
    pub fn exit_code(&self) -> u8 {
        use Error::*;
        match self {
            ClosedPipe => 0,
            Io { .. } | Store { .. } | Unexpected(_) | BalanceLow { .. } => 1,
            Usage(_)
            | Number { .. }
            | Time { .. }
            | Due { .. }
            | Period(_)
            | ShortFragment { .. }
            | NeedsYes { .. }
            | NoExtension
            | NoEmployee { .. }
            | NoLine { .. } => 2,
            NoResult { .. } | NoObject { .. } => 2,
            NotText { .. } | NoNameColumn { .. } | RowsRefused { .. } | FileExists { .. } => 2,
            Config { .. } | NoTerminal { .. } | NotInSource { .. } | NoSandbox | AddressInUse { .. } => 2,
            NoShortNumber { .. }
            | NoContact { .. }
            | ManyContacts { .. }
            | KnownNumber { .. }
            | NoActivity { .. }
            | NoCall { .. }
            | NoLiveCall { .. }
            | ManyCalls { .. }
            | NoSuchLiveCall { .. }
            | ManyLiveCalls { .. } => 3,
            NoLink { .. } | NoChannel { .. } | NoRecording { .. } => 3,
            NoPlayer => 2,
            Player { .. } => 1,
            NotArchived { first, .. } => first.exit_code(),
            NotLoggedIn { .. } | WrongKey | WrongSalt | AddressRefused | Keyring(_) | CredentialSource { .. } => 4,
            NoWidgetToken { .. } | WrongWidgetToken => 4,
            NoCrm { .. } | NoCrmPassword { .. } | CrmLogin { .. } => 4,
            CrmUnreachable { .. } | CrmNoReply { .. } | CrmGarbled { .. } | CrmNotThere { .. } => 5,
            Unreachable { .. }
            | NoReply { .. }
            | Garbled { .. }
            | NotFound { .. }
            | RateLimited { .. }
            | Blocked { .. }
            | ForeignAddress { .. }
            | NoFile { is_young: true, .. }
            | ReportNotReady => 5,
            Refused { .. } | NoSpeech { .. } | NoFile { .. } | OutsideTransfer { .. } | CrmRefused { .. } | CrmLacks { .. } => 6,
            NotAnswered(_) => 7,
            Unknown { .. } | Unconfirmed { .. } | NobodyListens | SmsUnknown { .. } | SmsUnconfirmed => 8,
            Interrupted => 130,
        }
    }

    /// A stable English word for this failure, `error.kind` in JSON.
    pub fn kind(&self) -> &'static str {
        use Error::*;
        match self {
            Usage(_) => "usage",
            Number { .. } => "number",
            Time { .. } | Due { .. } => "time",
            Period(_) => "period",
            ShortFragment { .. } => "short_fragment",
            NeedsYes { .. } => "needs_yes",
            NoExtension => "no_extension",
            NoEmployee { .. } => "no_employee",
            NoLine { .. } => "no_line",
            Config { .. } => "config",
            NoTerminal { .. } => "no_terminal",
            NoPlayer => "no_player",
            Player { .. } => "player",
            NoSandbox => "no_sandbox",
            AddressInUse { .. } => "address_in_use",
            NoShortNumber { .. } => "no_short_number",
            NoContact { .. } => "no_contact",
            ManyContacts { .. } => "many_contacts",
            NoLink { .. } => "no_link",
            NoResult { .. } => "no_result",
            NoObject { .. } => "no_object",
            KnownNumber { .. } => "known_number",
            RowsRefused { .. } => "rows_refused",
            FileExists { .. } => "file_exists",
            NotText { .. } => "not_text",
            NoNameColumn { .. } => "no_name_column",
            NoActivity { .. } => "no_activity",
            NotInSource { .. } => "not_in_source",
            NoCall { .. } | NoSuchLiveCall { .. } => "no_call",
            NoRecording { .. } => "no_recording",
            NoLiveCall { .. } => "no_live_call",
            NoChannel { .. } => "no_channel",
            ManyCalls { .. } | ManyLiveCalls { .. } => "many_calls",
            NotLoggedIn { .. } => "not_logged_in",
            NoCrm { .. } => "no_crm",
            NoCrmPassword { .. } => "no_crm_password",
            CrmLogin { .. } => "crm_login",
            CrmUnreachable { .. } => "crm_unreachable",
            CrmNoReply { .. } => "crm_no_reply",
            CrmGarbled { .. } => "crm_garbled",
            CrmNotThere { .. } => "crm_not_there",
            CrmRefused { .. } => "crm_refused",
            CrmLacks { .. } => "crm_lacks",
            WrongKey => "wrong_key",
            WrongSalt => "wrong_salt",
            AddressRefused => "address_refused",
            Keyring(_) => "keyring",
            CredentialSource { .. } => "credential_source",
            NoWidgetToken { .. } => "no_widget_token",
            WrongWidgetToken => "wrong_widget_token",
            Unreachable { .. } => "unreachable",
            NoReply { .. } => "no_reply",
            Garbled { .. } => "garbled",
            NotFound { .. } => "not_found",
            RateLimited { .. } => "rate_limited",
            Blocked { .. } => "blocked",
            ForeignAddress { .. } => "foreign_address",
            NoFile { .. } => "no_file",
            NoSpeech { .. } => "no_speech",
            NotArchived { .. } => "not_archived",
            ReportNotReady => "report_not_ready",
            Refused { .. } => "refused",
            NotAnswered(_) => "not_answered",
            Unknown { .. } | SmsUnknown { .. } => "unknown",
            NobodyListens => "nobody_listens",
            OutsideTransfer { .. } => "outside_transfer",
            Unconfirmed { .. } | SmsUnconfirmed => "unconfirmed",
            BalanceLow { .. } => "balance_low",
            Io { .. } => "io",
            Store { .. } => "store",
            Interrupted => "interrupted",
            ClosedPipe => "closed_pipe",
            Unexpected(_) => "unexpected",
        }
    }

    /// The PBX's own result code, where there is one.
    pub fn result_code(&self) -> Option<i64> {
        match self {
            Error::Refused { code, .. } | Error::OutsideTransfer { code } => Some(code.0),
            Error::NoSpeech { code } | Error::NoFile { code, .. } => code.map(|code| code.0),
            Error::NotArchived { first, .. } => first.result_code(),
            Error::NotAnswered(NotAnswered { reason }) => reason.map(|code| code.0),
            Error::WrongKey => Some(3105),
            Error::WrongSalt => Some(3102),
            _ => None,
        }
    }

    /// Those among whom a choice must be made.
    pub fn candidates(&self) -> &[Candidate] {
        match self {
            Error::ManyContacts { candidates, .. }
            | Error::KnownNumber { candidates, .. }
            | Error::ManyCalls { candidates, .. }
            | Error::ManyLiveCalls { candidates } => candidates,
            _ => &[],
        }
    }
}
