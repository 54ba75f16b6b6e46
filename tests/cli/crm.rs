//! BPMSoft as a source of people and a place for calls: the same scenario against the practice CRM and, when `tests/odata/run` starts
//! one, against an OData server that other people wrote.

use std::time::Duration;

use mango::contacts::bpmsoft::calls::{CallRow, call_id};
use mango::contacts::bpmsoft::{Access, Crm, at_hand};
use mango::contacts::place::Place;
use mango::contacts::{Account, Activity, ActivityFilter, Contact, Kind, Named, Number, Owner, PeopleFile, Sort};
use mango::error::Error;
use mango::journal::{Journal, Visit};
use mango::pbx::tracking::{Location, Utm, Visitor};
use serde_json::{Value, json};

use super::live::listening::*;
use super::support::*;

/// A CRM to talk to, and what is kept of it.
struct Far {
    pbx: Option<Pbx>,
    home: Home,
    url: String,
    user: String,
    password: String,
}

impl Far {
    /// Another people's server if one is given, else the practice CRM.
    fn any() -> Far {
        let given = |name| std::env::var(name).ok();
        match given("MANGO_ODATA_URL") {
            Some(url) => Far { pbx: None, home: Home::new(), url, user: "tester".into(), password: "secret".into() },
            None => Far::practice(Pbx::start(), "/crm"),
        }
    }

    fn practice(pbx: Pbx, path: &str) -> Far {
        let served: Value = serde_json::from_str(&std::fs::read_to_string(pbx.home.path().join("sandbox/serving.json")).unwrap()).unwrap();
        let text = |key: &str| served[key].as_str().unwrap().to_owned();
        let url = text("crm").replace("/crm", path);
        Far { home: Home::new(), url, user: text("crm_user"), password: text("crm_password"), pbx: Some(pbx) }
    }

    fn served_mut(&mut self) -> &mut Pbx {
        self.pbx.as_mut().unwrap()
    }

    fn served(&self) -> &Pbx {
        self.pbx.as_ref().unwrap()
    }

    /// A client as another run of the program would be.
    fn crm(&self) -> Crm {
        self.crm_at(&self.home, &self.password)
    }

    fn crm_as(&self, password: &str) -> Crm {
        self.crm_at(&self.home, password)
    }

    fn crm_at(&self, home: &Home, password: &str) -> Crm {
        let access = Access {
            app: self.url.clone(),
            pinned: None,
            user: self.user.clone(),
            password: at_hand(password.to_owned().into()),
            timeout: Duration::from_secs(30),
            directory: home.path().join("default"),
        };
        Crm::new(access, PeopleFile::open(&home.journal("default"), Place::Bpmsoft).unwrap()).unwrap()
    }

