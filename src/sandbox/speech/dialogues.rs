//! Conversations that could have been: a greeting, one of a few matters, a farewell. All of it invented.

use serde_json::{Value, json};

use crate::sandbox::entry::{Direction, Entry, Leg};

use Role::{Client, Operator};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    Operator,
}

impl Role {
    pub(super) fn word(self) -> &'static str {
        match self {
            Client => "client",
            Operator => "operator",
        }
    }
}

/// What two people can talk about.
struct Matter {
    id: i64,
    topic: &'static str,
    /// Words by which a machine finds the topic.
    terms: &'static [&'static str],
    goal: &'static str,
    wish: &'static str,
    outcome: &'static str,
    said: &'static [(Role, &'static str)],
}

#[rustfmt::skip]
static MATTERS: &[Matter] = &[
    Matter {
        id: 1001, topic: "Доставка", terms: &["доставк", "курьер", "адрес"],
        goal: "узнать, когда приедет заказ", wish: "привезти заказ завтра после обеда",
        outcome: "доставка перенесена на завтра, с 14 до 18 часов; курьер позвонит за час",
        said: &[
            (Client, "Вчера оформляли у вас заказ, подскажите, когда доставка?"),
            (Operator, "Сейчас посмотрю. Да, вижу, он уже собран, курьер может выехать сегодня вечером."),
            (Client, "Сегодня меня не будет. А завтра после обеда можно?"),
            (Operator, "Можно. Завтра с четырнадцати до восемнадцати, адрес прежний?"),
            (Client, "Прежний, второй подъезд, домофон работает."),
            (Operator, "Записываю: доставка завтра, с двух до шести. Курьер позвонит за час."),
            (Client, "А оплатить картой можно будет?"),
            (Operator, "Да, у курьера есть терминал."),
        ],
    },
    Matter {
        id: 1002, topic: "Счёт и оплата", terms: &["счёт", "оплат", "бухгалтер"],
        goal: "получить счёт на оплату", wish: "выставить счёт на юридическое лицо с НДС",
        outcome: "счёт отправят на почту бухгалтерии до конца дня",
        said: &[
            (Client, "Нам нужен счёт на оплату, на юридическое лицо."),
            (Operator, "Хорошо. На те же реквизиты, что и в прошлый раз?"),
            (Client, "Реквизиты те же, только почта у бухгалтера новая."),
            (Operator, "Продиктуйте, пожалуйста, я поправлю."),
            (Client, "Я лучше письмом пришлю, чтобы без ошибок."),
            (Operator, "Договорились. Как придёт письмо, сразу выставлю счёт, срок оплаты пять дней."),
            (Client, "И закрывающие документы потом тоже на эту почту."),
            (Operator, "Да, документы отправим туда же."),
        ],
    },
    Matter {
        id: 1003, topic: "Назначена встреча", terms: &["встреч", "вторник", "договор"],
        goal: "договориться о встрече", wish: "встретиться на этой неделе и обсудить договор",
        outcome: "встреча во вторник в 11:00, договор пришлют накануне",
        said: &[
            (Client, "По договору остались вопросы, хорошо бы обсудить лично."),
            (Operator, "Давайте встретимся. Вам удобно во вторник?"),
            (Client, "Во вторник утром могу, часов в одиннадцать."),
            (Operator, "Отлично, встреча во вторник в одиннадцать, у нас в офисе."),
            (Client, "И пришлите, пожалуйста, договор заранее, юрист посмотрит."),
            (Operator, "Пришлю в понедельник до обеда."),
            (Client, "Пропуск нужен?"),
            (Operator, "Пропуск закажу, возьмите только паспорт."),
        ],
    },
    Matter {
        id: 1004, topic: "Гарантия и ремонт", terms: &["гаранти", "ремонт", "сломал"],
        goal: "отремонтировать покупку по гарантии", wish: "починить или заменить товар",
        outcome: "товар примут в ремонт по гарантии, срок до десяти дней",
        said: &[
            (Client, "Купили у вас месяц назад, и уже сломалось: не включается совсем."),
            (Operator, "Жаль это слышать. Чек или гарантийный талон сохранились?"),
            (Client, "Чек есть, гарантия на год."),
            (Operator, "Тогда привозите, примем в ремонт. По гарантии это бесплатно."),
            (Client, "А сколько ждать?"),
            (Operator, "Обычно неделю, самое большее десять дней."),
            (Client, "Если не починят, деньги вернёте?"),
            (Operator, "Если ремонт невозможен, заменим на новый или вернём деньги."),
        ],
    },
    Matter {
        id: 1005, topic: "Цены и наличие", terms: &["цен", "скидк", "склад"],
        goal: "узнать цену и наличие", wish: "купить партию со скидкой",
        outcome: "двадцать штук отложены на складе на три дня, скидка пять процентов",
        said: &[
            (Client, "Подскажите, какая сейчас цена, если брать штук двадцать?"),
            (Operator, "От десяти штук у нас скидка пять процентов."),
            (Client, "А на складе столько есть?"),
            (Operator, "На складе тридцать две, могу отложить для вас двадцать."),
            (Client, "Отложите, пожалуйста, мы завтра решим."),
            (Operator, "Откладываю, держим три дня. Цена за это время не изменится."),
            (Client, "Самовывоз возможен?"),
            (Operator, "Да, склад работает с девяти до семи."),
        ],
    },
    Matter {
        id: 1006, topic: "Жалоба", terms: &["недовол", "извин", "руководител"],
        goal: "пожаловаться на обслуживание", wish: "разобраться и дать ответ",
        outcome: "обращение передано руководителю отдела, ответ до конца недели",
        said: &[
            (Client, "Третий раз звоню: обещали перезвонить и не перезвонили. Мы очень недовольны."),
            (Operator, "Приношу извинения. Расскажите, пожалуйста, что случилось."),
            (Client, "Заявка от понедельника, номер у вас должен быть."),
            (Operator, "Вижу заявку. Она ушла не в тот отдел, это наша ошибка."),
            (Client, "И что теперь?"),
            (Operator, "Я сейчас же передам её руководителю, он сам вам позвонит."),
            (Client, "Хорошо, жду до конца недели."),
            (Operator, "Спасибо за терпение и ещё раз извините."),
        ],
    },
    Matter {
        id: 1007, topic: "Запись на услугу", terms: &["запис", "время", "мастер"],
        goal: "записаться", wish: "попасть к своему мастеру в ближайшие дни",
        outcome: "запись на четверг, 18:30; за день придёт сообщение",
        said: &[
            (Client, "Хочу записаться, на этой неделе время есть?"),
            (Operator, "Есть в четверг вечером и в пятницу с утра."),
            (Client, "А мастер тот же, что в прошлый раз?"),
            (Operator, "В четверг как раз он, в половине седьмого."),
            (Client, "Тогда четверг, запишите меня."),
            (Operator, "Записываю на четверг, восемнадцать тридцать. За день пришлём сообщение."),
            (Client, "Если не смогу, как отменить?"),
            (Operator, "Позвоните нам, лучше до среды."),
        ],
    },
    Matter {
        id: 1008, topic: "Подключение", terms: &["подключ", "настро", "парол"],
        goal: "настроить вход в личный кабинет", wish: "восстановить доступ",
        outcome: "доступ восстановлен во время разговора",
        said: &[
            (Client, "Не могу зайти в кабинет, пароль не подходит."),
            (Operator, "Давайте вместе настроим. Какая почта указана при подключении?"),
            (Client, "Рабочая, она у вас в карточке."),
            (Operator, "Отправляю на неё ссылку для смены пароля, проверьте."),
            (Client, "Пришла. Сейчас поменяю. Всё, заработало."),
            (Operator, "Видите раздел «Настройки»? Там можно добавить второй номер."),
            (Client, "Вижу, спасибо."),
            (Operator, "Теперь, если забудете пароль, код придёт и на телефон."),
        ],
    },
];

