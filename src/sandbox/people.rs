//! Who lives around the sandbox's PBX: its employees, groups and lines, and the outside world that it calls. All of them invented.

use Behaviour::{Answers, Busy, Declines, Silent};

/// What somebody does when his telephone rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers, talks and hangs up.
    Answers,
    /// Is talking to somebody else (1121).
    Busy,
    /// Rejects the call (1122).
    Declines,
    /// Lets it ring (1111).
    Silent,
}

impl Behaviour {
    /// Its word in the control API.
    pub fn word(self) -> &'static str {
        match self {
            Answers => "answers",
            Busy => "busy",
            Declines => "declines",
            Silent => "silent",
        }
    }

    /// The behaviour behind a word of the control API.
    pub fn from_word(word: &str) -> Option<Behaviour> {
        [Answers, Busy, Declines, Silent].into_iter().find(|behaviour| behaviour.word() == word)
    }
}

/// How somebody treats a call: seconds are those of the sandbox's own clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habit {
    /// What he does.
    pub behaviour: Behaviour,
    /// Seconds of ringing before he does it.
    pub ring: f64,
    /// Seconds of conversation before he hangs up.
    pub talk: f64,
}

const fn habit(behaviour: Behaviour, ring: u32, talk: u32) -> Habit {
    Habit { behaviour, ring: ring as f64, talk: talk as f64 }
}

/// Somebody outside: a person, or a company as such when `name` is empty.
#[derive(Debug)]
pub struct Person {
    /// Surname and first name.
    pub name: &'static str,
    /// Where he works; empty for a private person.
    pub company: &'static str,
    /// What he does there.
    pub job: &'static str,
    /// `(kind, digits)`; kinds are mobile, work, home, main, fax, extension.
    pub numbers: &'static [(&'static str, &'static str)],
    /// What he does with a call.
    pub habit: Habit,
}

type Numbers = &'static [(&'static str, &'static str)];

const fn person(name: &'static str, company: &'static str, job: &'static str, numbers: Numbers, habit: Habit) -> Person {
    Person { name, company, job, numbers, habit }
}

