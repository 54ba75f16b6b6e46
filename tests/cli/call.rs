//! `mango call`: who is meant, what is sent, how it ends.

use serde_json::json;
use snapbox::{assert_data_eq, str};

use super::support::*;

#[test]
fn a_person_is_called_by_name_and_the_call_is_followed_to_its_end() {
    let pbx = Pbx::start();
    let said = pbx.mango(["call", "Иванова", "--wait"]).said();
    assert_data_eq!(
        said.to_string(),
        str![[r#"
[..]	[..]	74950000020	Иванова Мария	true	6	[..]
! Calling Иванова Мария, +7 495 000-00-20 (mobile). Pick up your phone.
...
! The call has ended, talk time 0:06.
exit 0

"#]]
    );
    let said = pbx.mango(["call", "иванова", "--wait"]).in_russian().said();
    assert_data_eq!(
        said.to_string(),
        str![[r#"
[..]	[..]	74950000020	Иванова Мария	true	6	[..]
! Звоню: Иванова Мария, +7 495 000-00-20 (моб.). Снимите трубку.
...
! Звонок окончен, разговор 0:06.
exit 0

"#]]
    );
}

#[test]
fn a_number_is_the_same_however_it_is_written() {
    let pbx = Pbx::start();
    for written in
        ["+74950000020", "84950000020", "8 (495) 000-00-20", "+7 495 000 00 20", "4950000020", "tel:+7-495-000-00-20", "8-495-000-00-20"]
    {
        let made = pbx.customer(["-o", "json", "call", written]).said().exits(0).json();
        assert_eq!(made["to_number"], "74950000020", "{written}");
        let orders = pbx.orders();
        assert_eq!((orders.len(), &orders[0].1["to_number"]), (1, &json!("74950000020")), "{written}");
    }
    // Several words need no quotes.
    let made = pbx.customer(["-o", "json", "call", "8", "495", "000-00-20"]).said().exits(0).json();
    assert_eq!(made["to_number"], "74950000020");
    let made = pbx.customer(["-o", "json", "call", "+49", "30", "123456"]).said().exits(0).json();
    assert_eq!(made["to_number"], "4930123456");
}

#[test]
fn an_extension_and_a_sip_address_are_dialled_as_they_are() {
    let pbx = Pbx::start();
    for (who, wire) in
        [("105", "105"), ("sip:someone@example.com", "sip:someone@example.com"), ("SIP:someone@example.com", "sip:someone@example.com")]
    {
        pbx.customer(["call", who]).said().exits(0);
        assert_eq!(pbx.orders()[0].1["to_number"], wire);
    }
}

#[test]
fn a_number_that_cannot_be_dialled_is_refused_here_and_never_sent() {
    let pbx = Pbx::start();
    for (who, why) in [
        ("1234567", "the area code is missing"),
        ("+7495000002", "it has too few digits"),
        ("+749500000201", "it has too many digits"),
        ("+999123456789", "no country has this code"),
        ("sip:", "this is not a number"),
        ("*55", "this is not a number"),
    ] {
        pbx.customer(["call", who]).said().exits(2).says(why);
    }
    let error = pbx.customer(["-o", "json", "call", "1234567"]).in_russian().said().exits(2).error();
    assert_eq!(error["kind"], "number");
    assert_eq!(error["message"], "номер «1234567»: нет кода города");
    assert_eq!(error["hint"], "добавьте код города: +7 495 123-45-67");
    assert!(pbx.asked().is_empty());
}

#[test]
fn nobody_calls_himself() {
    let pbx = Pbx::start();
    for args in [vec!["101"], vec!["104", "--from", "104"], vec!["79000000022", "--from-number", "8 900 000-00-22"]] {
        let run = |more: &[&str]| pbx.customer(["call"].iter().chain(&args).chain(more).copied());
        run(&[]).said().exits(2).says("is your own telephone");
        run(&["--yes"]).in_russian().said().exits(2).says("ваш собственный телефон");
    }
    assert_eq!(pbx.asked().iter().filter(|(path, _)| path == "commands/callback").count(), 0);
}

#[test]
fn a_part_of_a_name_or_of_the_company_in_any_case_is_enough() {
    let pbx = Pbx::start();
    for (words, number) in [
        (vec!["ФЕДОРОВА"], "79000000022"),
        (vec!["алена"], "79000000022"),
        (vec!["мария", "иванова"], "74950000020"),
        (vec!["вано", "сер"], "79000000021"),
        (vec!["тихая", "гавань"], "74950000027"),
        (vec!["schneider"], "493000000020"),
    ] {
        let preview = pbx.mango(["-o", "json", "call", "--dry-run"].iter().chain(&words)).said().exits(0).json();
        assert_eq!(preview["json"]["to_number"], number, "{words:?}");
    }
}

#[test]
fn several_people_are_candidates_for_a_script() {
    let pbx = Pbx::start();
    let said = pbx.mango(["-o", "json", "call", "Иванов"]).said().exits(3);
    let error = said.error();
    assert_eq!((said.out.as_str(), &error["kind"]), ("", &json!("many_contacts")));
    let candidates = error["candidates"].as_array().unwrap();
    assert!(
        candidates.contains(&json!({"id": "79000000021", "name": "Иванов Сергей", "detail": "+7 900 000-00-21 (mobile), ИП Иванов С. А."}))
    );
    // Whom the script chose is called by the candidate's id.
    for candidate in candidates {
        let id = candidate["id"].as_str().unwrap();
        let preview = pbx.mango(["-o", "json", "call", "--dry-run", id]).said().exits(0).json();
        assert_eq!(preview["json"]["to_number"], id);
    }
    assert!(pbx.asked().is_empty(), "nothing was asked of the PBX");
    assert_data_eq!(
        pbx.mango(["call", "Шага"]).in_russian().said().to_string(),
        str![[r#"
! ошибка: никого не нашлось: «Шага»
! подсказка: список: mango --sandbox contact list; новый: mango --sandbox contact create "Имя" НОМЕР
exit 3

"#]]
    );
    let people = pbx.mango(["call", "школа", "танцев"]).said();
    assert_data_eq!(
        people.to_string(),
        str![[r#"
! error: 'школа танцев' matches more than one (2):
!   Макарова Ксения  +7 900 000-00-32 (mobile), Школа танцев «Шаг»  79000000032
!   Никитин Антон  +7 495 000-00-31 (work), Школа танцев «Шаг»  74950000031
! hint: type more of the name, or the number
exit 3

"#]]
    );
}

#[test]
fn yes_takes_the_first_number_of_one_person_but_never_chooses_between_people() {
    let pbx = Pbx::start();
    let two_numbers = pbx.mango(["-o", "json", "call", "Захарова"]).said().exits(3).error();
    assert_eq!(two_numbers["candidates"].as_array().unwrap().len(), 2);
    let preview = pbx.mango(["-o", "json", "call", "Захарова", "--yes", "--dry-run"]).said().exits(0).json();
    assert_eq!(preview["json"]["to_number"], "79000000033", "the mobile comes before the home number");
    pbx.mango(["call", "Иванов", "--yes"]).said().exits(3);
    assert!(pbx.orders().is_empty());
}

#[test]
fn fewer_than_three_letters_find_nobody_and_say_why() {
    let home = Home::new();
    for short in ["Ив", "a", "", "  ", "№5", "«»"] {
        let error = home.mango(["-o", "json", "call", "--from", "101", short]).said().exits(2).error();
        assert_eq!(error["kind"], "short_fragment", "{short}");
    }
    home.mango(["call", "Ив"]).in_russian().said().exits(2).says("нужно хотя бы три буквы");
}

#[test]
fn a_dry_run_shows_what_would_be_sent_and_sends_nothing() {
    let pbx = Pbx::start();
    let args = ["call", "Иванова", "--dry-run", "--from-number", "8 900 000-00-01", "--line", "8 (495) 000-00-10", "--auto-answer=2"];
    let preview = pbx.mango(["-o", "json"].iter().chain(&args)).said().exits(0).json();
    let id = preview["json"]["command_id"].as_str().unwrap();
    assert!(!id.is_empty() && id.len() <= 128);
    assert_eq!(
        preview,
        json!({"path": "commands/callback", "json": {
            "command_id": id,
            "from": {"extension": "101", "number": "79000000001"},
            "to_number": "74950000020",
            "line_number": "74950000010",
            "sip_headers": {"Call-Info/answer-after": "2"},
        }})
    );
    assert!(pbx.asked().is_empty());
    // No credentials are needed either.
    Home::new().mango(["call", "+74950000020", "--dry-run", "--from", "101"]).said().exits(0);
}

#[test]
fn from_line_group_and_auto_answer_reach_the_pbx() {
    let pbx = Pbx::start();
    pbx.customer(["call", "+74950000020", "--from", "102", "--from-number", "+79000000001", "--line", "line1", "--auto-answer"])
        .said()
        .exits(0);
    let (path, order) = pbx.orders().remove(0);
    assert_eq!(path, "commands/callback");
    assert_eq!(order["from"], json!({"extension": "102", "number": "79000000001"}));
    assert_eq!((&order["line_number"], &order["sip_headers"]), (&json!("line1"), &json!({"Call-Info/answer-after": "0"})));

    pbx.customer(["call", "+74950000020", "--group", "300", "--line", "+74950000010"])
        .said()
        .exits(0)
        .says("Calling group 300, then +7 495 000-00-20.");
    let (path, order) = pbx.orders().remove(0);
    assert_eq!(path, "commands/callback_group");
    assert_eq!((&order["from"], &order["to"], &order["line_number"]), (&json!("300"), &json!("74950000020"), &json!("74950000010")));

    for (args, code) in [
        (vec!["--group", "300"], 2),
        (vec!["--group", "300", "--line", "+74950000010", "--from", "101"], 2),
        (vec!["--from", "+74950000020"], 2),
        (vec!["--from-number", "102"], 2),
        (vec!["--auto-answer=soon"], 2),
        (vec!["--wait=-1"], 2),
    ] {
        pbx.customer(["call", "+74950000020"].iter().chain(&args)).said().exits(code);
    }
    assert!(pbx.asked().is_empty(), "what is refused here is not sent");
    let line = pbx.customer(["call", "+74950000020"]).env("MANGO_LINE", "84950000011").env("MANGO_EXTENSION", "103");
    line.said().exits(0);
    let (_, order) = pbx.orders().remove(0);
    assert_eq!((&order["line_number"], &order["from"]["extension"]), (&json!("74950000011"), &json!("103")));
}

#[test]
fn without_an_extension_nobody_knows_whose_phone_rings() {
    let home = Home::new();
    let run = |args: &[&str]| home.mango(["-o", "json", "call", "+74950000020"].iter().chain(args));
    let known = || run(&[]).env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT);
    assert_eq!(known().said().exits(2).error()["kind"], "no_extension");
    known().in_russian().said().exits(2).says("--from 101");
    // Whoever is not logged in hears of that first; what would be sent is told anybody.
    assert_eq!(run(&[]).said().exits(4).error()["kind"], "not_logged_in");
    assert_eq!(run(&["--dry-run"]).said().exits(2).error()["kind"], "no_extension");
}

#[test]
fn waiting_tells_how_it_ended() {
    let pbx = Pbx::start();
    for (who, code, reason) in [("Смирнов", 7, 1121), ("Попов", 7, 1122), ("Кузнецова", 7, 1111), ("105", 0, 0)] {
        let said = pbx.mango(["-o", "json", "call", who, "--wait=60"]).said().exits(code);
        let made = said.json();
        assert_eq!(made["answered"], code == 0, "{who}");
        assert_eq!(made["state"], "ended");
        if code == 7 {
            assert_eq!((&made["reason"], &said.error()["code"]), (&json!(reason), &json!(reason)), "{who}");
            assert_eq!(said.error()["kind"], "not_answered");
        }
    }
    pbx.mango(["call", "Смирнов", "--wait"]).in_russian().said().exits(7).says("разговор не состоялся");
}

#[test]
fn an_own_telephone_that_nobody_picks_up_is_no_conversation() {
    let pbx = Pbx::start();
    pbx.control("POST", "people/101", json!({"behaviour": "silent"}));
    let made = pbx.mango(["-o", "json", "call", "Иванова", "--wait"]).said().exits(7).json();
    assert_eq!((&made["answered"], &made["talk"]), (&json!(false), &json!(0)));
}

#[test]
fn a_conversation_longer_than_the_patience_is_not_given_up() {
    let pbx = Pbx::start();
    pbx.control("POST", "people/74950000020", json!({"talk": 600}));
    let made = pbx.mango(["-o", "json", "call", "Иванова", "--wait=10"]).said().exits(0).json();
    assert_eq!(made["talk"], 600);
}

#[test]
fn patience_that_runs_out_while_it_rings_leaves_the_call_unconfirmed() {
    let pbx = Pbx::with(&["--speed", "1", "--no-limits"]);
    let said = pbx.mango(["-o", "json", "call", "Кузнецова", "--wait=0"]).said().exits(8);
    assert_eq!(said.error()["kind"], "unconfirmed");
    assert_eq!(pbx.orders().len(), 1);
}

#[test]
fn waiting_where_nobody_receives_events_says_so() {
    let pbx = Pbx::start();
    let said = pbx.customer(["-o", "json", "call", "+74950000020", "--wait"]).said().exits(8);
    assert_eq!(said.error()["kind"], "unconfirmed");
    assert!(said.error()["hint"].as_str().unwrap().contains("mango history"));
    pbx.customer(["call", "+74950000020", "--wait"]).in_russian().said().exits(8).says("подсказка: ").says("никто не принимает");
    assert_eq!(pbx.orders().len(), 2, "both were sent, once each");
}

#[test]
fn an_emergency_number_is_not_dialled_by_a_script_without_yes() {
    let pbx = Pbx::start();
    for who in ["112", "01", "911"] {
        let said = pbx.customer(["call", who]).said().exits(2);
        assert!(said.err.contains("add --yes if you mean it"), "{said}");
    }
    pbx.customer(["call", "112"]).in_russian().said().exits(2).says("номер экстренной службы").says("--yes");
    assert!(pbx.orders().is_empty());
    // The PBX has no such short number and says so; we have asked nothing and sent it once.
    pbx.customer(["call", "112", "--yes"]).said().exits(6);
    assert_eq!(pbx.orders().len(), 1);
}

#[test]
fn an_employee_whose_extension_looks_like_the_fire_brigade_is_called_without_questions() {
    let pbx = Pbx::start();
    for who in ["101", "102", "103", "104"] {
        pbx.customer(["call", who, "--from", "105"]).said().exits(0);
    }
    assert_eq!(pbx.orders().len(), 4);
}

#[test]
fn at_n_calls_the_other_party_of_a_past_call() {
    let pbx = Pbx::start();
    pbx.incoming(json!({"from": "74950000023", "to": "101"}));
    pbx.mango(["history"]).said().exits(0);
    let preview = pbx.mango(["-o", "json", "call", "@1", "--dry-run"]).said().exits(0).json();
    assert_eq!(preview["json"]["to_number"], "74950000023");
    for none in ["@2", "@0", "@-1", "@", "@x", "@99999999999999999999"] {
        pbx.mango(["call", none]).said().exits(3).says("no such call");
    }
}

#[test]
fn a_refusal_of_the_pbx_is_given_with_its_code_and_words() {
    let pbx = Pbx::start();
    pbx.fault(json!({"path": "commands/callback", "result": 4100}));
    let error = pbx.customer(["-o", "json", "call", "+74950000020"]).said().exits(6).error();
    assert_eq!((&error["kind"], &error["code"]), (&json!("refused"), &json!(4100)));
    pbx.fault(json!({"path": "commands/callback", "result": 98765}));
    pbx.customer(["call", "+74950000020"]).in_russian().said().exits(6).says("98765");
    pbx.fault(json!({"path": "commands/callback", "string_result": true}));
    pbx.customer(["call", "+74950000020"]).said().exits(0);
}

#[test]
fn a_clock_that_is_hours_wrong_still_signs_and_calls() {
    let pbx = Pbx::start();
    for clock in ["86400", "4102444800"] {
        pbx.customer(["call", "+74950000020"]).env("MANGO_CLOCK", clock).said().exits(0);
        pbx.customer(["balance"]).env("MANGO_CLOCK", clock).said().exits(0);
    }
    assert_eq!(pbx.orders().len(), 2);
}

#[test]
fn a_line_or_a_group_that_the_pbx_does_not_have_is_not_asked_for() {
    let pbx = Pbx::start();
    for (line, code, said) in [("79990000000", 2, "no line with the number 79990000000"), ("123", 2, "no line with the number 123")] {
        pbx.customer(["call", "+74950000020", "--from", "101", "--line", line]).said().exits(code).says(said).says("mango lines");
    }
    let group = ["call", "+74950000020", "--group", "999", "--line", "+74950000010"];
    pbx.customer(group).said().exits(3).says("the PBX has no number 999");
    assert_eq!(pbx.orders(), []);
    pbx.customer(["call", "+74950000020", "--from", "101", "--line", "8 (495) 000-00-10"]).said().exits(0);
    assert_eq!(pbx.orders().len(), 1);
}