/// A conversation of a call, with as much said as fits into its time.
pub(super) struct Dialogue {
    matter: &'static Matter,
    phrases: Vec<(Role, String)>,
}

/// Seconds that one phrase takes, and phrases without which nothing was said.
const PHRASE: i64 = 4;
const SHORTEST: i64 = 6;

/// What was said in a leg of the call.
pub(super) fn dialogue(entry: &Entry, leg: &Leg) -> Dialogue {
    let matter = &MATTERS[(entry.serial as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize % MATTERS.len()];
    let employee = leg.to.employee.or(leg.from.employee).map_or("оператор", |employee| employee.name);
    let opening = match entry.direction {
        Direction::Incoming => vec![(Operator, format!("Добрый день, {employee}, слушаю вас.")), (Client, "Здравствуйте.".to_owned())],
        Direction::Outgoing => vec![
            (Client, "Алло, слушаю.".to_owned()),
            (Operator, format!("Здравствуйте, меня зовут {employee}, вы нам звонили.")),
            (Client, "Да, звонили.".to_owned()),
        ],
        Direction::Internal => vec![(Client, "Да, слушаю.".to_owned()), (Operator, "Привет, есть минута?".to_owned())],
    };
    let closing = [(Client, "Спасибо, до свидания."), (Operator, "Всего доброго!")];
    let said = matter.said.iter().chain(&closing).map(|(role, text)| (*role, (*text).to_owned()));
    let room = (leg.end - leg.answer.unwrap_or(leg.start)) / PHRASE;
    let phrases = opening.into_iter().chain(said).take(room.max(SHORTEST) as usize).collect();
    Dialogue { matter, phrases }
}

impl Dialogue {
    pub(super) fn phrases(self) -> Vec<(Role, String)> {
        self.phrases
    }

    /// The topic, if one of its words was said (vpbx-data §2.1).
    pub(super) fn topic(&self, with_terms: bool, with_name: bool, at: i64) -> Option<Value> {
        let terms: Vec<Value> = self.matter.terms.iter().filter_map(|term| self.term(term)).collect();
        if terms.is_empty() {
            return None;
        }
        let mut topic = json!({"id": self.matter.id, "assign_time": at, "version": 1 + self.matter.id % 3});
        if with_terms {
            topic["terms"] = terms.into();
        }
        if with_name {
            topic["name"] = json!(self.matter.topic);
        }
        Some(topic)
    }

    /// A word as it was said first, and how many times it was said.
    fn term(&self, beginning: &str) -> Option<Value> {
        let words = self.phrases.iter().flat_map(|(_, text)| text.split(|letter: char| !letter.is_alphabetic()));
        let said: Vec<String> = words.map(str::to_lowercase).filter(|word| word.starts_with(beginning)).collect();
        // The recordings have one channel.
        said.first().map(|word| json!({"channels": [0], "count": said.len(), "value": word}))
    }

    /// Its line breaks are the two characters `\n`, as the document shows them (vpbx-data §2.3).
    pub(super) fn summary(&self) -> String {
        let Matter { goal, wish, outcome, .. } = self.matter;
        format!("1. Цель звонка: {goal}.\\n2. Запрос клиента: {wish}.\\n3. Итоги: {outcome}.")
    }
}
