//! The practice PBX as a whole: the sandbox, the receiver of its events, and how other processes find it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::contacts::place::Place;
use crate::contacts::{Account, Contact, Kind, Number, Owner, PeopleFile};
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::journal::{self, Intake, Journal};
use crate::pbx::client::Client;
use crate::pbx::directory::User;
use crate::pbx::limits::Limits;
use crate::sandbox::{self, Sandbox, bpmsoft, people};
use crate::tracking::Asker;
use crate::webhook::{self, Receiver};

/// How long a sandbox that runs may take to say so: its machine may have other work.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a sandbox is reached. `sandbox serve` prints it, and leaves it for other processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Address {
    /// Base of the API
    pub url: String,
    /// Its key; opens nothing but this sandbox
    pub key: String,
    /// Its salt
    pub salt: String,
    /// Base of the control API
    pub control: String,
    /// Whether it keeps the PBX's limits
    pub limits: bool,
    /// Site root of its BPMSoft
    pub crm: String,
    /// Who can sign in there
    pub crm_user: String,
    /// His password
    pub crm_password: String,
    /// Base of the widgets API
    #[serde(default)]
    pub widgets_url: String,
    /// Its token; opens nothing but this sandbox
    #[serde(default)]
    pub widget_token: String,
    /// The only widget there is
    #[serde(default)]
    pub widget_id: u64,
}

impl Address {
    /// The sandbox that another process serves, if it answers.
    pub async fn of_running(directory: &Path) -> Option<Address> {
        let text = std::fs::read_to_string(file(directory)).ok()?;
        let address: Address = serde_json::from_str(&text).ok()?;
        // The file may be left over, and its port another program's that says nothing.
        let ours = tokio::time::timeout(PATIENCE, address.status()).await.ok()?.ok()?;
        ours.get("speed").is_some().then_some(address)
    }

    /// Tells other processes of this one.
    pub fn leave(&self, directory: &Path) -> Result<()> {
        let path = file(directory);
        let text = serde_json::to_string(self).unwrap_or_default();
        crate::store::make_private(directory).and_then(|()| std::fs::write(&path, text)).map_err(|source| Error::Io { path, source })
    }

    /// Takes that back, unless another has told of itself meanwhile.
    pub fn forget(&self, directory: &Path) {
        let path = file(directory);
        let told = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str::<Address>(&text).ok());
        if told.is_some_and(|told| told.control == self.control) {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Asks something of its control API.
    pub async fn control(&self, path: &str, json: serde_json::Value) -> Result<serde_json::Value> {
        self.asked(near()?.post(format!("{}{path}", self.control)).body(json.to_string())).await
    }

    async fn status(&self) -> Result<serde_json::Value> {
        self.asked(near()?.get(format!("{}status", self.control))).await
    }

    async fn asked(&self, request: reqwest::RequestBuilder) -> Result<serde_json::Value> {
        let unreachable = |error: reqwest::Error| Error::Unreachable { host: self.control.clone(), detail: error.to_string() };
        let reply = request.send().await.map_err(unreachable)?;
        let done = reply.status().is_success();
        let text = reply.text().await.map_err(unreachable)?;
        match done {
            true => Ok(serde_json::from_str(&text).unwrap_or_default()),
            false => Err(Error::Usage(text)),
        }
    }

    /// A client for it, which keeps the limits that it keeps.
    pub fn client(&self, config: &Config) -> Result<Client> {
        let limits = Limits::open(&config.limits_file(), self.limits);
        Client::nearby(&self.url, self.credentials(), limits, config.timeout)
    }

    /// Key and salt.
    pub fn credentials(&self) -> Credentials {
        Credentials::new(&self.key, &self.salt)
    }
}

/// A client for this machine, past any proxy.
fn near() -> Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().map_err(|error| Error::Unexpected(error.to_string()))
}

fn file(directory: &Path) -> PathBuf {
    directory.join("serving.json")
}

/// Serves the sandbox on `listener` for as long as the runtime lives.
pub fn host(listener: TcpListener, sandbox: &Sandbox, credentials: &Credentials, limits: bool) -> Result<Address> {
    use secrecy::ExposeSecret;
    let at = local(&listener)?;
    tokio::spawn(sandbox::serve(listener, sandbox.clone(), std::future::pending()));
    Ok(Address {
        url: format!("http://{at}/vpbx/"),
        control: format!("http://{at}/sandbox/"),
        key: credentials.key.expose_secret().into(),
        salt: credentials.salt.expose_secret().into(),
        limits,
        crm: format!("http://{at}/crm"),
        crm_user: bpmsoft::USER.into(),
        crm_password: bpmsoft::PASSWORD.into(),
        widgets_url: format!("http://{at}/{}", sandbox::widgets::BASE),
        widget_token: sandbox::widgets::token(credentials),
        widget_id: sandbox::widgets::WIDGET,
    })
}