    /// A run of the program that has its calls from `pbx` and its people from here.
    fn with<'a>(&self, pbx: &Pbx, args: impl IntoIterator<Item = &'a str>) -> Mango {
        let mango = pbx.mango(args).env("MANGO_CRM_URL", &self.url).env("MANGO_CRM_USER", &self.user);
        mango.env("MANGO_CRM_PASSWORD", &self.password)
    }

    fn set(&self, settings: Value) {
        self.served().control("POST", "crm/settings", settings);
    }

    fn fault(&self, fault: Value) {
        self.served().control("POST", "crm/faults", fault);
    }

    /// What the CRM was asked so far, forgetting it: `GET Contact`.
    fn asked(&self) -> Vec<String> {
        let seen = self.served().control("DELETE", "crm/requests", json!({}));
        let one = |seen: &Value| {
            let path = seen["path"].as_str().unwrap();
            let set = path.split_once("/odata/").map_or(path, |(_, set)| set);
            format!("{} {}", seen["method"].as_str().unwrap(), set.split('(').next().unwrap())
        };
        seen["requests"].as_array().unwrap().iter().map(one).collect()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn number(kind: Kind, number: &str) -> Number {
    Number { kind, number: number.into() }
}

fn kinds(owner: &Owner) -> Vec<(Kind, &str)> {
    let mut kinds: Vec<_> = owner.numbers().iter().map(|number| (number.kind, number.number.as_str())).collect();
    kinds.sort();
    kinds
}

fn names(owners: &[Owner]) -> Vec<&str> {
    owners.iter().map(Owner::name).collect()
}

fn person(name: &str, numbers: Vec<Number>) -> Owner {
    Owner::Contact(Contact { name: name.into(), numbers, ..Contact::default() })
}

#[test]
fn people_companies_tasks_and_calls_live_in_the_crm() {
    scenario(&Far::any());
}

#[test]
fn the_build_with_a_workspace_in_its_addresses_is_the_same_to_a_user() {
    scenario(&Far::practice(Pbx::start(), "/crm-framework"));
}

#[test]
fn an_installation_may_differ_in_all_that_is_not_known_of_it() {
    let far = Far::practice(Pbx::start(), "/crm");
    far.set(json!({"nulls": true, "refuse_unknown": true, "late_csrf": true, "late_session": true, "page_cap": 7, "next_link": true,
        "missing_set": 404, "hidden": ["ComTypebyCommunication", "Job", "CallFile.Size"], "refused": ["SysAdminUnit"]}));
    scenario(&far);
}

fn scenario(far: &Far) {
    runtime().block_on(async {
        let crm = far.crm();
        let company = Account {
            name: "ООО «Пробный & Ко», 100%".into(),
            email: Some("office@example.test".into()),
            web: Some("https://example.test".into()),
            notes: Some("Кавычки ' и плюс +".into()),
            numbers: vec![number(Kind::Main, "74950000061")],
            ..Account::default()
        };
        let company = crm.create(&Owner::Account(company)).await.unwrap();
        assert_eq!(company.name(), "ООО «Пробный & Ко», 100%");
        assert_eq!(kinds(&company), [(Kind::Main, "74950000061")]);
        assert!(matches!(&company, Owner::Account(found) if found.email.as_deref() == Some("office@example.test")
            && found.web.as_deref() == Some("https://example.test") && found.notes.as_deref() == Some("Кавычки ' и плюс +")));

        let anna = Contact {
            name: "Щёкина-О'Нил Анна".into(),
            account: Some(company.id().into()),
            job: Some("Главный бухгалтер".into()),
            email: Some("anna@example.test".into()),
            notes: Some("Звонить после обеда\nпо будням".into()),
            numbers: vec![
                number(Kind::Mobile, "79000000061"),
                number(Kind::Mobile, "79000000062"),
                number(Kind::Work, "74950000062"),
                number(Kind::Extension, "7061"),
            ],
            ..Contact::default()
        };
        let anna = crm.create(&Owner::Contact(anna)).await.unwrap();
        let Owner::Contact(found) = &anna else { panic!("{anna:?}") };
        assert_eq!((found.company.as_deref(), found.account.as_deref()), (Some(company.name()), Some(company.id())));
        assert_eq!((found.job.as_deref(), found.email.as_deref()), (Some("Главный бухгалтер"), Some("anna@example.test")));
        assert_eq!(found.notes.as_deref(), Some("Звонить после обеда\nпо будням"));
        let mobiles: Vec<&str> = anna.numbers().iter().filter(|own| own.kind == Kind::Mobile).map(|own| own.number.as_str()).collect();
        assert_eq!(mobiles, ["79000000061", "79000000062"], "the first one stays the first");
        assert_eq!(anna.numbers().len(), 4);

        for written in ["+79000000061", "89000000062", "79000000062"] {
            assert_eq!(names(&crm.owners(written).await.unwrap()), ["Щёкина-О'Нил Анна"], "{written}");
        }
        let recognised = crm.owners("84950000061").await.unwrap();
        assert_eq!(names(&recognised), ["ООО «Пробный & Ко», 100%"]);
        assert!(crm.owners("79000000099").await.unwrap().is_empty());
        assert!(crm.owners("7061").await.unwrap().is_empty(), "an extension is recognised when it is an employee's");

        for fragment in ["щеки", "ЩЁКИ", "анна щеки", "о'нил", "анн пробн"] {
            assert_eq!(names(&crm.find(fragment, Some(Sort::Contact), 10).await.unwrap()), ["Щёкина-О'Нил Анна"], "{fragment}");
        }
        assert_eq!(names(&crm.find("пробный", None, 10).await.unwrap()).len(), 2);
        assert!(crm.find("щекины", None, 10).await.unwrap().is_empty());
        let without = crm.create(&person("Безномерный Егор", Vec::new())).await.unwrap();
        assert_eq!(names(&crm.find("безномер", None, 10).await.unwrap()), ["Безномерный Егор"]);

        change_and_remove(&crm, &anna, &company).await;
        crm.delete(Sort::Contact, without.id()).await.unwrap();
        tasks(&crm, &anna, &company).await;
        calls(&crm, &anna, &company).await;

        let mut all = Vec::new();
        let mut each = |owner: Owner| {
            all.push(owner);
            Ok(true)
        };
        crm.all(Sort::Contact, &mut each).await.unwrap();
        assert!(all.iter().any(|owner| owner.id() == anna.id()));
        for (sort, id) in [(Sort::Contact, anna.id()), (Sort::Account, company.id())] {
            crm.delete(sort, id).await.unwrap();
            assert!(matches!(crm.delete(sort, id).await, Err(Error::NoContact { .. })));
            assert!(matches!(crm.get(sort, id).await, Err(Error::NoContact { .. })));
        }
        assert!(matches!(crm.get(Sort::Contact, "17 or 1 eq 1").await, Err(Error::NoContact { .. })));
    });
}

async fn change_and_remove(crm: &Crm, anna: &Owner, company: &Owner) {
    let Owner::Contact(mut contact) = anna.clone() else { panic!() };
    contact.name = "Щёкина Анна".into();
    contact.job = None;
    contact.email = Some("new@example.test".into());
    contact.numbers.retain(|own| own.number != "79000000062");
    contact.numbers.iter_mut().filter(|own| own.kind == Kind::Work).for_each(|own| own.number = "74950000063".into());
    contact.numbers.push(number(Kind::Home, "74950000064"));
    let changed = crm.change(&Owner::Contact(contact.clone())).await.unwrap();
    let expected = [(Kind::Mobile, "79000000061"), (Kind::Work, "74950000063"), (Kind::Home, "74950000064"), (Kind::Extension, "7061")];
    assert_eq!(kinds(&changed), expected);
    let Owner::Contact(found) = &changed else { panic!() };
    assert_eq!((found.name.as_str(), found.job.as_deref(), found.email.as_deref()), ("Щёкина Анна", None, Some("new@example.test")));
    assert!(crm.owners("79000000062").await.unwrap().is_empty());

    contact.account = None;
    contact.company = None;
    let alone = crm.change(&Owner::Contact(Contact { numbers: found.numbers.clone(), ..contact.clone() })).await.unwrap();
    assert_eq!((alone.company(), kinds(&alone)), (None, kinds(&changed)));
    contact.company = Some(company.name().into());
    let again = crm.change(&Owner::Contact(Contact { numbers: found.numbers.clone(), ..contact })).await.unwrap();
    assert!(matches!(&again, Owner::Contact(found) if found.account.as_deref() == Some(company.id())), "a company is found by its name");

    assert!(crm.add_number(&again, &number(Kind::Mobile, "79000000065")).await.unwrap());
    assert!(!crm.add_number(&again, &number(Kind::Mobile, "+7 (900) 000-00-65")).await.unwrap());
    let first = crm.get(Sort::Contact, again.id()).await.unwrap();
    let mobile: Vec<&str> = first.numbers().iter().filter(|own| own.kind == Kind::Mobile).map(|own| own.number.as_str()).collect();
    assert_eq!(mobile, ["79000000061"], "a number taken from a call does not replace the main one");
    assert_eq!(names(&crm.owners("79000000065").await.unwrap()), ["Щёкина Анна"]);
}

async fn tasks(crm: &Crm, anna: &Owner, company: &Owner) {
    let named = |owner: &Owner| Some(Named { id: owner.id().into(), name: String::new() });
    let due = 1_900_000_000;
    let task = Activity {
        title: "Перезвонить 'в обед'".into(),
        due: Some(due),
        contact: named(anna),
        account: named(company),
        text: Some("про счёт".into()),
        ..Activity::default()
    };
    let made = crm.create_activity(&task).await.unwrap();
    assert_eq!((made.title.as_str(), made.due, made.done), ("Перезвонить 'в обед'", Some(due), false));
    assert_eq!(made.contact.as_ref().map(|one| one.name.as_str()), Some("Щёкина Анна"));
    assert_eq!(made.text.as_deref(), Some("про счёт"));
    let of_anna = ActivityFilter { open: true, contact: Some(anna.id().into()), ..ActivityFilter::default() };
    assert_eq!(crm.activities(&of_anna).await.unwrap(), std::slice::from_ref(&made));
    let result = crm.results().await.unwrap().into_iter().next().expect("the CRM has results");
    let done = crm.finish_activity(&made.id, Some(&result.name), Some("во вторник")).await.unwrap();
    assert_eq!((done.done, done.result.as_deref(), done.text.as_deref()), (true, Some(result.name.as_str()), Some("во вторник")));
    assert!(crm.activities(&of_anna).await.unwrap().is_empty());
    let in_other_words = crm.finish_activity(&made.id, Some("договорились на четверг"), None).await.unwrap();
    assert!(in_other_words.done);
    assert!(matches!(crm.finish_activity("00000000-0000-4000-8000-00000000dead", None, None).await, Err(Error::NoActivity { .. })));
}

async fn calls(crm: &Crm, anna: &Owner, company: &Owner) {
    let map = |value: Value| value.as_object().cloned().unwrap();
    let entry_id = format!("MTov{}==", anna.id().replace('-', ""));
    let told = json!({"CallerId": "79000000061", "CalledId": "74950000001", "StartDate": "2026-03-02T07:15:00Z", "EndDate": "2026-03-02T07:17:05Z",
        "Duration": 125, "TalkTime": 110, "BeforeConnectionTime": 15, "DirectionId": "1d96a65f-2131-4916-8825-2d142b1000b2", "NoSuchColumn": 1});
    let row = CallRow {
        entry_id: entry_id.clone(),
        told: map(told),
        identified: map(json!({"ContactId": anna.id(), "AccountId": company.id()})),
        written: map(json!({"Comment": "Просит счёт"})),
    };
    let sent = crm.put_call(row.clone(), None, false).await.unwrap();
    assert_eq!(sent.id, call_id(&entry_id));
    // The answer was lost, or another machine was faster: still one row.
    let again = crm.put_call(row.clone(), None, false).await.unwrap();
    assert_eq!(again.id, sent.id);
    let mut later = row.clone();
    later.written = map(json!({"Notes": "Счёт отправлен"}));
    let changed = crm.put_call(later.clone(), Some(&sent), false).await.unwrap();
    assert_eq!(changed.values["Notes"], "Счёт отправлен");
    assert_eq!(crm.put_call(later, Some(&changed), false).await.unwrap(), changed);
    let file = crm.put_file(sent.id, "запись 'разговора'.txt", "первый".into()).await.unwrap();
    assert_eq!(crm.put_file(sent.id, "запись 'разговора'.txt", "второй".into()).await.unwrap(), file);
    let written = crm.call(&entry_id).await.unwrap().expect("the row is there");
    assert_eq!((written["Notes"].as_str(), written["TalkTime"].as_i64()), (Some("Счёт отправлен"), Some(110)));
    assert!(written["Comment"].as_str().is_none_or(str::is_empty), "{written:?}");
    assert_eq!(written["ContactId"], anna.id());
}

/// Signed in, with all that is asked once found out.
async fn at_home(far: &Far) -> Crm {
    let crm = far.crm();
    crm.greet().await.unwrap();
    far.asked();
    crm
}

#[test]
fn a_caller_is_recognised_with_two_requests_by_a_fresh_run_too() {
    let far = Far::practice(Pbx::start(), "/crm");
    runtime().block_on(async {
        let crm = at_home(&far).await;
        let anna = crm.create(&person("Щёкина Анна", vec![number(Kind::Mobile, "79000000061")])).await.unwrap();
        far.asked();
        for crm in [crm, far.crm()] {
            assert_eq!(crm.owners("+7 900 000-00-61").await.unwrap(), std::slice::from_ref(&anna));
            let mut asked = far.asked();
            asked.sort();
            assert_eq!(asked, ["GET AccountCommunication", "GET ContactCommunication"]);
        }
    });
}

#[test]
fn a_wrong_password_is_tried_once_and_remembered_until_it_changes() {
    let far = Far::practice(Pbx::start(), "/crm");
    let sign_ins = || far.asked().iter().filter(|asked| asked.contains("AuthService")).count();
    runtime().block_on(async {
        for _ in 0..3 {
            let crm = far.crm_as("wrong horse");
            for _ in 0..2 {
                let error = crm.greet().await.unwrap_err();
                assert!(matches!(&error, Error::CrmLogin { left: 4, .. }), "{error:?}");
                assert_eq!((error.exit_code(), error.kind()), (4, "crm_login"));
                assert!(!format!("{error:?} {}", error.message()).contains("horse"));
            }
        }
        assert_eq!(sign_ins(), 1);
        let error = far.crm_as("another wrong horse").greet().await.unwrap_err();
        assert!(matches!(&error, Error::CrmLogin { left: 3, .. }), "{error:?}");
        far.crm().greet().await.unwrap();
        assert_eq!(sign_ins(), 2);
        // Who is let in begins to count anew.
        far.served().control("POST", "crm/expire", json!({}));
        assert!(matches!(far.crm_as("wrong horse").greet().await, Err(Error::CrmLogin { left: 4, .. })));
    });
}

#[test]
fn a_sign_in_that_is_broken_off_is_not_tried_again_and_again() {
    let far = Far::practice(Pbx::start(), "/crm");
    far.fault(json!({"path": "sign-in", "close": true, "after": true, "times": 0}));
    runtime().block_on(async {
        for _ in 0..5 {
            assert_eq!(far.crm().greet().await.unwrap_err().kind(), "crm_no_reply");
        }
        let sign_ins = far.asked().iter().filter(|asked| asked.contains("AuthService")).count();
        assert!(sign_ins <= 3, "{sign_ins} tries would be near the lock-out, if the password were wrong");
    });
}

#[test]
fn the_file_learns_whose_numbers_these_are_fifteen_with_two_requests() {
    let far = Far::practice(Pbx::start(), "/crm");
    runtime().block_on(async {
        let crm = at_home(&far).await;
        for n in 0..3 {
            crm.create(&person(&format!("Щёкина Анна {n}"), vec![number(Kind::Mobile, &format!("7900000006{n}"))])).await.unwrap();
        }
        far.asked();
        let numbers: Vec<String> = (0..15).map(|n| format!("790000000{}", 60 + n)).collect();
        let fresh = Far { pbx: None, home: Home::new(), url: far.url.clone(), user: far.user.clone(), password: far.password.clone() };
        let crm = at_home_elsewhere(&far, &fresh).await;
        crm.recognise(&numbers).await.unwrap();
        assert_eq!(far.asked().len(), 2);
        let people = PeopleFile::open(&fresh.home.journal("default"), Place::Bpmsoft).unwrap();
        for (n, number) in numbers.iter().enumerate() {
            let known = people.owner(number).unwrap().map(|owner| owner.name().to_owned());
            assert_eq!(known, (n < 3).then(|| format!("Щёкина Анна {n}")), "{number}");
        }
        crm.recognise(&numbers).await.unwrap();
        assert!(far.asked().is_empty(), "what was answered today is not asked again");
    });
}

async fn at_home_elsewhere(far: &Far, other: &Far) -> Crm {
    let crm = other.crm();
    crm.greet().await.unwrap();
    far.asked();
    crm
}

#[test]
fn a_session_is_used_by_the_next_run_and_renewed_once_when_it_is_lost() {
    let far = Far::practice(Pbx::start(), "/crm");
    let sign_ins = |asked: &[String]| asked.iter().filter(|asked| asked.contains("AuthService")).count();
    runtime().block_on(async {
        at_home(&far).await;
        far.crm().greet().await.unwrap();
        assert_eq!(far.asked(), ["GET Contact"]);
        for lost in ["401", "302", "html"] {
            far.set(json!({"lost": lost}));
            far.served().control("POST", "crm/expire", json!({}));
            let crm = far.crm();
            let (one, other) = tokio::join!(crm.owners("79000000061"), crm.results());
            assert!(one.is_ok() && !other.unwrap().is_empty(), "{lost}");
            assert_eq!(sign_ins(&far.asked()), 1, "{lost}");
        }
    });
}

#[test]
fn a_session_lost_between_pages_loses_nobody_and_doubles_nobody() {
    for (lost, next_link) in [("401", false), ("302", true), ("html", false)] {
        let far = Far::practice(Pbx::start(), "/crm");
        runtime().block_on(async {
            let crm = at_home(&far).await;
            far.served().control("POST", "crm/people", json!({"count": 300}));
            let mut expected = ids(&crm).await;
            far.set(json!({"page_cap": 40, "next_link": next_link, "lost": lost}));
            far.served().control("POST", "crm/expire", json!({"after": 4}));
            let found = ids(&crm).await;
            let asked = far.asked();
            assert!(asked.iter().any(|asked| asked.contains("AuthService")), "{asked:?}");
            assert!(found.len() > 300);
            expected.sort();
            let mut once = found.clone();
            once.sort();
            once.dedup();
            assert_eq!((once.len(), once), (found.len(), expected));
        });
    }
}

async fn ids(crm: &Crm) -> Vec<String> {
    let mut ids = Vec::new();
    let mut each = |owner: Owner| {
        ids.push(owner.id().to_owned());
        Ok(true)
    };
    crm.all(Sort::Contact, &mut each).await.unwrap();
    ids
}

#[test]
fn what_was_inserted_before_the_answer_was_lost_is_not_inserted_again() {
    let far = Far::practice(Pbx::start(), "/crm");
    runtime().block_on(async {
        let crm = at_home(&far).await;
        let count = async |name: &str| crm.find(name, Some(Sort::Contact), 10).await.unwrap().len();
        for (name, fault) in [
            ("Послепятисотый", json!({"path": "POST Contact", "status": 500, "after": true})),
            ("Оборванный", json!({"path": "POST Contact", "close": true, "after": true})),
            ("Невставленный", json!({"path": "POST Contact", "status": 500})),
            ("Перегруженный", json!({"path": "POST Contact", "status": 503, "retry_after": 0})),
            ("Дваждыоборванный", json!({"path": "POST Contact", "close": true, "times": 2})),
        ] {
            far.fault(fault);
            crm.create(&person(name, vec![number(Kind::Mobile, "79000000077")])).await.unwrap();
            assert_eq!(count(name).await, 1, "{name}");
        }
        let row = CallRow { entry_id: "MToxMDA6MQ==".into(), ..CallRow::default() };
        far.fault(json!({"path": "POST Call", "status": 500, "after": true}));
        let sent = crm.put_call(row.clone(), None, false).await.unwrap();
        far.fault(json!({"path": "POST Call", "close": true, "after": true}));
        assert_eq!(crm.put_call(row, None, false).await.unwrap().id, sent.id);
        assert_eq!(rows(&far, "Call"), 1);
    });
}

/// Rows of a table.
fn rows(far: &Far, set: &str) -> i64 {
    far.served().control("GET", "crm", json!({}))["rows"][set].as_i64().unwrap()
}

#[test]
fn two_machines_write_one_row_and_neither_takes_the_others_words() {
    let far = Far::practice(Pbx::start(), "/crm");
    let map = |value: Value| value.as_object().cloned().unwrap();
    let before = rows(&far, "Call");
    runtime().block_on(async {
        let row = |written: Value| CallRow {
            entry_id: "MToxMDA6Mg==".into(),
            told: map(json!({"CallerId": "79000000061", "TalkTime": 60})),
            written: map(written),
            ..CallRow::default()
        };
        let (here, there) = (at_home(&far).await, at_home(&far).await);
        let (mine, theirs) = (row(json!({"Comment": "мои слова"})), row(json!({})));
        let (one, other) = tokio::join!(here.put_call(mine.clone(), None, false), there.put_call(theirs.clone(), None, false));
        let (one, other) = (one.unwrap(), other.unwrap());
        there.put_call(theirs, Some(&other), false).await.unwrap();
        here.put_call(mine, Some(&one), false).await.unwrap();
        let written = here.call("MToxMDA6Mg==").await.unwrap().unwrap();
        assert_eq!((&written["Comment"], &written["TalkTime"]), (&json!("мои слова"), &json!(60)));
    });
    assert_eq!(rows(&far, "Call"), before + 1);
}

#[test]
fn another_connectors_row_is_left_alone_when_that_is_wanted() {
    let far = Far::practice(Pbx::start(), "/crm");
    let map = |value: Value| value.as_object().cloned().unwrap();
    runtime().block_on(async {
        let crm = at_home(&far).await;
        let told = json!({"CallerId": "79000000061", "CalledId": "74950000001", "StartDate": "2026-03-02T07:15:00Z"});
        let row = |entry_id: &str, told: &Value| CallRow { entry_id: entry_id.into(), told: map(told.clone()), ..CallRow::default() };
        let other = crm.put_call(row("theirs", &told), None, false).await.unwrap();
        let before = rows(&far, "Call");
        let about_then = json!({"CallerId": "79000000061", "CalledId": "74950000001", "StartDate": "2026-03-02T07:15:30Z"});
        let found =
            crm.put_call(CallRow { written: map(json!({"Comment": "наше"})), ..row("ours", &about_then) }, None, true).await.unwrap();
        assert_eq!((found.id, rows(&far, "Call")), (other.id, before));
        assert_eq!(crm.call("theirs").await.unwrap().unwrap()["Comment"], "наше");
        let later = json!({"CallerId": "79000000061", "CalledId": "74950000001", "StartDate": "2026-03-02T09:15:30Z"});
        crm.put_call(row("later", &later), None, true).await.unwrap();
        assert_eq!(rows(&far, "Call"), before + 1);
    });
}

#[test]
fn what_an_installation_lacks_turns_a_function_off_and_says_so() {
    let far = Far::practice(Pbx::start(), "/crm");
    far.set(json!({"hidden": ["Activity", "Call.Comment", "ContactCommunication.SearchNumber"], "refused": ["Account", "AccountCommunication"]}));
    runtime().block_on(async {
        let crm = far.crm();
        let lacks = crm.create_activity(&Activity { title: "x".into(), ..Activity::default() }).await.unwrap_err();
        assert!(matches!(&lacks, Error::CrmLacks { what } if what == "Activity"), "{lacks:?}");
        assert_eq!((lacks.exit_code(), lacks.kind()), (6, "crm_lacks"));
        let lacks = crm.owners("79000000061").await.unwrap_err();
        assert!(matches!(&lacks, Error::CrmLacks { what } if what == "ContactCommunication.SearchNumber"), "{lacks:?}");
        let refused = crm.create(&Owner::Account(Account { name: "ООО".into(), ..Account::default() })).await.unwrap_err();
        assert!(matches!(&refused, Error::CrmRefused { status: 403, .. }), "{refused:?}");
        assert!(refused.hint().is_some_and(|hint| hint.contains("rights")));
        let written = [("Comment".to_owned(), json!("не войдёт"))].into_iter().collect();
        crm.put_call(CallRow { entry_id: "E".into(), written, ..CallRow::default() }, None, false).await.unwrap();
    });
}

#[test]
fn a_crm_that_is_away_slow_or_something_else_is_told_apart() {
    let far = Far::practice(Pbx::start(), "/crm");
    runtime().block_on(async {
        at_home(&far).await;
        far.set(json!({"down": true}));
        let away = far.crm().greet().await.unwrap_err();
        assert_eq!((away.exit_code(), away.kind()), (5, "crm_no_reply"));
    });
    for (kind, page, error) in [("text/html", "<html>Welcome</html>", "crm_not_there"), ("application/json", "{}", "crm_not_there")] {
        let wire = Wire::replying("200 OK", kind, page);
        let far = Far { pbx: None, home: Home::new(), url: format!("http://{}", wire.address), user: "u".into(), password: "p".into() };
        let said = runtime().block_on(far.crm().greet()).unwrap_err();
        assert_eq!((said.exit_code(), said.kind()), (5, error), "{said:?}");
        assert_eq!(wire.heard().len(), 1, "a page is no reason to send the password twice");
    }
    let nobody = Far { pbx: None, home: Home::new(), url: format!("http://{}", nobodys()), user: "u".into(), password: "p".into() };
    assert_eq!(runtime().block_on(nobody.crm().greet()).unwrap_err().kind(), "crm_unreachable");
}

/// A PBX whose people are in a CRM.
fn pbx_with_crm() -> Pbx {
    let pbx = Pbx::start();
    pbx.home.write_config("[profiles.sandbox]\ncontacts = 'bpmsoft'\nextension = '101'\n");
    pbx
}

fn call_from(pbx: &Pbx, number: &str) -> String {
    pbx.incoming(json!({"from": number}));
    let newest = pbx.mango(["-o", "json", "history", "-n", "1"]).said().exits(0).json();
    newest[0]["entry_id"].as_str().unwrap().to_owned()
}

#[test]
fn ten_calls_of_a_time_without_the_crm_are_ten_rows_with_their_notes() {
    let pbx = pbx_with_crm();
    let mut far = Far::practice(Pbx::with(&["--no-limits"]), "/crm");
    let push = |far: &Far, args: &[&str]| far.with(&pbx, ["crm", "push"].iter().chain(args).copied());
    // Another moment of the same person: the CRM is there and has a call.
    let first = call_from(&pbx, "79000000061");
    let sent = far.with(&pbx, ["-o", "json", "crm", "push"]).said().exits(0).json();
    assert_eq!((&sent[0]["entry_id"], &sent[0]["outcome"]), (&json!(first), &json!("sent")));
    let before = rows(&far, "Call");

    far.served_mut().turn_off();
    let calls: Vec<String> = (0..10).map(|n| call_from(&pbx, &format!("7900000007{n}"))).collect();
    push(&far, &[]).said().exits(5).says("cannot reach the CRM");
    for (n, entry_id) in calls.iter().enumerate() {
        let text = format!("заметка {n}");
        far.with(&pbx, ["note", entry_id, "--text", &text]).said().exits(0).says("Goes into the CRM later: cannot reach the CRM");
    }
    assert_eq!(push(&far, &["--dry-run", "-o", "json"]).said().exits(0).json_or_error(), (Some(0), 10));
    let status = far.with(&pbx, ["-o", "json", "status"]).said().exits(0).json();
    assert_eq!((&status["crm_waiting"], &status["crm_password"]), (&json!(10), &json!("environment")));
    assert!(status["crm_error"].as_str().unwrap().contains("cannot reach the CRM"), "{status}");
    far.with(&pbx, ["status"]).in_russian().said().exits(0).on_stdout("10");

    far.pbx = far.pbx.take().map(Pbx::turned_on);
    // Killed in the middle, once before and once after a row was made.
    let lost = json!({"path": "POST Call", "close": true, "after": true});
    for (faults, reached) in [
        (vec![json!({"path": "POST Call", "delay": 60_000})], "POST Call"),
        (vec![lost, json!({"path": "GET Call", "delay": 60_000})], "GET Call"),
    ] {
        faults.into_iter().for_each(|fault| far.fault(fault));
        far.asked();
        let mut killed = push(&far, &[]).start();
        awaited("the question to the CRM", || {
            if killed.try_wait().unwrap().is_some() {
                panic!("it has ended: {}", std::io::read_to_string(killed.stderr.take().unwrap()).unwrap());
            }
            far.asked().iter().any(|asked| asked == reached).then_some(())
        });
        killed.kill().unwrap();
        killed.wait().unwrap();
        far.served().control("DELETE", "crm/faults", json!({}));
    }
    assert_eq!(rows(&far, "Call"), before + 1);
    push(&far, &[]).said().exits(0).says("waiting: 0");
    assert_eq!(rows(&far, "Call"), before + 10);
    push(&far, &[]).said().exits(0).says("Sent: 0 calls");
    assert_eq!(rows(&far, "Call"), before + 10);
    runtime().block_on(async {
        let crm = far.crm();
        for (n, entry_id) in calls.iter().enumerate() {
            let row = crm.call(entry_id).await.unwrap().expect("each call has its row");
            assert_eq!((&row["Comment"], &row["CallerId"]), (&json!(format!("заметка {n}")), &json!(format!("7900000007{n}"))));
            assert!(row["EndDate"].as_str().is_some_and(|end| !end.starts_with("0001")), "{row:?}");
        }
    });
}

#[test]
fn whoever_was_removed_meanwhile_is_removed() {
    let far = Far::practice(Pbx::start(), "/crm");
    runtime().block_on(async {
        let here = far.crm();
        let egor = here.create(&person("Безномерный Егор", Vec::new())).await.unwrap();
        far.crm_at(&Home::new(), &far.password).delete(Sort::Contact, egor.id()).await.unwrap();
        here.delete(Sort::Contact, egor.id()).await.unwrap();
        assert!(matches!(here.delete(Sort::Contact, egor.id()).await, Err(Error::NoContact { .. })));
        assert!(here.find("безномер", None, 10).await.unwrap().is_empty());
    });
}

#[test]
fn listen_writes_calls_by_itself_and_those_of_a_time_without_the_crm_when_it_is_back() {
    let far = Far::practice(Pbx::start(), "/crm");
    far.home.write_config(&format!(
        "contacts = 'bpmsoft'\ncrm_url = '{}'\ncrm_user = '{}'\ncrm_credential_command = '{} printf %s {}'\n",
        far.url, far.user, "echo >asked; while [ ! -e known ]; do sleep 0.1; done;", far.password
    ));
    let before = rows(&far, "Call");
    let mut listening = Listening::start(&far.home);
    let post = |listening: &Listening, entry: &str| {
        let mut connection = Connection::to(listening.address);
        for event in whole_call(entry) {
            let body = sealed(&event.to_string());
            let answer = connection.post("events/call", "application/x-www-form-urlencoded", body.as_bytes(), &[]);
            assert_eq!(answer, Some(200), "a CRM that is away keeps no event from being taken");
        }
    };
    post(&listening, "first");
    // While the password is waited for, calls are received and shown.
    listening.until("the question for the password", |_| far.home.path().join("asked").exists().then_some(()));
    let shown = listening.told().len();
    post(&listening, "meanwhile");
    listening.told_at_least(shown + whole_call("meanwhile").len());
    std::fs::write(far.home.path().join("known"), "").unwrap();
    listening.until("the rows of the first two calls", |_| (rows(&far, "Call") == before + 2).then_some(()));
    far.set(json!({"down": true}));
    post(&listening, "third");
    listening.until("the third call to fail", |_| listening_waits(&far));
    far.set(json!({"down": false}));
    listening.until("the row of the third call", |_| (rows(&far, "Call") == before + 3).then_some(()));
    assert_eq!(listening.stop(), Some(0));
}

fn listening_waits(far: &Far) -> Option<()> {
    let db = rusqlite::Connection::open(far.home.journal("default")).unwrap();
    let failed = "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting' AND error IS NOT NULL)";
    db.query_row(failed, [], |row| row.get::<_, bool>(0)).unwrap().then_some(())
}

#[test]
fn login_proves_the_password_and_keeps_address_and_user() {
    let far = Far::practice(Pbx::start(), "/crm-framework");
    let login = |password: &str| {
        let args = ["-o", "json", "login", "--crm", "--url", &far.url, "--user", &far.user, "--password-stdin"];
        far.home.mango(args).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus").stdin(&format!("{password}\n")).said()
    };
    let wrong = login("wrong horse").exits(4);
    assert_eq!(wrong.error()["kind"], "crm_login");
    assert!(!wrong.whole().contains("horse"));
    assert!(!far.home.path().join("config.toml").exists(), "nothing is kept of a login that failed");
    // Without a keyring the password is to come from elsewhere; the rest is known from now on.
    let said = login(&far.password).exits(4);
    assert_eq!(said.error()["kind"], "keyring");
    let get = |key: &str| far.home.mango(["config", "get", key]).said().exits(0).out.trim().to_owned();
    assert_eq!((get("crm_url"), get("crm_user")), (far.url.clone(), far.user.clone()));
    for entry in std::fs::read_dir(far.home.path().join("default")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(far.password.len()).any(|part| part == far.password.as_bytes()));
    }
    assert!(login("wrong horse").exits(4).error()["message"].as_str().unwrap().contains("4 tries left"));
    assert!(login("wrong horse").exits(4).error()["message"].as_str().unwrap().contains("3 tries left"), "who types a password means it");
    login("").exits(2);
    far.home.mango(["login", "--crm", "--password-stdin"]).without("MANGO_CRM_URL").stdin("x").said().exits(4);
}

