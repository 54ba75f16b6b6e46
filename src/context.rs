//! What a command may touch, opened when it is first asked for: `--help` touches nothing, `history --offline` no keyring.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;

use crate::config::Config;
use crate::contacts::addressbook::AddressBook;
use crate::contacts::bpmsoft::{self, Access, Crm, FindPassword};
use crate::contacts::local::{LocalBook, choices};
use crate::contacts::place::Place;
use crate::contacts::{Choice, ContactBook, ContactSource, PeopleFile};
use crate::credentials::{self, Credentials, Origin};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::pbx::client::Client;
use crate::pbx::limits::Limits;
use crate::pbx::widgets::Widgets;
use crate::practice::{self, Address};
use crate::sandbox::{Sandbox, Settings};

/// How long a program may stay silent before it says what it waits for.
const A_WHILE: Duration = Duration::from_millis(500);

/// How many people a name is looked for.
const MOST_MEANT: usize = 50;

/// How long a name may be waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a contact source that has failed is not asked for names.
const LEFT_IN_PEACE: Duration = Duration::from_secs(30);
/// The results that a remote source offers are asked for again after so many seconds.
const A_DAY: i64 = 24 * 60 * 60;

/// Lends journal, people and PBX to commands.
pub struct Context {
    /// Everything decided
    pub config: Config,
    somebody: bool,
    journal: OnceCell<Arc<Journal>>,
    source: tokio::sync::OnceCell<ContactSource>,
    source_failed: Cell<Option<Instant>>,
    client: tokio::sync::OnceCell<(Arc<Client>, Origin)>,
    embedded: OnceCell<Sandbox>,
    own_address: OnceCell<Address>,
}

impl Context {
    /// Opens nothing yet. `somebody` says whether a person is at the terminal, to unlock a keyring.
    pub fn new(config: Config, somebody: bool) -> Context {
        Context {
            config,
            somebody,
            journal: OnceCell::new(),
            source: tokio::sync::OnceCell::new(),
            source_failed: Cell::new(None),
            client: tokio::sync::OnceCell::new(),
            embedded: OnceCell::new(),
            own_address: OnceCell::new(),
        }
    }

    /// Whether a person is at the terminal.
    pub fn somebody(&self) -> bool {
        self.somebody
    }

    /// The profile's journal.
    pub fn journal(&self) -> Result<&Arc<Journal>> {
        if self.journal.get().is_none() {
            let journal = Arc::new(Journal::open(&self.config.journal())?);
            let _ = self.journal.set(journal);
        }
        Ok(self.journal.get().expect("just set"))
    }

    /// The profile's people as its file knows them, and the employees as they were last known.
    pub fn contacts(&self) -> Result<ContactBook> {
        Ok(ContactBook::new(self.people()?, self.journal()?.employees()?.0))
    }

    /// Where the profile's people are kept.
    pub async fn source(&self) -> Result<&ContactSource> {
        self.source.get_or_try_init(|| self.open_source()).await
    }

    async fn open_source(&self) -> Result<ContactSource> {
        let people = self.people()?;
        match self.config.contacts {
            Place::Local => Ok(ContactSource::Local(LocalBook::new(people, self.config.results.clone()))),
            Place::Addressbook => {
                let (client, journal) = (self.connected().await?.0.clone(), self.journal()?.clone());
                let book = AddressBook::new(client, journal, people, self.config.results.clone());
                Ok(ContactSource::AddressBook(Box::new(book)))
            }
            Place::Bpmsoft => Ok(ContactSource::Bpmsoft(Box::new(Crm::new(self.access().await?, people)?))),
        }
    }

    /// Lets a remote source say whose numbers these are, so that the file knows.
    pub async fn recognise(&self, numbers: &[String]) {
        self.listen_a_moment(async { self.source().await?.recognise(numbers).await }).await;
    }

    /// Lets a remote source say whom a name may mean, so that the file knows.
    pub async fn look_for(&self, name: &str) {
        self.listen_a_moment(async { self.source().await?.find(name, None, MOST_MEANT).await.map(drop) }).await;
    }

