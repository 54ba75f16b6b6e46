//! The source against the practice PBX, on a real socket; what stands in the file is what the next question is answered from.

use serde_json::{Value, json};

use super::*;
use crate::contacts::{Contact, Kind};
use crate::credentials::Credentials;
use crate::pbx::envelope::Envelope;
use crate::pbx::limits::Limits;
use crate::practice;
use crate::sandbox::{Sandbox, Settings};

/// A practice PBX whose events reach the journal, and the book of whoever uses it.
struct Desk {
    book: AddressBook,
    address: practice::Address,
    sandbox: Sandbox,
    home: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Desk {
        let home = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(&home.path().join("journal.db")).unwrap());
        let credentials = Credentials::new("key", "salt");
        let events_to = Some(practice::receive(journal.clone(), credentials.clone()).await.unwrap());
        let settings = Settings {
            directory: home.path().into(),
            credentials: credentials.clone(),
            events_to,
            speed: 1.0,
            seed: 7,
            limits: false,
            allow_ips: Vec::new(),
        };
        let sandbox = Sandbox::open(settings).unwrap();
        let address = practice::host(practice::bind("127.0.0.1:0").await.unwrap(), &sandbox, &credentials, false).unwrap();
        let book = opened(&address, journal, &home);
        Desk { book, address, sandbox, home }
    }

    /// Somebody else's program, or M.TALKER.
    async fn elsewhere(&self, method: &str, json: Value) -> Value {
        let form = Envelope::seal(&self.address.credentials(), json.to_string()).form();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let sent = client.post(format!("{}{method}", self.address.url)).header("content-type", "application/x-www-form-urlencoded");
        let answer = serde_json::from_str(&sent.body(form).send().await.unwrap().text().await.unwrap()).unwrap();
        self.sandbox.idle().await;
        answer
    }

    /// The methods that were asked since the last time.
    async fn asked(&self) -> Vec<String> {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}requests", self.address.control);
        let seen: Value = serde_json::from_str(&client.get(&url).send().await.unwrap().text().await.unwrap()).unwrap();
        client.delete(&url).send().await.unwrap();
        seen["requests"].as_array().unwrap().iter().map(|seen| seen["path"].as_str().unwrap().to_owned()).collect()
    }

    async fn fault(&self, fault: Value) {
        self.address.control("faults", fault).await.unwrap();
    }

    async fn found(&self, fragment: &str) -> Vec<String> {
        self.sandbox.idle().await;
        let found = self.book.find(fragment, None, 50).await.unwrap();
        found.iter().map(|owner| owner.name().to_owned()).collect()
    }

    async fn one(&self, fragment: &str) -> Owner {
        self.sandbox.idle().await;
        self.book.find(fragment, None, 50).await.unwrap().into_iter().next().unwrap()
    }

    async fn owner(&self, number: &str) -> Option<String> {
        self.sandbox.idle().await;
        self.book.owners(number).await.unwrap().first().map(|owner| owner.name().to_owned())
    }

    /// The contact as the PBX has him.
    async fn kept(&self, id: &str) -> Value {
        self.elsewhere("ab/contact", json!({ "contact_id": id })).await["data"].clone()
    }
}