#[test]
fn the_password_comes_from_variable_systemd_or_command() {
    let far = Far::practice(Pbx::start(), "/crm");
    let config = |more: &str| {
        far.home
            .write_config(&format!("limits = false\ncontacts = 'bpmsoft'\ncrm_url = '{}'\ncrm_user = '{}'\n{more}\n", far.url, far.user));
    };
    let status =
        || far.served().invite(far.home.mango(["-o", "json", "status"])).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    config("");
    let without = status().said().exits(0).json();
    assert_eq!((&without["crm_password"], &without["crm_user"]), (&json!("keyring"), &json!(far.user)));
    assert!(without["crm_error"].as_str().unwrap().contains("MANGO_CRM_PASSWORD"), "{without}");
    assert_eq!(status().env("MANGO_CRM_PASSWORD", &far.password).said().exits(0).json()["crm_error"], Value::Null);
    config(&format!("crm_credential_command = 'echo {}'", far.password));
    assert_eq!(status().said().exits(0).json()["crm_password"], "command");
    let directory = far.home.path().join("credentials");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("mango_crm_password"), format!("{}\n", far.password)).unwrap();
    let said = status().env("CREDENTIALS_DIRECTORY", &directory);
    assert_eq!(said.env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT).said().exits(0).json()["crm_password"], "systemd");
    // What was refused is told by `status`, with what is left.
    std::fs::remove_file(far.home.path().join("default/crm-session.json")).unwrap();
    let wrong = || status().env("MANGO_CRM_PASSWORD", "wrong horse").said().exits(0).json();
    let (first, again) = (wrong(), wrong());
    assert!(first["crm_error"].as_str().unwrap().contains("4 tries left"), "{first}");
    assert_eq!(first["crm_error"], again["crm_error"]);
}

