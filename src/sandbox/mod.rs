//! A PBX on this machine: the documented API over real HTTP, with people who answer, are busy, decline or never pick up.
//!
//! It is the far end of the wire, so it shares [`Envelope`](crate::pbx::envelope::Envelope) with the client and nothing else.

mod addressbook;
mod ask;
pub mod bpmsoft;
mod calls;
mod clock;
mod commands;
mod control;
mod courier;
mod directory;
mod doors;
mod entry;
mod extended;
mod faults;
mod files;
mod gate;
mod generate;
mod jobs;
mod ledger;
mod live;
mod live_commands;
mod pages;
pub mod people;
mod recordings;
mod report;
mod rules;
mod scripts;
mod speech;
mod telling;
#[cfg(test)]
mod tests;
mod visitors;
mod voices;
pub mod widgets;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use ask::{Asked, Refusal};
use clock::Clock;
use courier::{Courier, Work};
use doors::{Doors, Peer};
use people::Habit;
use rules::Rules;
use scripts::Fate;

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Holds `sandbox.db` and, once somebody asks for the CRM, `crm.db`.
    pub directory: PathBuf,
    /// Key and salt that callers must use.
    pub credentials: Credentials,
    /// The customer's base address; events and results are posted below it, signed with the same credentials.
    pub events_to: Option<String>,
    /// 1.0 is real time, 60.0 a minute a second.
    pub speed: f64,
    /// Every random decision and every id comes from it: same seed, same calls.
    pub seed: u64,
    /// Rate limits and the invalid-request quota (vpbx-core §2).
    pub limits: bool,
    /// Addresses that may ask; empty for everybody.
    pub allow_ips: Vec<IpAddr>,
}

/// A running PBX. Clones are the same PBX.
#[derive(Clone)]
pub struct Sandbox(Arc<Pbx>);

struct Pbx {
    settings: Settings,
    clock: Clock,
    work: Arc<Work>,
    courier: Arc<Courier>,
    ledger: Mutex<ledger::Ledger>,
    book: Mutex<addressbook::Book>,
    pages: Arc<Mutex<pages::Pages>>,
    live: Mutex<BTreeMap<i64, Arc<live::LiveCall>>>,
    jobs: Mutex<jobs::Jobs>,
    gate: Mutex<gate::Memory>,
    faults: Mutex<faults::Faults>,
    files: Mutex<files::Files>,
    seen: Mutex<VecDeque<gate::Seen>>,
    bindings: Mutex<visitors::Bindings>,
    tuning: Mutex<Tuning>,
    crm: bpmsoft::Crm,
}

/// What the control API may change while the sandbox runs.
struct Tuning {
    limits: bool,
    spelling: gate::Spelling,
    /// Seconds of the sandbox's clock until a report is ready.
    report_delay: f64,
    /// How visitors are told.
    dct_shape: visitors::Shape,
    /// Seconds of the sandbox's clock for which a dynamic number belongs to a visitor.
    binding: f64,
    /// Result code while a recording is not there yet: which one the real PBX gives is not documented (vpbx-data §1.2).
    not_ready: i64,
    /// The account's switch "links to recordings".
    recording_links: bool,
    /// The service "speech analytics" is connected.
    speech: bool,
    book_codes: addressbook::Codes,
    rules: Rules,
}

/// A visit to a site takes no longer.
const BINDING: f64 = 7200.0;

/// How long a program that stops waits for the events of its last calls.
const LAST_WORDS: Duration = Duration::from_secs(5);

impl Tuning {
    fn new(settings: &Settings) -> Tuning {
        Tuning {
            limits: settings.limits,
            spelling: gate::Spelling::Status429,
            report_delay: 0.3,
            dct_shape: visitors::Shape::Data,
            binding: BINDING,
            not_ready: ask::NO_FILE,
            recording_links: true,
            speech: true,
            book_codes: addressbook::Codes::default(),
            rules: Rules::default(),
        }
    }
}