    /// Nobody waits for a remote source longer than a second: what it says later, the next one will see. One that has failed is left
    /// in peace for a while.
    async fn listen_a_moment(&self, said: impl Future<Output = Result<()>>) {
        let in_peace = self.source_failed.get().is_some_and(|at| at.elapsed() < LEFT_IN_PEACE);
        if self.config.contacts == Place::Local || in_peace {
            return;
        }
        match tokio::time::timeout(PATIENCE, said).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::debug!("{}", error.message()),
            Err(_) => tracing::debug!("{}: {PATIENCE:?}", self.config.contacts.key()),
        }
        self.source_failed.set(Some(Instant::now()));
    }

    /// The results that a call may have. A remote source is asked once a day, or `anew`; while it is away, what it last offered will do.
    pub async fn results(&self, anew: bool) -> Result<Vec<Choice>> {
        if self.config.contacts != Place::Bpmsoft {
            return Ok(choices(&self.config.results));
        }
        let people = self.people()?;
        let known = people.known_results()?;
        if let Some((results, age)) = &known
            && *age < A_DAY
            && !anew
        {
            return Ok(results.clone());
        }
        let asked = async { self.source().await?.results().await };
        match asked.await {
            Ok(results) => people.remember_results(&results).map(|()| results),
            Err(error) => known.map(|(results, _)| results).ok_or(error),
        }
    }

    /// The CRM, if that is where the profile's people are kept.
    pub async fn crm(&self) -> Result<&Crm> {
        match self.source().await? {
            ContactSource::Bpmsoft(crm) => Ok(crm),
            _ => Err(Error::NoCrm { profile: self.config.profile.clone() }),
        }
    }

    /// A CRM with a password that is still to be proved.
    pub fn crm_for(&self, url: &str, user: &str, password: SecretString) -> Result<Crm> {
        Crm::new(self.access_to(url, user, bpmsoft::at_hand(password)), PeopleFile::open(&self.config.journal(), Place::Bpmsoft)?)
    }

    /// Site root of the CRM, without the workspace.
    pub async fn crm_url(&self) -> Result<String> {
        Ok(self.access().await?.app)
    }

    /// Who signs in to the CRM.
    pub async fn crm_user(&self) -> Result<String> {
        Ok(self.access().await?.user)
    }

    /// Address, user and password of the CRM: the profile's, or the sandbox's. The password is looked for when it is needed.
    async fn access(&self) -> Result<Access> {
        if self.config.sandbox && self.config.crm_url.is_none() {
            let address = self.practice().await?;
            return Ok(self.access_to(&address.crm, &address.crm_user, bpmsoft::at_hand(address.crm_password.into())));
        }
        let set = self.config.crm_url.as_ref().zip(self.config.crm_user.as_ref());
        let (url, user) = set.ok_or_else(|| Error::NoCrm { profile: self.config.profile.clone() })?;
        let (config, somebody) = (self.config.clone(), self.somebody);
        Ok(self.access_to(url, user, Arc::new(move || Ok(credentials::crm::load(&config, somebody)?.0))))
    }

    fn access_to(&self, url: &str, user: &str, password: FindPassword) -> Access {
        let whole = url.trim_end_matches('/');
        let (app, pinned) = match whole.strip_suffix("/0") {
            Some(app) => (app, Some("/0".to_owned())),
            None => (whole, None),
        };
        let (user, timeout, directory) = (user.to_owned(), self.config.timeout, self.config.directory());
        Access { app: app.to_owned(), pinned, user, password, timeout, directory }
    }

    /// The sandbox that runs, or one of our own.
    async fn practice(&self) -> Result<Address> {
        self.connected().await?;
        let own = self.own_address.get().cloned();
        match own {
            Some(own) => Ok(own),
            None => Address::of_running(&self.config.directory()).await.ok_or(Error::NoSandbox),
        }
    }

    fn people(&self) -> Result<PeopleFile> {
        let people = PeopleFile::open(&self.config.journal(), self.config.contacts)?;
        if self.config.sandbox {
            practice::introduce(self.journal()?, &people)?;
        }
        Ok(people)
    }

    /// The PBX, or the sandbox.
    pub async fn client(&self) -> Result<&Client> {
        Ok(&self.connected().await?.0)
    }

    /// The same, for tasks that outlive the question.
    pub async fn shared_client(&self) -> Result<Arc<Client>> {
        Ok(self.connected().await?.0.clone())
    }

    /// Where key and salt came from.
    pub async fn origin(&self) -> Result<Origin> {
        Ok(self.connected().await?.1)
    }

    /// Key and salt of the profile; of the running sandbox with `--sandbox`.
    pub async fn credentials(&self) -> Result<Credentials> {
        if self.config.sandbox {
            let running = Address::of_running(&self.config.directory()).await;
            return running.map(|address| address.credentials()).ok_or(Error::NoSandbox);
        }
        Ok(Credentials::load(&self.config, self.somebody)?.0)
    }

    /// A client for key and salt that are still to be proved.
    pub fn client_for(&self, credentials: Credentials) -> Result<Client> {
        let limits = Limits::open(&self.config.limits_file(), self.config.limits);
        Client::new(&self.config.api_url, credentials, limits, self.config.timeout)
    }

    /// Asks something of the sandbox's control API, of the running one or of our own.
    pub async fn control(&self, path: &str, json: serde_json::Value) -> Result<serde_json::Value> {
        self.practice().await?.control(path, json).await
    }

    /// The widgets API, or the sandbox's.
    pub async fn widgets(&self) -> Result<Widgets> {
        if self.config.sandbox {
            let address = self.practice().await?;
            return Widgets::new(&address.widgets_url, address.widget_token.into(), self.config.timeout, true);
        }
        let token = credentials::load_widget_token(&self.config, self.somebody)?;
        Widgets::new(&self.config.widgets_url, token, self.config.timeout, false)
    }

    /// Lets the embedded sandbox play its calls to their end; `waiting` is called when that takes a while.
    pub async fn finish(&self, waiting: impl FnOnce()) {
        let Some(sandbox) = self.embedded.get() else { return };
        let Ok(journal) = self.journal() else { return };
        let over = async {
            sandbox.idle().await;
            practice::settled(journal).await;
        };
        tokio::pin!(over);
        if tokio::time::timeout(A_WHILE, &mut over).await.is_err() {
            waiting();
            over.await;
        }
    }

    /// Ends the calls of the embedded sandbox: the program is told to stop.
    pub async fn hang_up(&self) {
        if let (Some(sandbox), Ok(journal)) = (self.embedded.get(), self.journal()) {
            sandbox.end_calls().await;
            practice::settled(journal).await;
        }
    }

    async fn connected(&self) -> Result<&(Arc<Client>, Origin)> {
        self.client.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<(Arc<Client>, Origin)> {
        if self.config.sandbox {
            let running = Address::of_running(&self.config.directory()).await;
            let is_running = running.is_some();
            let address = match running {
                Some(running) => running,
                None => self.embed().await?,
            };
            let client = Arc::new(address.client(&self.config)?);
            if !is_running {
                practice::ask_for_visitors(self.journal()?.clone(), client.clone());
            }
            return Ok((client, Origin::Sandbox));
        }
        let (credentials, origin) = Credentials::load(&self.config, self.somebody)?;
        Ok((Arc::new(self.client_for(credentials)?), origin))
    }

    /// A sandbox of this process's own, for as long as the process lives.
    async fn embed(&self) -> Result<Address> {
        let id = || uuid::Uuid::new_v4().simple().to_string();
        let credentials = Credentials::new(id(), id());
        let events_to = practice::receive(self.journal()?.clone(), credentials.clone()).await?;
        let sandbox = Sandbox::open(Settings {
            directory: self.config.directory(),
            credentials: credentials.clone(),
            events_to: Some(events_to),
            speed: practice::speed(),
            seed: practice::fresh_seed(),
            limits: false,
            allow_ips: Vec::new(),
        })?;
        let address = practice::host(practice::bind("127.0.0.1:0").await?, &sandbox, &credentials, false)?;
        let _ = self.embedded.set(sandbox);
        let _ = self.own_address.set(address.clone());
        Ok(address)
    }
}