#[test]
fn the_page_of_a_call_and_of_a_person_is_printed() {
    let pbx = pbx_with_crm();
    let far = Far::practice(Pbx::start(), "/crm-framework");
    let run = |args: &[&str]| far.with(&pbx, args.iter().copied());
    let entry_id = call_from(&pbx, "79000000061");
    run(&["show", &entry_id, "--web"]).said().exits(2).says("mango --sandbox crm push");
    run(&["crm", "push"]).said().exits(0);
    let page = run(&["show", &entry_id, "--web"]).said().exits(0).out;
    assert_eq!(page.trim(), format!("{}/0/Nui/ViewModule.aspx#CardModuleV2/CallPageV2/edit/{}", far.url, call_id(&entry_id)));
    let anna = runtime().block_on(far.crm().create(&person("Щёкина Анна", Vec::new()))).unwrap();
    let page = run(&["contact", "show", "щекина", "--web"]).said().exits(0).out;
    assert_eq!(page.trim(), format!("{}/0/Nui/ViewModule.aspx#CardModuleV2/ContactPageV2/edit/{}", far.url, anna.id()));
}

#[test]
fn what_is_written_of_a_call_is_in_the_crm_at_once() {
    let pbx = pbx_with_crm();
    let far = Far::practice(Pbx::start(), "/crm");
    let run = |args: &[&str]| far.with(&pbx, args.iter().copied()).said().exits(0);
    for column in ["UsrUtmSource", "UsrCity"] {
        far.served().control("POST", "crm/columns", json!({"set": "Call", "name": column, "kind": "text 250"}));
    }
    let crm = far.crm();
    let anna = runtime().block_on(crm.create(&person("Щёкина Анна", vec![number(Kind::Mobile, "79000000061")]))).unwrap();
    let entry_id = call_from(&pbx, "79000000061");
    let file = pbx.home.path().join("счёт.txt");
    std::fs::write(&file, "1000 руб.").unwrap();
    let results: Vec<String> = runtime().block_on(crm.results()).unwrap().into_iter().map(|choice| choice.id).collect();
    run(&["note", &entry_id, "--text", "во вторник", "--file", file.to_str().unwrap()]);
    let row = || runtime().block_on(crm.call(&entry_id)).unwrap().expect("the row is there");
    assert_eq!((&row()["Comment"], &row()["ContactId"]), (&json!("во вторник"), &json!(anna.id())));
    assert_eq!(rows(&far, "CallFile"), 1);
    run(&["note", &entry_id, "--result", "Вып"]);
    assert!(results.contains(&row()["ResultId"].as_str().unwrap().to_owned()), "{:?}", row());
    run(&["activity", "create", "Встреча", "--from-call", &entry_id]);
    assert!(row()["ActivityId"].as_str().is_some_and(|id| !id.starts_with("00000000-0000")), "{:?}", row());
    let other = runtime().block_on(crm.create(&person("Пробный Егор", Vec::new()))).unwrap();
    run(&["link", &entry_id, "--contact", other.id(), "--no-number"]);
    assert_eq!(row()["ContactId"], other.id());
    run(&["unlink", &entry_id, "--contact", other.id()]);
    assert_ne!(row()["ContactId"], other.id());
    run(&["note", &entry_id, "--text", ""]);
    assert_eq!(row()["Comment"], "");

    // Who was behind the number is told after the call was sent.
    let journal = Journal::open(&pbx.home.journal("sandbox")).unwrap();
    let entry = journal.call(&entry_id).unwrap();
    let visitor = Visitor {
        utm: Utm { source: Some("yandex".into()), ..Utm::default() },
        location: Location { city: Some("Тверь".into()), ..Location::default() },
        ..Visitor::default()
    };
    journal.keep_visit(entry.id, &Visit::asked("74950000010", Some(visitor))).unwrap();
    run(&["crm", "push"]);
    assert_eq!((&row()["UsrUtmSource"], &row()["UsrCity"]), (&json!("yandex"), &json!("Тверь")));
    assert_eq!(
        (
            rows(&far, "CallFile"),
            runtime().block_on(crm.activities(&ActivityFilter { call: Some(entry_id.clone()), ..Default::default() })).unwrap().len()
        ),
        (1, 1)
    );
}

#[test]
fn everybody_is_listed_by_pages() {
    let far = Far::practice(Pbx::start(), "/crm");
    runtime().block_on(async {
        let crm = at_home(&far).await;
        far.served().control("POST", "crm/people", json!({"count": 1200}));
        far.asked();
        let count = ids(&crm).await.len();
        assert!(count >= 1200);
        assert_eq!(far.asked(), vec!["GET Contact"; count.div_ceil(500)], "pages of five hundred, with their numbers");
    });
}
