use super::*;
use crate::contacts::{Activity, ActivityFilter, Choice, Named, Sort};
use crate::pbx::statistics::CallRecord;

fn file() -> (tempfile::TempDir, PeopleFile) {
    let home = tempfile::tempdir().unwrap();
    let file = PeopleFile::open(&home.path().join("journal.db"), Place::Local).unwrap();
    (home, file)
}

fn person(name: &str, company: &str, number: &str) -> Owner {
    Owner::Contact(Contact {
        name: name.into(),
        company: Some(company.into()).filter(|company: &String| !company.is_empty()),
        numbers: vec![Number { kind: Kind::Mobile, number: number.into() }],
        ..Contact::default()
    })
}

fn book() -> (tempfile::TempDir, PeopleFile) {
    let (home, book) = file();
    let people = [
        person("Иванов Пётр", "ООО «Ромашка»", "74950000021"),
        person("Иванова Мария", "", "74950000020"),
        person("Фёдорова Алёна", "100% хлопок", "79000000001"),
        person("O'Brien_Ann", "", "4930123456"),
    ];
    book.create(&people).unwrap();
    (home, book)
}

fn names(found: Vec<Owner>) -> Vec<String> {
    found.into_iter().map(|owner| owner.name().to_owned()).collect()
}

#[test]
fn any_part_of_any_word_in_any_order_and_case_finds_a_person() {
    let (_home, book) = book();
    for (who, expected) in [
        ("ИВАН", vec!["Иванов Пётр", "Иванова Мария"]),
        ("петр иван", vec!["Иванов Пётр"]),
        ("федор", vec!["Фёдорова Алёна"]),
        ("ромаш", vec!["Иванов Пётр"]),
        ("ива п", vec!["Иванов Пётр"]),
        ("100% хл", vec!["Фёдорова Алёна"]),
        ("o'brien_ann", vec!["O'Brien_Ann"]),
        ("ивановы", vec![]),
    ] {
        assert_eq!(names(book.find(who, None, 10).unwrap()), expected, "{who}");
    }
    assert_eq!(names(book.beginning("Ив", None, 10).unwrap()).len(), 2);
}

#[test]
fn a_number_is_recognised_with_eight_and_with_plus_seven() {
    let (_home, book) = book();
    for number in ["+74950000020", "84950000020", "74950000020"] {
        assert_eq!(book.owner(number).unwrap().unwrap().name(), "Иванова Мария");
    }
    assert!(book.owner("74950000022").unwrap().is_none());
}

#[test]
fn an_id_is_not_given_twice() {
    let (_home, book) = file();
    let first = book.create(&[person("Иванов", "", "74950000020")]).unwrap().remove(0);
    book.delete(Sort::Contact, first.id()).unwrap();
    let second = book.create(&[person("Петров", "", "74950000020")]).unwrap().remove(0);
    assert_ne!(first.id(), second.id());
    assert!(matches!(book.get(Sort::Contact, first.id()), Err(Error::NoContact { .. })));
    assert!(matches!(book.get(Sort::Account, second.id()), Err(Error::NoContact { .. })));
}

#[test]
fn people_of_another_place_are_not_seen() {
    let (home, book) = book();
    let crm = PeopleFile::open(&home.path().join("journal.db"), Place::Bpmsoft).unwrap();
    assert!(crm.find("иван", None, 10).unwrap().is_empty() && crm.owner("74950000020").unwrap().is_none());
    let seen = person("Иванова Мария Львовна", "АО «Кедр»", "74950000020").with_id("410006e1");
    crm.remember(std::slice::from_ref(&seen)).unwrap();
    crm.remember(std::slice::from_ref(&seen)).unwrap();
    assert_eq!(names(crm.find("льво", None, 10).unwrap()), ["Иванова Мария Львовна"]);
    assert_eq!(crm.get(Sort::Contact, "410006e1").unwrap(), seen);
    assert_eq!(book.owner("74950000020").unwrap().unwrap().name(), "Иванова Мария");
}

#[test]
fn what_a_remote_source_said_of_a_number_is_known_until_it_is_old() {
    let (home, _book) = book();
    let crm = PeopleFile::open(&home.path().join("journal.db"), Place::Bpmsoft).unwrap();
    let numbers: Vec<String> = ["74950000020", "84950000020", "74950000021", "101"].map(str::to_owned).into();
    let at = now().as_second();
    assert_eq!(crm.not_asked_since(&numbers, at - 60).unwrap(), ["74950000020", "74950000021", "101"]);
    crm.remember_owners("74950000020", &[person("Иванова", "", "74950000020").with_id("a")]).unwrap();
    crm.remember_owners("101", &[]).unwrap();
    assert_eq!(crm.not_asked_since(&numbers, at - 60).unwrap(), ["74950000021"]);
    assert_eq!(crm.not_asked_since(&numbers, at + 60).unwrap().len(), 3);
    crm.remember_owners("74950000020", &[]).unwrap();
    assert!(crm.owner("74950000020").unwrap().is_none());
}

