use proptest::prelude::*;

use super::*;
use crate::contacts::{Account, Contact, Kind, Number};

fn reading(form: Form) -> Reading {
    Reading { form, sort: Sort::Contact, encoding: None, delimiter: None, map: Vec::new() }
}

fn all(text: &str, reading: &Reading) -> Vec<Found> {
    let people = People::begin(std::io::Cursor::new(text.to_owned().into_bytes()), reading).unwrap();
    people.collect::<Result<_>>().unwrap()
}

fn table(text: &str) -> Vec<Found> {
    all(text, &reading(Form::Csv))
}

fn cards(text: &str) -> Vec<Found> {
    all(text, &reading(Form::Vcard))
}

fn owners(found: Vec<Found>) -> Vec<Owner> {
    found.into_iter().map(|found| found.owner.unwrap()).collect()
}

fn refused(found: &[Found]) -> Vec<u64> {
    found.iter().filter(|found| found.owner.is_err()).map(|found| found.line).collect()
}

fn person(name: &str, numbers: &[(Kind, &str)]) -> Contact {
    let number = |(kind, number): &(Kind, &str)| Number { kind: *kind, number: (*number).to_owned() };
    Contact { name: name.into(), numbers: numbers.iter().map(number).collect(), ..Contact::default() }
}

#[test]
fn headings_of_many_programs_are_understood() {
    let anna = |contact: Contact| {
        vec![Owner::Contact(Contact {
            company: Some("ООО «Ромашка»".into()),
            job: Some("бухгалтер".into()),
            email: Some("anna@example.com".into()),
            ..contact
        })]
    };
    let two = [(Kind::Mobile, "79000000051"), (Kind::Work, "74950000051")];
    for text in [
        "Фамилия;Имя;Отчество;Организация;Должность;Эл. почта;Мобильный телефон;Рабочий телефон\n\
         Смирнова;Анна;Львовна;ООО «Ромашка»;бухгалтер;anna@example.com;8 900 000-00-51;8 495 000-00-51\n",
        "First Name,Middle Name,Last Name,Company,Job Title,E-mail Address,Mobile Phone,Business Phone,Home Street\n\
         Анна,Львовна,Смирнова,ООО «Ромашка»,бухгалтер,anna@example.com,+79000000051,+74950000051,Лесная\n",
        "Name\tOrganization 1 - Name\tOrganization 1 - Title\tE-mail 1 - Value\tPhone 1 - Type\tPhone 1 - Value\tPhone 2 - Value\n\
         Смирнова Анна Львовна\tООО «Ромашка»\tбухгалтер\tanna@example.com\tMobile\t+7 900 000-00-51\t+7 495 000-00-51\n",
        "id,name,company,job,numbers,email,notes\n\
         7,Смирнова Анна Львовна,ООО «Ромашка»,бухгалтер,mobile:79000000051 work:74950000051,anna@example.com,\n",
        "ФИО,Компания,Должность,Почта,Телефоны\n\
         Смирнова Анна Львовна,ООО «Ромашка»,бухгалтер,anna@example.com,\"+79000000051, 8 (495) 000-00-51\"\n",
    ] {
        let found = owners(table(text));
        let Owner::Contact(contact) = &found[0] else { panic!("{text}") };
        assert_eq!(found, anna(Contact { ..contact.clone() }), "{text}");
        assert_eq!((contact.name.as_str(), &contact.numbers), ("Смирнова Анна Львовна", &person("", &two).numbers), "{text}");
    }
}