/// Receives events into the journal on a port of its own, for as long as the runtime lives; returns where.
pub async fn receive(journal: Arc<Journal>, credentials: Credentials) -> Result<String> {
    let listener = bind("127.0.0.1:0").await?;
    let base = format!("http://{}/", local(&listener)?);
    let intake = Intake::start(journal.path())?;
    let router = webhook::router(Receiver { intake, credentials, allow_ips: Vec::new(), trusted_proxies: Vec::new() });
    tokio::spawn(async move { axum::serve(listener, router).await });
    journal.say_listening()?;
    tokio::spawn(async move { keep_saying(&journal).await });
    Ok(base)
}

/// Asks the sandbox for the visitors behind its calls, for as long as the runtime lives.
pub fn ask_for_visitors(journal: Arc<Journal>, client: Arc<Client>) {
    tokio::spawn(Asker::new(journal, client).keep_asking());
}

/// Waits until all that was received is worked out and its visitors were asked for.
pub async fn settled(journal: &Journal) {
    let settled = async {
        while let (Ok(worked_out), Ok(left)) = (journal.is_worked_out(), journal.to_ask()) {
            if worked_out && left.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // A disk that is full must not keep a command for ever.
    let _ = tokio::time::timeout(SETTLING, settled).await;
}

/// How long that may take.
const SETTLING: Duration = Duration::from_secs(10);

/// Says again and again that events are received here.
pub async fn keep_saying(journal: &Journal) {
    loop {
        tokio::time::sleep(journal::HEARTBEAT).await;
        if let Err(error) = journal.say_listening() {
            tracing::error!("{}", error.message());
        }
    }
}

/// Takes an address for listening; one that is taken is an error that says so.
pub async fn bind(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => Error::AddressInUse { address: address.into() },
        _ => Error::Io { path: address.into(), source },
    })
}

fn local(listener: &TcpListener) -> Result<std::net::SocketAddr> {
    listener.local_addr().map_err(|source| Error::Io { path: "socket".into(), source })
}

/// Gives the sandbox's profile the people and the employees whom the sandbox plays, once.
pub fn introduce(journal: &Journal, contacts: &PeopleFile) -> Result<()> {
    if journal.age("introduced")?.is_some() {
        return Ok(());
    }
    if contacts.place() == Place::Local {
        contacts.create(&companies().chain(people::PEOPLE.iter().filter_map(contact)).collect::<Vec<_>>())?;
    }
    let employee = |one: &people::Employee| User {
        user_id: Some(one.user_id),
        name: Some(one.name.to_owned()),
        extension: Some(one.extension.to_owned()),
        ..User::default()
    };
    journal.take_employees(&people::EMPLOYEES.iter().map(employee).collect::<Vec<_>>())?;
    journal.mark("introduced")
}

/// Every company that somebody works for, and those that are called as such.
fn companies() -> impl Iterator<Item = Owner> {
    let mut seen = std::collections::HashSet::new();
    let named = people::PEOPLE.iter().filter(|person| !person.company.is_empty());
    let company = |person: &people::Person| {
        let own = people::PEOPLE.iter().find(|other| other.company == person.company && other.name.is_empty());
        Owner::Account(Account { name: person.company.to_owned(), numbers: own.map(numbers).unwrap_or_default(), ..Account::default() })
    };
    named.filter(move |person| seen.insert(person.company)).map(company)
}

fn contact(person: &people::Person) -> Option<Owner> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let (name, company, job) = (text(person.name)?, text(person.company), text(person.job));
    Some(Owner::Contact(Contact { name, company, job, numbers: numbers(person), ..Contact::default() }))
}

fn numbers(person: &people::Person) -> Vec<Number> {
    let number = |(kind, number): &(&str, &str)| Number { kind: Kind::named(kind), number: (*number).to_owned() };
    person.numbers.iter().map(number).collect()
}

/// How fast an embedded sandbox's time runs: `MANGO_SANDBOX_SPEED`, else as ours.
pub fn speed() -> f64 {
    crate::config::variable("MANGO_SANDBOX_SPEED").and_then(|speed| speed.parse().ok()).filter(|speed| *speed > 0.0).unwrap_or(1.0)
}

/// A seed of its own for every embedded sandbox, so that ids do not repeat in one journal; `MANGO_SANDBOX_SEED` fixes it.
pub fn fresh_seed() -> u64 {
    let fixed = crate::config::variable("MANGO_SANDBOX_SEED").and_then(|seed| seed.parse().ok());
    fixed.unwrap_or_else(|| crate::time::now().as_nanosecond() as u64)
}

/// The number of somebody whom the sandbox plays.
pub fn somebody() -> String {
    let people: Vec<&str> = people::PEOPLE.iter().filter_map(|person| person.numbers.first()).map(|(_, number)| *number).collect();
    people[fresh_seed() as usize % people.len()].to_owned()
}