/// The outside world.
#[rustfmt::skip]
pub static PEOPLE: &[Person] = &[
    person("Иванова Мария", "ООО «Северный ветер»", "закупщик", &[("mobile", "74950000020")], habit(Answers, 2, 6)),
    person("Иванов Пётр", "ООО «Северный ветер»", "директор", &[("mobile", "74950000021"), ("work", "74950000120")], habit(Answers, 3, 12)),
    person("Иванов Сергей", "ИП Иванов С. А.", "владелец", &[("mobile", "79000000021")], habit(Answers, 4, 20)),
    person("Иванов Илья", "АО «Кедр»", "инженер", &[("work", "74950000022")], habit(Silent, 20, 0)),
    person("Фёдорова Алёна", "ООО «Берёзка»", "бухгалтер", &[("mobile", "79000000022")], habit(Answers, 2, 9)),
    person("Королёв Артём", "ООО «Берёзка»", "заведующий складом", &[("work", "74950000023")], habit(Answers, 5, 15)),
    person("Смирнов Алексей", "АО «Кедр»", "главный инженер", &[("mobile", "74950000024")], habit(Busy, 1, 0)),
    person("Кузнецова Ольга", "АО «Кедр»", "секретарь", &[("work", "74950000025")], habit(Silent, 20, 0)),
    person("Попов Дмитрий", "ООО «Маяк»", "менеджер", &[("mobile", "74950000026")], habit(Declines, 3, 0)),
    person("Васильева Татьяна", "ООО «Маяк»", "директор", &[("mobile", "79000000023"), ("home", "74950000121")], habit(Answers, 3, 30)),
    person("Schneider Klaus", "Nordlicht GmbH", "Einkauf", &[("work", "493000000020")], habit(Answers, 4, 25)),
    person("", "ООО «Тихая гавань»", "", &[("main", "74950000027"), ("fax", "74950000127")], habit(Answers, 2, 40)),
    person("Соколов Андрей", "ООО «Маяк»", "водитель", &[("mobile", "79000000024")], habit(Answers, 6, 7)),
    person("Михайлова Анна", "Типография «Лист»", "дизайнер", &[("mobile", "79000000025")], habit(Answers, 3, 18)),
    person("Новиков Егор", "Типография «Лист»", "печатник", &[("work", "74950000028")], habit(Silent, 20, 0)),
    person("Морозова Елена", "Типография «Лист»", "директор", &[("work", "74950000029")], habit(Answers, 2, 22)),
    person("Волков Роман", "ООО «Стройдвор»", "прораб", &[("mobile", "79000000026")], habit(Answers, 7, 11)),
    person("Алексеева Наталья", "ООО «Стройдвор»", "сметчик", &[("work", "74950000030")], habit(Answers, 3, 35)),
    person("Лебедев Максим", "ООО «Стройдвор»", "снабженец", &[("mobile", "79000000027")], habit(Busy, 1, 0)),
    person("Семёнова Юлия", "Клиника «Пульс»", "администратор", &[("main", "78120000020")], habit(Answers, 1, 14)),
    person("Егоров Павел", "Клиника «Пульс»", "главный врач", &[("mobile", "79000000028")], habit(Declines, 2, 0)),
    person("Павлова Светлана", "Клиника «Пульс»", "медсестра", &[("work", "78120000021")], habit(Answers, 4, 10)),
    person("Козлов Никита", "АО «Нева-Транс»", "логист", &[("work", "78120000022")], habit(Answers, 3, 16)),
    person("Степанова Ирина", "АО «Нева-Транс»", "диспетчер", &[("work", "78120000023")], habit(Answers, 1, 8)),
    person("Николаев Виктор", "АО «Нева-Транс»", "директор", &[("mobile", "79000000029"), ("work", "78120000024")], habit(Answers, 5, 45)),
    person("Орлова Дарья", "Кафе «Полдень»", "управляющая", &[("mobile", "79000000030")], habit(Answers, 2, 13)),
    person("Андреев Кирилл", "Кафе «Полдень»", "повар", &[("mobile", "79000000031")], habit(Silent, 20, 0)),
    person("Макарова Ксения", "Школа танцев «Шаг»", "преподаватель", &[("mobile", "79000000032")], habit(Answers, 4, 17)),
    person("Никитин Антон", "Школа танцев «Шаг»", "директор", &[("work", "74950000031")], habit(Answers, 3, 21)),
    person("Захарова Вера", "", "", &[("mobile", "79000000033"), ("home", "74950000122")], habit(Answers, 5, 28)),
    person("Зайцев Денис", "", "", &[("mobile", "79000000034")], habit(Answers, 2, 5)),
    person("Соловьёв Глеб", "", "", &[("mobile", "79000000035")], habit(Answers, 3, 9)),
    person("Борисова Людмила", "ТСЖ «Дубрава»", "председатель", &[("home", "74950000032")], habit(Answers, 6, 60)),
    person("Яковлев Фёдор", "ТСЖ «Дубрава»", "слесарь", &[("mobile", "79000000036")], habit(Silent, 20, 0)),
    person("Григорьева Полина", "ООО «Снежинка»", "маркетолог", &[("work", "74950000033")], habit(Answers, 2, 19)),
    person("Романов Тимур", "ООО «Снежинка»", "программист", &[("mobile", "79000000037")], habit(Declines, 4, 0)),
    person("Воробьёва Нина", "ООО «Снежинка»", "кадровик", &[("work", "74950000034")], habit(Answers, 3, 24)),
    person("Сергеев Лев", "Автосервис «Гараж 7»", "мастер", &[("mobile", "79000000038")], habit(Answers, 5, 12)),
    person("Фролова Зоя", "Автосервис «Гараж 7»", "приёмщица", &[("work", "74950000035")], habit(Answers, 2, 10)),
    person("Александров Юрий", "АО «Приборист»", "начальник цеха", &[("work", "74950000036")], habit(Busy, 1, 0)),
    person("Дмитриева Лариса", "АО «Приборист»", "экономист", &[("work", "74950000037")], habit(Answers, 3, 27)),
    person("Ковалёв Станислав", "АО «Приборист»", "технолог", &[("mobile", "79000000039")], habit(Answers, 4, 15)),
    person("Ильина Галина", "Библиотека № 5", "заведующая", &[("work", "74950000038")], habit(Answers, 3, 33)),
    person("Гусев Владислав", "ООО «Курьер-Сити»", "курьер", &[("mobile", "79000000040")], habit(Answers, 8, 4)),
    person("Титова Маргарита", "ООО «Курьер-Сити»", "оператор", &[("main", "74950000039")], habit(Answers, 1, 9)),
    person("Кузьмин Арсений", "Студия «Объектив»", "фотограф", &[("mobile", "79000000041")], habit(Answers, 4, 16)),
    person("Кудрявцева Алла", "Студия «Объектив»", "продюсер", &[("mobile", "79000000042")], habit(Silent, 20, 0)),
    person("Баранов Игнат", "Ферма «Заря»", "фермер", &[("mobile", "79000000043")], habit(Answers, 6, 20)),
    person("Куликова Раиса", "Ферма «Заря»", "зоотехник", &[("mobile", "79000000044")], habit(Answers, 5, 11)),
    person("Щербаков Ярослав", "ООО «Эхо»", "звукорежиссёр", &[("mobile", "79000000045"), ("work", "74950000040")], habit(Answers, 3, 14)),
];