fn opened(address: &practice::Address, journal: Arc<Journal>, home: &tempfile::TempDir) -> AddressBook {
    let limits = Limits::open(&home.path().join("limits.db"), false);
    let client = Client::nearby(&address.url, address.credentials(), limits, std::time::Duration::from_secs(10)).unwrap();
    let people = PeopleFile::open(&home.path().join("journal.db"), Place::Addressbook).unwrap();
    AddressBook::new(Arc::new(client), journal, people, Vec::new())
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn number(kind: Kind, number: &str) -> Number {
    Number { kind, number: number.into() }
}

fn person(name: &str, numbers: &[(Kind, &str)]) -> Contact {
    Contact { name: name.into(), numbers: numbers.iter().map(|(kind, digits)| number(*kind, digits)).collect(), ..Contact::default() }
}

#[tokio::test]
async fn the_book_is_read_once_and_every_question_is_answered_from_the_file() {
    let desk = Desk::new().await;
    assert_eq!(desk.found("иванов").await, ["Иванов Илья", "Иванов Пётр", "Иванов Сергей", "ИП Иванов С. А.", "Иванова Мария"]);
    let read = ["ab/organizations/init", "ab/contact/init"];
    assert_eq!(desk.asked().await, read);
    assert_eq!(desk.found("маяк поп").await, ["Попов Дмитрий"]);
    for number in ["+79000000023", "84950000121"] {
        assert_eq!(desk.owner(number).await.as_deref(), Some("Васильева Татьяна"));
    }
    assert_eq!(desk.owner("74950009999").await, None);
    let Owner::Contact(vasilyeva) = desk.one("васильева").await else { panic!() };
    assert_eq!((vasilyeva.company.as_deref(), vasilyeva.job.as_deref()), (Some("ООО «Маяк»"), Some("директор")));
    assert_eq!(vasilyeva.numbers, [number(Kind::Mobile, "79000000023"), number(Kind::Home, "74950000121")]);
    let mut everybody = Vec::new();
    let mut take = |owner: Owner| {
        everybody.push(owner.name().to_owned());
        Ok(true)
    };
    desk.book.all(Sort::Contact, &mut take).await.unwrap();
    assert_eq!(everybody.len(), 49);
    assert!(desk.asked().await.is_empty());
}

#[tokio::test]
async fn a_company_has_the_numbers_of_the_card_that_bears_its_name() {
    let desk = Desk::new().await;
    let Some(Owner::Account(haven)) = desk.book.owners("74950000027").await.unwrap().into_iter().next() else { panic!() };
    assert_eq!(haven.numbers, [number(Kind::Main, "74950000027"), number(Kind::Fax, "74950000127")]);
    let new = Account {
        name: "ООО «Новое»".into(),
        web: text("new.example"),
        numbers: vec![number(Kind::Main, "74950000060")],
        ..Account::default()
    };
    let made = desk.book.create(&Owner::Account(new)).await.unwrap();
    let Owner::Account(account) = &made else { panic!() };
    assert_eq!(desk.owner("84950000060").await.as_deref(), Some("ООО «Новое»"));
    let member =
        Contact { company: text("ООО «Новое»"), ..person("Работников Егор", &[(Kind::Mobile, "79000000060")]) };
    let Owner::Contact(member) = desk.book.create(&Owner::Contact(member)).await.unwrap() else { panic!() };
    assert_eq!(member.account.as_ref(), Some(&account.id));

    let renamed = Account { name: "ООО «Старое»".into(), web: None, notes: text("закрыто"), ..account.clone() };
    let Owner::Account(now) = desk.book.change(&Owner::Account(renamed.clone())).await.unwrap() else { panic!() };
    assert_eq!(now, renamed);
    let Owner::Contact(moved) = desk.book.get(Sort::Contact, &member.id).await.unwrap() else { panic!() };
    assert_eq!(moved.company.as_deref(), Some("ООО «Старое»"));
    assert!(!desk.book.add_number(&made, &number(Kind::Fax, "+74950000060")).await.unwrap());
    assert!(desk.book.add_number(&made, &number(Kind::Fax, "74950000061")).await.unwrap());
    assert_eq!(desk.owner("74950000061").await.as_deref(), Some("ООО «Старое»"));

    desk.book.delete(Sort::Account, &account.id).await.unwrap();
    assert_eq!((desk.owner("74950000060").await, desk.found("старое").await.len()), (None, 0));
    let Owner::Contact(left) = desk.book.get(Sort::Contact, &member.id).await.unwrap() else { panic!() };
    assert_eq!((left.company, left.account), (None, None));
}

#[tokio::test]
async fn a_company_without_a_card_gets_one_when_it_needs_one() {
    let desk = Desk::new().await;
    let Owner::Account(bare) = desk.one("кедр").await else { panic!() };
    assert!(bare.numbers.is_empty());
    let with = Owner::Account(Account { numbers: vec![number(Kind::Main, "74950000062")], ..bare });
    assert_eq!(desk.book.change(&with).await.unwrap(), with);
    assert_eq!(desk.owner("74950000062").await.as_deref(), Some("АО «Кедр»"));
    assert_eq!(desk.found("кедр").await.iter().filter(|name| *name == "АО «Кедр»").count(), 1);
}

#[tokio::test]
async fn a_change_sends_what_is_different_and_keeps_what_we_do_not_understand() {
    let desk = Desk::new().await;
    let phones = json!([
        {"type": 1, "phone": "+7 (900) 000-00-63", "comment": "после шести", "is_default": true}, {"type": 3, "phone": "petya.skype"},
        {"type": 0, "phone": "74950000063", "ext": "12"}, {"type": 2, "phone": "petya@example.com"}, {"type": 4, "phone": "512"},
    ]);
    let row = json!({"name": "Петя", "comment": "старый", "importance": 7, "phones": phones, "groups": [{"group_name": "VIP"}],
        "emails": [{"email": "a@example.com"}, {"email": "b@example.com", "is_default": true}]});
    desk.elsewhere("ab/contacts/create", json!({ "data": [row] })).await;
    let Owner::Contact(petya) = desk.one("петя").await else { panic!() };
    let (mobile, work, short) = (number(Kind::Mobile, "79000000063"), number(Kind::Work, "74950000063"), number(Kind::Extension, "512"));
    let sip = number(Kind::Work, "sip:petya@example.com");
    assert_eq!(petya.numbers, [mobile.clone(), work, sip, short.clone()]);
    assert_eq!((petya.email.as_deref(), petya.notes.as_deref()), (Some("b@example.com"), Some("старый")));
    desk.asked().await;
    desk.book.change(&Owner::Contact(petya.clone())).await.unwrap();
    assert_eq!(desk.asked().await, ["ab/contact"]);

    let home = number(Kind::Home, "74950000063");
    let changed = Contact {
        notes: None,
        email: text("c@example.com"),
        company: text("ООО «Маяк»"),
        numbers: vec![mobile, home, short, number(Kind::Fax, "74950000064")],
        ..petya.clone()
    };
    let Owner::Contact(now) = desk.book.change(&Owner::Contact(changed.clone())).await.unwrap() else { panic!() };
    assert_eq!(now, Contact { account: now.account.clone(), ..changed });
    let kept = desk.kept(&petya.id).await;
    assert_eq!((&kept["importance"], &kept["groups"][0]["group_name"], &kept["comment"]), (&json!(7), &json!("VIP"), &json!("")));
    let phones: Vec<_> =
        kept["phones"].as_array().unwrap().iter().map(|phone| (&phone["phone"], &phone["comment"], &phone["ext"])).collect();
    let null = &Value::Null;
    assert_eq!(
        phones,
        [
            (&json!("+7 (900) 000-00-63"), &json!("после шести"), null),
            (&json!("74950000063"), &json!("home"), &json!("12")),
            (&json!("512"), &json!(""), null),
            (&json!("74950000064"), &json!(""), null),
            (&json!("petya.skype"), &json!(""), null),
        ]
    );
    let emails: Vec<_> = kept["emails"].as_array().unwrap().iter().map(|email| email["email"].as_str().unwrap()).collect();
    assert_eq!(emails, ["a@example.com", "c@example.com"]);
}

#[tokio::test]
async fn who_edits_an_old_page_does_not_undo_what_others_have_written() {
    let desk = Desk::new().await;
    let Owner::Contact(zaytsev) = desk.one("зайцев").await else { panic!() };
    desk.sandbox.set_events_to(None);
    let theirs = json!({"contact_id": zaytsev.id, "office": "сторож", "comment": "их слова", "org": {"org_name": "ООО «Маяк»"},
        "phones": [{"type": 0, "phone": "74950000070"}]});
    desk.elsewhere("ab/contacts/update", json!({"data": [theirs]})).await;
    let ours = Contact { notes: text("наши слова"), numbers: vec![number(Kind::Mobile, "79000000071")], ..zaytsev.clone() };
    let Owner::Contact(now) = desk.book.change(&Owner::Contact(ours)).await.unwrap() else { panic!() };
    assert_eq!(
        (now.job.as_deref(), now.company.as_deref(), now.notes.as_deref()),
        (Some("сторож"), Some("ООО «Маяк»"), Some("наши слова"))
    );
    assert_eq!(now.numbers, [number(Kind::Work, "74950000070"), number(Kind::Mobile, "79000000071")]);
}

#[tokio::test]
async fn what_others_change_is_followed_by_what_the_pbx_tells() {
    let desk = Desk::new().await;
    desk.found("никого").await;
    desk.asked().await;
    let made =
        desk.elsewhere("ab/contacts/create", json!({"data": [{"name": "Новенькая Яна", "phones": [{"phone": "79000000065"}]}]})).await;
    let id = made["data"].as_object().unwrap().keys().next().unwrap().clone();
    assert_eq!(desk.owner("79000000065").await.as_deref(), Some("Новенькая Яна"));
    for name in ["Яна Вторая", "Новенькая Яна", "Яна Вторая"] {
        desk.elsewhere("ab/contacts/update", json!({"data": [{"contact_id": id, "name": name}]})).await;
        assert_eq!(desk.owner("79000000065").await.as_deref(), Some(name));
    }
    let Owner::Contact(kozlov) = desk.one("козлов").await else { panic!() };
    let account = kozlov.account.unwrap();
    desk.elsewhere("ab/organizations/update", json!({"data": [{"org_id": account, "org_name": "АО «Нева»"}]})).await;
    assert_eq!(desk.one("козлов").await.company(), Some("АО «Нева»"));
    desk.elsewhere("ab/organizations/delete", json!({"data": [account]})).await;
    assert_eq!(desk.one("козлов").await.company(), None);
    desk.elsewhere("ab/contacts/delete", json!({"data": [id]})).await;
    assert_eq!(desk.owner("79000000065").await, None);
    assert!(desk.asked().await.iter().all(|path| !path.ends_with("init")), "the book was read again");
}

#[tokio::test]
async fn a_day_later_the_book_is_read_again_and_who_is_gone_is_forgotten() {
    let desk = Desk::new().await;
    assert_eq!(desk.found("зайцев").await.len(), 1);
    desk.sandbox.set_events_to(None);
    let Owner::Contact(zaytsev) = desk.one("зайцев").await else { panic!() };
    desk.elsewhere("ab/contacts/delete", json!({"data": [zaytsev.id]})).await;
    desk.elsewhere("ab/contacts/create", json!({"data": [{"name": "Незамеченный"}]})).await;
    assert_eq!((desk.found("зайцев").await.len(), desk.found("незамеч").await.len()), (1, 0));
    desk.age_by(2 * 86_400);
    assert_eq!((desk.found("зайцев").await.len(), desk.found("незамеч").await.len()), (0, 1));
}

#[tokio::test]
async fn a_pbx_that_is_away_leaves_the_book_as_it_was() {
    let desk = Desk::new().await;
    assert_eq!(desk.found("зайцев").await.len(), 1);
    desk.age_by(2 * 86_400);
    desk.fault(json!({"path": "*", "times": 0, "status": 502})).await;
    assert_eq!(desk.found("зайцев").await.len(), 1);
}

#[tokio::test]
async fn a_contact_whose_creation_was_not_answered_is_looked_for_and_never_made_twice() {
    let desk = Desk::new().await;
    desk.found("никого").await;
    desk.fault(json!({"path": "ab/contacts/create", "close": true, "after": true})).await;
    let new = Owner::Contact(person("Нежданная Вера", &[(Kind::Mobile, "79000000066")]));
    let made = desk.book.create(&new).await.unwrap();
    assert_eq!(desk.kept(made.id()).await["name"], "Нежданная Вера");
    desk.fault(json!({"path": "ab/contacts/create", "close": true})).await;
    let lost = desk.book.create(&new).await.unwrap_err();
    assert!(matches!(lost, Error::NoReply { .. }), "{lost:?}");
    let created = desk.asked().await.into_iter().filter(|path| path == "ab/contacts/create").count();
    assert_eq!((created, desk.found("нежданная").await.len()), (2, 1));
}

#[tokio::test]
async fn a_refusal_is_told_and_not_repeated() {
    let desk = Desk::new().await;
    desk.found("никого").await;
    desk.asked().await;
    desk.fault(json!({"path": "ab/contacts/create", "body": r#"{"result":[3104],"skipped":[0]}"#, "content_type": "application/json"}))
        .await;
    let refused = desk.book.create(&Owner::Contact(person("Отказов", &[]))).await.unwrap_err();
    assert!(matches!(refused, Error::Refused { code: ResultCode(3104), .. }), "{refused:?}");
    assert_eq!(desk.asked().await, ["ab/contacts/create"]);
}

#[tokio::test]
async fn what_the_pbx_would_refuse_is_not_sent() {
    let desk = Desk::new().await;
    desk.found("никого").await;
    desk.asked().await;
    let long = "я".repeat(256);
    for wrong in [
        person("", &[]),
        person("«…»", &[]),
        person(&long, &[]),
        person("Номеров", &[(Kind::Work, &long)]),
        Contact { company: Some(long.clone()), ..person("Компаньонов", &[]) },
        Contact { job: Some(long.clone()), ..person("Должностнов", &[]) },
        Contact { email: text("не адрес"), ..person("Почтов", &[]) },
        Contact { email: text("a@b@c"), ..person("Почтов", &[]) },
        Contact { notes: Some("я".repeat(4001)), ..person("Заметкин", &[]) },
    ] {
        let refused = desk.book.create(&Owner::Contact(wrong)).await.unwrap_err();
        assert_eq!(refused.exit_code(), 2, "{refused:?}");
    }
    assert!(desk.asked().await.is_empty());
}

#[tokio::test]
async fn whoever_is_gone_costs_one_refusal_at_most() {
    let desk = Desk::new().await;
    let zaytsev = desk.one("зайцев").await;
    desk.sandbox.set_events_to(None);
    desk.elsewhere("ab/contacts/delete", json!({"data": [zaytsev.id()]})).await;
    desk.asked().await;
    for _ in 0..2 {
        let gone = desk.book.add_number(&zaytsev, &number(Kind::Work, "74950000067")).await.unwrap_err();
        assert!(matches!(gone, Error::NoContact { .. }), "{gone:?}");
    }
    assert_eq!(desk.asked().await, ["ab/contact"]);
    desk.book.delete(Sort::Contact, "1").await.unwrap_err();
}

#[tokio::test]
async fn a_reading_that_was_broken_off_goes_on_where_it_was() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        let rows: Vec<Value> = (0..500).map(|n| json!({"name": format!("Житель {n}")})).collect();
        desk.elsewhere("ab/contacts/create", json!({"data": rows, "on_error": "duplicate"})).await;
    }
    desk.asked().await;
    desk.fault(json!({"path": "ab/contact/cursor", "times": 1, "result": 5003})).await;
    assert!(desk.book.find("житель", None, 5).await.is_err());
    assert_eq!(desk.asked().await, ["ab/organizations/init", "ab/contact/init", "ab/contact/cursor"]);
    assert_eq!(desk.found("житель").await.len(), 50);
    assert_eq!(desk.asked().await, ["ab/contact/cursor", "ab/contact/cursor", "ab/contact/cursor"]);
}

#[tokio::test]
async fn activities_are_not_in_the_book() {
    let desk = Desk::new().await;
    let refused = desk.book.create_activity(&Activity::default()).await.unwrap_err();
    assert!(matches!(refused, Error::NotInSource { source: "addressbook", .. }) && refused.message().contains("addressbook"));
    assert!(!desk.book.results().await.unwrap().is_empty());
}

impl Desk {
    /// As if so many seconds had passed since the book was read.
    fn age_by(&self, seconds: i64) {
        let db = rusqlite::Connection::open(self.home.path().join("journal.db")).unwrap();
        db.execute("UPDATE moments SET at = at - ?1 WHERE name = 'addressbook'", [seconds]).unwrap();
        db.execute("UPDATE contacts SET fetched_at = fetched_at - ?1", [seconds]).unwrap();
        db.execute("UPDATE cards SET seen_at = seen_at - ?1", [seconds]).unwrap();
    }
}