impl Sandbox {
    /// Opens the ledger; nothing runs until somebody asks.
    pub fn open(settings: Settings) -> Result<Sandbox> {
        let work = Work::new();
        let ledger = ledger::Ledger::open(&settings.directory)?;
        ledger.begin_at(settings.seed)?;
        let pages = pages::Pages::new(ledger::Reader::open(&settings.directory)?);
        Ok(Sandbox(Arc::new(Pbx {
            clock: Clock::new(settings.speed),
            courier: Courier::new(settings.credentials.clone(), settings.events_to.clone(), work.clone()),
            work,
            ledger: Mutex::new(ledger),
            book: Mutex::new(addressbook::Book::at(&settings.directory)),
            pages: Arc::new(Mutex::new(pages)),
            live: Mutex::default(),
            jobs: Mutex::new(jobs::Jobs::new(settings.seed)),
            gate: Mutex::default(),
            faults: Mutex::default(),
            files: Mutex::default(),
            seen: Mutex::default(),
            bindings: Mutex::default(),
            tuning: Mutex::new(Tuning::new(&settings)),
            crm: bpmsoft::Crm::new(&settings.directory),
            settings,
        })))
    }

    /// The PBX's API, the CRM under `/crm` and `/crm-framework`, and the control API under `/sandbox/`.
    pub fn router(&self) -> Router {
        control::router().merge(files::router()).merge(bpmsoft::router()).fallback(gate::receive).with_state(self.clone())
    }

    /// Waits until no call is running and every event was delivered or given up.
    pub async fn idle(&self) {
        self.0.work.over().await;
    }

    /// A program that stops leaves no call behind: everybody hangs up, and that is told.
    pub async fn end_calls(&self) {
        self.everybody_hangs_up();
        // Recordings come later than any program that stops should stay.
        let _ = tokio::time::timeout(LAST_WORDS, self.idle()).await;
    }

    /// Changes where events and results go; `None` for nowhere.
    pub fn set_events_to(&self, base: Option<String>) {
        self.0.courier.set_base(base);
    }

    /// Begins a call: takes its serial number, lets its script be written, plays it.
    fn start(&self, script: impl FnOnce(&mut Fate) -> calls::Plan) -> Asked<i64> {
        let serial = locked(&self.0.ledger).reserve(1).map_err(|_| Refusal::new(ask::DATABASE))?;
        // Each call has its own dice, so that it goes the same way whatever else is going on.
        let seed = self.0.settings.seed ^ (serial as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut luck = fastrand::Rng::with_seed(seed);
        let plan = script(&mut Fate { sandbox: self, rules: self.rules(), luck: &mut luck });
        self.play(serial, plan, luck);
        Ok(serial)
    }

    /// What a telephone does: as changed through the control API, else as usual.
    fn habit(&self, number: &str, chance: &mut fastrand::Rng) -> Habit {
        self.changed_habit(number).unwrap_or_else(|| people::usual_habit(number, chance))
    }

    fn changed_habit(&self, number: &str) -> Option<Habit> {
        locked(&self.0.ledger).changed_habit(number).unwrap_or_default()
    }

    /// How calls are played from now on.
    fn rules(&self) -> Rules {
        locked(&self.0.tuning).rules
    }

    fn forget_everything(&self) -> Result<()> {
        self.drop_calls();
        locked(&self.0.faults).clear();
        *locked(&self.0.files) = files::Files::default();
        locked(&self.0.seen).clear();
        locked(&self.0.bindings).clear();
        *locked(&self.0.gate) = gate::Memory::default();
        *locked(&self.0.tuning) = Tuning::new(&self.0.settings);
        self.0.crm.forget_everything()?;
        locked(&self.0.book).forget_everything()?;
        locked(&self.0.ledger).forget_everything()
    }
}

/// Serves until `shutdown`. Only here can a fault cut a connection: [`Sandbox::router`] alone never sees its socket.
pub async fn serve(listener: tokio::net::TcpListener, sandbox: Sandbox, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let service = sandbox.router().into_make_service_with_connect_info::<Peer>();
    let served = axum::serve(Doors(listener), service).with_graceful_shutdown(shutdown).await;
    served.map_err(|source| Error::Io { path: sandbox.0.settings.directory.clone(), source })
}

/// Adds a believable history that ends now. `progress` hears how many calls are written.
pub fn generate(directory: &Path, calls: u64, days: u32, seed: u64, progress: &mut dyn FnMut(u64)) -> Result<()> {
    let mut ledger = ledger::Ledger::open(directory)?;
    ledger.begin_at(seed)?;
    generate::write(&mut ledger, calls, days, seed, crate::time::now().as_second(), progress)
}

/// Forgets all calls, all changes to the address book, all that the CRM was told, and everything the control API has changed.
pub fn reset(directory: &Path) -> Result<()> {
    bpmsoft::reset(directory)?;
    addressbook::Book::at(directory).forget_everything()?;
    ledger::Ledger::open(directory)?.forget_everything()
}

/// A panic in another request is no reason to refuse this one.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