/// An employee of the PBX.
#[derive(Debug)]
pub struct Employee {
    /// Short number.
    pub extension: &'static str,
    /// Full name.
    pub name: &'static str,
    /// Position.
    pub position: &'static str,
    /// Department.
    pub department: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// `general.user_id`
    pub user_id: i64,
    /// His SIP account with `sip:`.
    pub sip: &'static str,
    /// His mobile phone.
    pub mobile: &'static str,
    /// His conversations are recorded.
    pub recorded: bool,
}

macro_rules! employee {
    ($n:literal, $name:literal, $position:literal, $department:literal, $login:literal, $recorded:literal) => {
        Employee {
            extension: concat!("10", $n),
            name: $name,
            position: $position,
            department: $department,
            email: concat!($login, "@example.com"),
            user_id: 400000100 + $n,
            sip: concat!("sip:user10", $n, "@demo.mangosip.ru"),
            mobile: concat!("7900000000", $n),
            recorded: $recorded,
        }
    };
}

/// Everybody inside; the first one is whoever tries the sandbox.
#[rustfmt::skip]
pub static EMPLOYEES: &[Employee] = &[
    employee!(1, "Петров Иван", "менеджер", "Продажи", "petrov", true),
    employee!(2, "Сидорова Анна", "менеджер", "Продажи", "sidorova", true),
    employee!(3, "Белов Константин", "руководитель отдела", "Продажи", "belov", true),
    employee!(4, "Тихонова Эльвира", "специалист", "Поддержка", "tikhonova", true),
    employee!(5, "Жуков Олег", "специалист", "Поддержка", "zhukov", true),
    employee!(6, "Крылова Инна", "инженер", "Поддержка", "krylova", true),
    employee!(7, "Громов Семён", "бухгалтер", "Бухгалтерия", "gromov", false),
    employee!(8, "Шестакова Майя", "директор", "Дирекция", "shestakova", false),
];

/// A group of employees that is called as one.
#[derive(Debug, PartialEq)]
pub struct Group {
    /// `id`, elsewhere `group_id`.
    pub id: i64,
    /// Short number.
    pub extension: &'static str,
    /// Name.
    pub name: &'static str,
    /// Everybody is rung at once (`dial_alg_group` 2) instead of one after another (0).
    pub at_once: bool,
    /// Short numbers of its employees, in the order in which they are rung.
    pub members: &'static [&'static str],
}

/// The groups.
pub static GROUPS: &[Group] = &[
    Group { id: 400000300, extension: "300", name: "Продажи", at_once: false, members: &["101", "102", "103"] },
    Group { id: 400000301, extension: "301", name: "Поддержка", at_once: true, members: &["104", "105", "106"] },
    Group { id: 400000302, extension: "302", name: "Бухгалтерия", at_once: false, members: &["107", "108"] },
];

/// A number of the PBX that the world calls.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// `line_id`
    pub id: i64,
    /// Digits, or `sip:login@domain`.
    pub number: &'static str,
    /// Name of a SIP line, which commands use instead of its number (vpbx-core §4.1).
    pub name: Option<&'static str>,
    /// Comment from the account.
    pub comment: Option<&'static str>,
    /// Region code, `sip-uac`, `sip` or `toll-free`.
    pub region: &'static str,
}

/// The lines; the first one is used when none is named.
#[rustfmt::skip]
pub static LINES: &[Line] = &[
    Line { id: 400000201, number: "74950000010", name: None, comment: Some("Основной"), region: "1" },
    Line { id: 400000202, number: "74950000011", name: None, comment: None, region: "1" },
    Line { id: 400000203, number: "78000000010", name: None, comment: Some("Бесплатный"), region: "toll-free" },
    Line { id: 400000204, number: "sip:line1@demo.mangosip.ru", name: Some("line1"), comment: Some(""), region: "sip-uac" },
    Line { id: 400000205, number: "74950000012", name: None, comment: Some("Коллтрекинг: сайт"), region: "1" },
    Line { id: 400000206, number: "74950000013", name: None, comment: Some("Коллтрекинг: сайт"), region: "1" },
    Line { id: 400000207, number: "74950000014", name: None, comment: Some("Коллтрекинг: сайт"), region: "1" },
    Line { id: 400000208, number: "74950000015", name: None, comment: Some("Коллтрекинг: газета"), region: "1" },
];

impl Employee {
    /// The employee with this short number.
    pub fn by_extension(extension: &str) -> Option<&'static Employee> {
        EMPLOYEES.iter().find(|employee| employee.extension == extension)
    }

    /// The employee whose device this is.
    pub fn by_number(number: &str) -> Option<&'static Employee> {
        EMPLOYEES.iter().find(|employee| employee.sip == number || employee.mobile == number)
    }

    /// The groups he is in.
    pub fn groups(&self) -> impl Iterator<Item = &'static Group> {
        GROUPS.iter().filter(move |group| group.members.contains(&self.extension))
    }
}