#[test]
fn what_the_person_says_of_columns_counts() {
    let map = vec![("Кто".to_owned(), "name".to_owned()), ("Тел. директора".to_owned(), "main".to_owned())];
    let reading = Reading { map, delimiter: Some(b'|'), ..reading(Form::Csv) };
    let found = owners(all("Кто|Тел. директора|Прочее\nСмирнова|84950000051|x\n", &reading));
    assert_eq!(found, [Owner::Contact(person("Смирнова", &[(Kind::Main, "74950000051")]))]);
    let wrong = |map: (&str, &str)| Reading { map: vec![(map.0.into(), map.1.into())], ..reading.clone() };
    for map in [("Кого", "name"), ("Кто", "nmae")] {
        assert!(People::begin("Кто|Прочее\n".as_bytes(), &wrong(map)).is_err());
    }
}

#[test]
fn a_table_that_says_no_name_is_refused_as_a_whole() {
    for text in ["", "\n\n", "a,b\n1,2\n", "+79000000051,+79000000052\n", "\"name,number\n"] {
        assert!(People::begin(text.as_bytes(), &reading(Form::Csv)).is_err(), "{text}");
    }
}

#[test]
fn a_row_that_makes_nobody_is_refused_with_its_line_and_the_others_are_not() {
    let long = "Ы".repeat(10_000);
    let text = format!(
        "name,numbers,email\nИванов,+79000000001,\n,+79000000002,\n\n{long},,\nПетров,не номер,\nСидоров,,нет почты\nОрлова,\"8 (495) 000-00-51, доб. 12\",\n\u{202e},,\n"
    );
    let found = table(&text);
    assert_eq!(refused(&found), [3, 5, 6, 7, 9]);
    assert_eq!(found.len(), 7);
}

#[test]
fn broken_quotes_lose_their_own_line_only() {
    let text = "name,company\n\"Иванов,ООО\nПетров,АО\n\"Сидоров\" Иван,АО\n\"Орлов\nПавел\",\"ООО \"\"Ромашка\"\"\"\nГусев 5\",\"\"\nКонев,\"не закрыто\nБелов,ИП\n";
    let found = table(text);
    assert_eq!(refused(&found), [2, 4, 8]);
    let names: Vec<&str> = found.iter().filter_map(|found| found.owner.as_ref().ok()).map(Owner::name).collect();
    assert_eq!(names, ["Петров", "Орлов\nПавел", "Гусев 5\"", "Белов"]);
    assert_eq!(found[3].owner.as_ref().unwrap().company(), Some("ООО \"Ромашка\""));
    let endless = format!("name\nИванов\n\"{}\nПетров\n", "x\n".repeat(300));
    assert_eq!(refused(&table(&endless)), [3]);
    assert_eq!(table(&endless).len(), 302, "nothing is swallowed");
}

#[test]
fn a_row_that_names_only_a_company_is_a_company() {
    let found = owners(table("name,company,numbers\n,ООО «Ромашка»,84950000060\n"));
    let numbers = vec![Number { kind: Kind::Work, number: "74950000060".into() }];
    assert_eq!(found, [Owner::Account(Account { name: "ООО «Ромашка»".into(), numbers, ..Account::default() })]);
}