#[test]
fn a_number_is_added_once() {
    let (_home, book) = book();
    let owner = book.owner("74950000020").unwrap().unwrap();
    let number = |number: &str| Number { kind: Kind::Work, number: number.into() };
    assert!(!book.add_number(&owner, &number("84950000020")).unwrap());
    assert!(book.add_number(&owner, &number("74950000099")).unwrap());
    assert_eq!(book.get(Sort::Contact, owner.id()).unwrap().numbers().len(), 2);
}

#[test]
fn everybody_comes_by_name_and_once() {
    let (_home, book) = file();
    let many: Vec<Owner> = (0..2 * PAGE + 7).map(|n| person(&format!("Иванов {}", n % 600), "", "101")).collect();
    book.create(&many).unwrap();
    let mut seen = Vec::new();
    book.all(Sort::Contact, &mut |owner| {
        seen.push((fold(owner.name()), owner.id().parse::<i64>().unwrap()));
        Ok(true)
    })
    .unwrap();
    assert_eq!(seen.len(), many.len());
    assert!(seen.is_sorted_by(|one, next| one < next));
    book.all(Sort::Account, &mut |_| panic!("no companies")).unwrap();
}

#[test]
fn what_nobody_in_particular_is_to_do_is_everybodys() {
    let (_home, book) = file();
    let create = |title: &str, owner: Option<&str>, due: Option<i64>| {
        let new = Activity { title: title.into(), owner: owner.map(str::to_owned), due, ..Activity::default() };
        book.create_activity(&new).unwrap().id
    };
    create("Договор", Some("101"), Some(200));
    let soon = create("Встреча", None, Some(100));
    create("Счёт", Some("102"), None);
    let titles = |filter: ActivityFilter| book.activities(&filter).unwrap().into_iter().map(|one| one.title).collect::<Vec<_>>();
    let mine = || ActivityFilter { owner: Some("101".into()), ..ActivityFilter::default() };
    assert_eq!(titles(mine()), ["Встреча", "Договор"]);
    assert_eq!(titles(ActivityFilter::default()), ["Встреча", "Договор", "Счёт"]);
    let done = book.finish_activity(&soon, Some("Прошла"), Some("подписали")).unwrap();
    assert!(done.done && done.result.as_deref() == Some("Прошла") && done.text.as_deref() == Some("подписали"));
    assert_eq!(book.finish_activity(&soon, None, None).unwrap(), done);
    assert_eq!(titles(ActivityFilter { open: true, ..mine() }), ["Договор"]);
    assert_eq!(titles(mine()), ["Договор", "Встреча"]);
    assert!(matches!(book.finish_activity("77", None, None), Err(Error::NoActivity { .. })));
}

#[test]
fn an_activity_of_a_remote_source_is_remembered_once_with_its_call() {
    let (home, _book) = book();
    let crm = PeopleFile::open(&home.path().join("journal.db"), Place::Bpmsoft).unwrap();
    let with = |done: bool, call: Option<&str>| Activity {
        id: "8d2e0000-0000-4000-8000-000000000005".into(),
        title: "Перезвонить".into(),
        contact: Some(Named { id: "a".into(), name: "Иванова".into() }),
        call: call.map(str::to_owned),
        done,
        ..Activity::default()
    };
    crm.remember_activities(&[with(false, Some("E"))]).unwrap();
    crm.remember_activities(&[with(true, None)]).unwrap();
    assert_eq!(crm.activities(&ActivityFilter::default()).unwrap(), [with(true, Some("E"))]);
    assert_eq!(crm.activity("8d2e0000-0000-4000-8000-000000000005").unwrap(), with(true, Some("E")));
}

#[test]
fn results_that_were_offered_are_known_while_the_source_is_away() {
    let (home, book) = book();
    let crm = PeopleFile::open(&home.path().join("journal.db"), Place::Bpmsoft).unwrap();
    assert_eq!(crm.known_results().unwrap(), None);
    let choice = |name: &str| Choice { id: format!("id of {name}"), name: name.into() };
    crm.remember_results(&[choice("Я"), choice("А")]).unwrap();
    crm.remember_results(&[choice("Я"), choice("Б")]).unwrap();
    let (known, age) = crm.known_results().unwrap().unwrap();
    assert_eq!((known, age < 60), (vec![choice("Я"), choice("Б")], true));
    assert_eq!(book.known_results().unwrap(), None);
}

#[test]
fn a_person_belongs_to_the_company_whichever_came_first() {
    let (_home, book) = file();
    let company = |name: &str| Owner::Account(Account { name: name.into(), ..Account::default() });
    let before = book.create(&[person("Иванов Пётр", "ООО «Ромашка»", "74950000021")]).unwrap().remove(0);
    let account = book.create(&[company("ооо ромашка")]).unwrap().remove(0);
    let after = book.create(&[person("Иванова Мария", "ООО Ромашка", "74950000020")]).unwrap().remove(0);
    let other = book.create(&[person("Петров", "ООО Ромашка плюс", "74950000022")]).unwrap().remove(0);
    let account_of = |one: &Owner| book.get(Sort::Contact, one.id()).unwrap().account().map(str::to_owned);
    assert_eq!([account_of(&before), account_of(&after)], [Some(account.id().to_owned()), Some(account.id().to_owned())]);
    assert_eq!(account_of(&other), None);
    book.rewrite(&company("АО «Лютик»").with_id(account.id())).unwrap();
    assert_eq!(names(book.find("лютик", Some(Sort::Contact), 10).unwrap()), ["Иванов Пётр", "Иванова Мария"]);
    book.delete(Sort::Account, account.id()).unwrap();
    assert_eq!(account_of(&before), None);
    assert_eq!(book.get(Sort::Contact, before.id()).unwrap().company(), Some("АО «Лютик»"));
}

