use super::*;
use crate::contacts::Sort;

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