impl Group {
    /// The group with this short number.
    pub fn by_extension(extension: &str) -> Option<&'static Group> {
        GROUPS.iter().find(|group| group.extension == extension)
    }

    /// Its employees in the order in which they are rung.
    pub fn employees(&self) -> impl Iterator<Item = &'static Employee> {
        self.members.iter().filter_map(|extension| Employee::by_extension(extension))
    }
}

impl Line {
    /// The line of this number, or the SIP line of this name.
    pub fn find(number_or_name: &str) -> Option<&'static Line> {
        LINES.iter().find(|line| line.number == number_or_name || line.name == Some(number_or_name))
    }

    /// Whether it is a number of call tracking: 0 none, 1 dynamic, 2 static (vpbx-data §3.3).
    pub fn tracking(&self) -> i64 {
        match self.id {
            400000205..=400000207 => 1,
            400000208 => 2,
            _ => 0,
        }
    }
}

impl Person {
    /// Who has this number.
    pub fn by_number(number: &str) -> Option<&'static Person> {
        PEOPLE.iter().find(|person| person.numbers.iter().any(|(_, digits)| *digits == number))
    }

    /// Name, or the company when it is a company.
    pub fn title(&self) -> &'static str {
        if self.name.is_empty() { self.company } else { self.name }
    }
}

/// What a telephone does when nobody has changed it through the control API.
///
/// Employees answer. People have their habits. Of numbers that nobody knows, those that end in 9 are busy, in 8 decline,
/// in 7 let it ring, and all others answer; `chance` only decides how long that takes.
pub fn usual_habit(number: &str, chance: &mut fastrand::Rng) -> Habit {
    if Employee::by_extension(number).is_some() || Employee::by_number(number).is_some() {
        return habit(Answers, 2, 8);
    }
    if let Some(person) = Person::by_number(number) {
        return person.habit;
    }
    match number.as_bytes().last() {
        Some(b'9') => habit(Busy, 1, 0),
        Some(b'8') => habit(Declines, chance.u32(2..6), 0),
        Some(b'7') => habit(Silent, 20, 0),
        _ => habit(Answers, chance.u32(2..8), chance.u32(5..60)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_number_belongs_to_one_owner_and_to_an_invented_range() {
        let theirs = PEOPLE.iter().flat_map(|person| person.numbers).map(|(_, digits)| *digits);
        let ours = EMPLOYEES.iter().flat_map(|employee| [employee.mobile, employee.sip]).chain(LINES.iter().map(|line| line.number));
        let mut seen = HashSet::new();
        assert!(theirs.clone().chain(ours).all(|number| seen.insert(number)), "a number is given twice");
        let invented = ["749500000", "749500001", "781200000", "790000000"];
        for number in theirs.filter(|number| !number.starts_with("49")) {
            assert_eq!(number.len(), 11, "{number}");
            assert!(invented.iter().any(|range| number.starts_with(range)), "{number}");
        }
    }

    #[test]
    fn the_people_that_demonstrations_need_are_there() {
        let named = |part: &str| PEOPLE.iter().filter(|person| person.name.split(' ').next() == Some(part)).count();
        assert_eq!((named("Иванова"), PEOPLE[0].numbers[0]), (1, ("mobile", "74950000020")));
        assert!(named("Иванов") >= 2);
        let behaves = |behaviour| PEOPLE.iter().any(|person| person.habit.behaviour == behaviour);
        assert!([Answers, Busy, Declines, Silent].into_iter().all(behaves));
        assert!(PEOPLE.iter().any(|person| person.name.is_empty() && !person.company.is_empty()));
        assert!(PEOPLE.iter().any(|person| person.numbers.len() == 2));
        let kinds = ["mobile", "work", "home", "main", "fax", "extension"];
        assert!(PEOPLE.iter().flat_map(|person| person.numbers).all(|(kind, _)| kinds.contains(kind)));
        assert!((45..=60).contains(&PEOPLE.len()));
    }

    #[test]
    fn groups_consist_of_employees() {
        assert!(GROUPS.iter().all(|group| group.employees().count() == group.members.len()));
        assert_eq!(EMPLOYEES[0].groups().map(|group| group.extension).collect::<Vec<_>>(), ["300"]);
    }

    #[test]
    fn an_unknown_number_behaves_by_its_last_digit() {
        let chance = &mut fastrand::Rng::with_seed(1);
        let of = |number: &str, chance: &mut fastrand::Rng| usual_habit(number, chance).behaviour;
        for (number, behaviour) in [("79991112230", Answers), ("79991112237", Silent), ("79991112238", Declines), ("79991112239", Busy)] {
            assert_eq!(of(number, chance), behaviour, "{number}");
        }
    }
}