#[test]
fn whole_words_come_first_then_people_of_recent_calls_then_names() {
    let (home, book) = file();
    let people = [
        person("Андреева Иванна", "", "74950000030"),
        person("Петрова Анна", "", "74950000031"),
        person("Анна Борисова", "", "74950000032"),
        person("Яковлева Анна", "", "74950000033"),
        person("Анна-Мария Вебер", "", "74950000034"),
        person("Аннабель Смит", "", "74950000035"),
    ];
    book.create(&people).unwrap();
    let journal = crate::journal::Journal::open(&home.path().join("journal.db")).unwrap();
    let call = CallRecord {
        entry_id: Some("a".into()),
        context_type: Some(1),
        caller_number: Some("74950000033".into()),
        context_start_time: Some(now().as_second() - 60),
        ..CallRecord::default()
    };
    journal.take_calls(vec![call], &Default::default()).unwrap();
    let expected = ["Яковлева Анна", "Анна Борисова", "Анна-Мария Вебер", "Петрова Анна", "Аннабель Смит", "Андреева Иванна"];
    assert_eq!(names(book.find("анна", None, 10).unwrap()), expected);
    assert_eq!(names(book.find("АННА", None, 2).unwrap()), expected[..2]);
}

#[test]
fn the_best_are_found_among_very_many() {
    let (_home, book) = file();
    let mut many: Vec<Owner> = (0..1200).map(|n| person(&format!("Ивановский {n}"), "", "101")).collect();
    many.push(person("Ярцев Иванов", "", "102"));
    many.push(person("Иванов Яков", "", "103"));
    book.create(&many).unwrap();
    let found = names(book.find("иванов", None, 10).unwrap());
    assert_eq!((found.len(), &found[..2]), (10, &["Иванов Яков".to_owned(), "Ярцев Иванов".to_owned()][..]));
    assert_eq!(book.find("иванов", None, usize::MAX >> 1).unwrap().len(), 1202);
}

#[test]
fn short_words_are_found_too() {
    let (_home, book) = book();
    for (who, expected) in
        [("ив пе", vec!["Иванов Пётр"]), ("и п", vec!["Иванов Пётр"]), ("в а", vec!["Иванов Пётр", "Иванова Мария", "Фёдорова Алёна"])]
    {
        assert_eq!(names(book.find(who, None, 10).unwrap()), expected, "{who}");
    }
}

#[test]
fn a_large_import_leaves_everything_as_one_by_one() {
    let (_home, book) = book();
    let company = Owner::Account(Account { name: "АО Кедр".into(), ..Account::default() });
    let nameless = Owner::Contact(Contact { name: "Без номера".into(), ..Contact::default() });
    let come = |import: &mut Import<'_>| {
        import.create(&company).unwrap();
        import.create(&person("Сидоров Пётр", "АО «Кедр»", "79000000077")).unwrap();
        import.create(&nameless).unwrap();
        let known = |import: &mut Import<'_>, one: &Owner| import.known(one).unwrap().is_some();
        assert!(known(import, &person("Кто угодно", "", "84950000020")), "of those who were there");
        assert!(known(import, &person("Кто угодно", "", "89000000077")), "of those who have just come");
        assert!(known(import, &nameless) && !known(import, &person("Кто угодно", "", "79000000078")));
        Ok(())
    };
    book.import(LARGE_ENOUGH, come).unwrap();
    assert_eq!(names(book.find("сидор", None, 10).unwrap()), ["Сидоров Пётр"]);
    let one = book.owner("79000000077").unwrap().unwrap();
    assert_eq!(one.account(), Some(book.find("кедр", Some(Sort::Account), 1).unwrap()[0].id()));
    book.create(&[person("Новиков", "", "79000000079")]).unwrap();
    assert_eq!(names(book.find("новик", None, 10).unwrap()), ["Новиков"], "the search is kept again");
    let failed = book.import(LARGE_ENOUGH, |import| -> Result<()> {
        import.create(&person("Полуимпортированный", "", "79000000080")).unwrap();
        Err(Error::Interrupted)
    });
    assert!(failed.is_err() && book.find("полуимп", None, 1).unwrap().is_empty() && book.owner("79000000080").unwrap().is_none());
    assert_eq!(names(book.find("новик", None, 10).unwrap()), ["Новиков"]);
}

const LARGE_ENOUGH: u64 = 1_000_000;