#[test]
fn cards_of_every_version_are_read() {
    let version4 = "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:individual\r\nFN:Смирнова Анна\r\nN:;Смирнова Анна;;;\r\nORG:ООО «Ромашка»;Бухгалтерия\r\n\
        TITLE:бухгалтер\r\nTEL;TYPE=cell;VALUE=uri:tel:+7-900-000-00-51\r\nTEL;TYPE=\"work,fax\":+74950000052\r\nEMAIL;TYPE=work:anna@example.com\r\nNOTE:после\\n\r\n  обеда\\, или завтра\r\nEND:VCARD\r\n";
    let version3 = "BEGIN:VCARD\nVERSION:3.0\nN:Смирнова;Анна;;;\nFN:Смирнова Анна\nORG:ООО «Ромашка»;\nTITLE:бухгалтер\n\
        item1.TEL;type=CELL;type=VOICE;type=pref:8 900 000-00-51\nTEL;type=WORK,FAX:8 (495) 000-00-52\nEMAIL;type=INTERNET:anna@example.com\nNOTE:после\\n обеда\\, или завтра\nPHOTO;ENCODING=b;TYPE=JPEG:Zm9vYmFy\nEND:VCARD\n";
    let version2 = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=A1=D0=BC=D0=B8=D1=80=D0=BD=D0=BE=D0=B2=D0=B0;=\r\n=D0=90=D0=BD=D0=BD=D0=B0;;;\r\n\
        ORG:ООО «Ромашка»\r\nTITLE:бухгалтер\r\nTEL;CELL:+79000000051\r\nTEL;WORK;FAX:+74950000052\r\nEMAIL;INTERNET:anna@example.com\r\nNOTE:после\r\nEND:VCARD\r\n";
    for text in [version4, version3, version2] {
        let found = owners(cards(text));
        let Owner::Contact(contact) = &found[0] else { panic!("{text}") };
        let expected = Contact {
            company: Some("ООО «Ромашка»".into()),
            job: Some("бухгалтер".into()),
            email: Some("anna@example.com".into()),
            notes: contact.notes.clone(),
            ..person("Смирнова Анна", &[(Kind::Mobile, "79000000051"), (Kind::Fax, "74950000052")])
        };
        assert_eq!(contact, &expected, "{text}");
        assert!(contact.notes.as_deref().is_some_and(|notes| notes.starts_with("после")));
    }
}

#[test]
fn cards_of_companies_and_broken_cards_are_told_apart() {
    let text = "мусор\nBEGIN:VCARD\nVERSION:3.0\nORG:АО «Кедр»\nTEL:84950000060\nEND:VCARD\nBEGIN:VCARD\nVERSION:4.0\nFN:Незаконченный\n\
        BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:ООО «Маяк»\nEND:VCARD\nBEGIN:VCARD\nVERSION:4.0\nFN:\nEND:VCARD\nBEGIN:VCARD\nVERSION:4.0\nFN:Без номера\nTEL:позвоните\nEND:VCARD\n";
    let found = cards(text);
    assert_eq!(refused(&found), [7, 15, 19]);
    let names: Vec<(Sort, &str)> =
        found.iter().filter_map(|found| found.owner.as_ref().ok()).map(|owner| (owner.sort(), owner.name())).collect();
    assert_eq!(names, [(Sort::Account, "АО «Кедр»"), (Sort::Account, "ООО «Маяк»")]);
}

proptest! {
    #[test]
    fn a_card_that_we_write_is_read_the_same(name in "[а-яА-ЯёЁa-z,;:\\\\\" 👩]{1,60}", company in "[а-я«»;,]{0,20}", notes in "[а-я\n,;]{0,200}", digits in "7900[0-9]{7}", at in 0..6usize) {
        let kinds = [Kind::Mobile, Kind::Work, Kind::Main, Kind::Home, Kind::Fax, Kind::Extension];
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let number = if kinds[at] == Kind::Extension { "101".to_owned() } else { digits };
        let contact = Contact { company: text(&company), notes: text(&notes), ..person(name.trim(), &[(kinds[at], &number)]) };
        prop_assume!(!contact.name.is_empty());
        let owner = Owner::Contact(contact);
        prop_assert_eq!(owners(cards(&card(&owner))), [owner]);
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..400), form in prop_oneof![Just(Form::Csv), Just(Form::Vcard)]) {
        let heading = if form == Form::Csv { &b"name,numbers\n"[..] } else { b"BEGIN:VCARD\n" };
        let all = [heading, &bytes, b"\nEND:VCARD\n"].concat();
        if let Ok(people) = People::begin(std::io::Cursor::new(all), &reading(form)) {
            let _ = people.take(1000).count();
        }
    }

    #[test]
    fn any_text_of_a_table_is_read_to_its_end(text in "[\"a,;\n 1']{0,300}") {
        let text = format!("name,numbers\n{text}");
        prop_assert!(table(&text).len() <= text.lines().count());
    }
}
