//! Everything that can go wrong between here and the PBX: a clear sentence, the right number, and no secret told.

use serde_json::json;
use snapbox::{assert_data_eq, str};

use super::support::*;

#[test]
fn a_page_instead_of_an_answer_is_named_so() {
    let wire = Wire::replying("200 OK", "text/html", "<html><body>Sign in to Wi-Fi \u{1b}[31m</body></html>");
    let home = Home::new();
    let said = wire.customer(&home, ["balance"]).said();
    assert_data_eq!(
        said.to_string(),
        str![[r#"
! error: this does not look like an answer from the PBX: HTTP 200: <html><body>Sign in to Wi-Fi [31m</body></html>
! hint: check the network, the proxy and MANGO_API_URL
exit 5

"#]]
    );
    wire.customer(&home, ["balance"]).in_russian().said().exits(5).says("ответ не похож на ответ АТС");
    assert!(wire.heard().len() == 2, "a page will be a page the second time");
}

#[test]
fn a_truncated_answer_is_an_error_and_a_question_is_asked_again() {
    let pbx = Pbx::start();
    pbx.fault(json!({"path": "account/balance", "truncate": true}));
    pbx.customer(["balance"]).said().exits(0);
    pbx.fault(json!({"path": "account/balance", "truncate": true, "times": 0}));
    let error = pbx.customer(["-o", "json", "balance"]).said().exits(5).error();
    assert_eq!(error["kind"], "no_reply");

    // Truncated, and yet a whole answer by its length.
    let wire = Wire::replying("200 OK", "application/json", r#"{"result":1000,"bala"#);
    let error = wire.customer(&Home::new(), ["-o", "json", "balance"]).said().exits(5).error();
    assert_eq!(error["kind"], "garbled");
}

#[test]
fn unknown_result_codes_and_results_as_text_are_understood() {
    let pbx = Pbx::start();
    pbx.fault(json!({"path": "account/balance", "result": 98765}));
    let error = pbx.customer(["-o", "json", "balance"]).said().exits(6).error();
    assert_eq!(error["code"], 98765);
    pbx.fault(json!({"path": "account/balance", "string_result": true}));
    pbx.customer(["balance"]).said().exits(0);
    pbx.fault(json!({"path": "account/balance", "status": 200, "body": r#"{"result":"3310","message":"\u001b]0;x\u0007нет"}"#}));
    let said = pbx.customer(["balance"]).said().exits(6);
    assert!(!said.err.contains('\u{1b}') && said.err.contains("нет"), "{said}");
}

#[test]
fn a_question_is_asked_again_after_a_limit_in_any_spelling() {
    let pbx = Pbx::start();
    for fault in [
        json!({"path": "account/balance", "status": 429}),
        json!({"path": "account/balance", "status": 503}),
        json!({"path": "account/balance", "status": 429, "retry_after": 1}),
        json!({"path": "account/balance", "result": 5008}),
        json!({"path": "account/balance", "status": 500}),
        json!({"path": "account/balance", "close": true}),
    ] {
        pbx.fault(fault);
        pbx.customer(["balance"]).said().exits(0);
        assert_eq!(pbx.asked().len(), 2);
    }
    pbx.fault(json!({"path": "account/balance", "status": 429, "retry_after": 3000, "times": 0}));
    let error = pbx.customer(["-o", "json", "balance"]).said().exits(5).error();
    assert_eq!((&error["kind"], &error["hint"]), (&json!("rate_limited"), &json!("try again in 3000 s")));
}

#[test]
fn keys_salts_and_addresses_that_are_refused_are_told_apart() {
    let pbx = Pbx::start();
    let with = |key: &str, salt: &str| pbx.customer(["-o", "json", "balance"]).env("MANGO_API_KEY", key).env("MANGO_API_SALT", salt);
    assert_eq!(with("another-key", SALT).said().exits(4).error()["kind"], "wrong_key");
    let said = with(KEY, "another-salt").in_russian().said().exits(4);
    assert_eq!((&said.error()["kind"], &said.error()["code"]), (&json!("wrong_salt"), &json!(3102)));
    assert!(said.error()["message"].as_str().unwrap().contains("соль не от этого ключа"));

    let strangers = Pbx::with(&["--no-limits", "--allow-ip", "192.0.2.1"]);
    assert_eq!(strangers.customer(["-o", "json", "balance"]).said().exits(4).error()["kind"], "address_refused");
}

#[test]
fn verbose_shows_requests_but_never_key_salt_or_signature() {
    let pbx = Pbx::start();
    for args in [
        vec!["-v", "balance"],
        vec!["-v", "history"],
        vec!["-v", "call", "+74950000020"],
        vec!["-v", "call", "+74950000020", "--from", "101", "--line", "no-such-line"],
    ] {
        let said = pbx.customer(&args).said();
        let whole = said.whole();
        assert!(whole.contains("POST http://127.0.0.1") && whole.contains("← 200"), "{said}");
        for secret in [KEY, SALT, "sign=", "sign\":"] {
            assert!(!whole.contains(secret), "{secret}: {said}");
        }
        assert!(!whole.split(|c: char| !c.is_ascii_hexdigit()).any(|word| word.len() == 64), "a signature: {said}");
    }
    // A confused server that sends everything back.
    let mirror = Wire::start(|mut line| {
        line.hear_all();
        let heard = line.text();
        let body = format!("{{\"result\":3100,\"message\":{}}}", json!(format!("{heard} {SALT}")));
        line.tell(&reply("200 OK", "application/json", &body));
    });
    for args in [vec!["-v", "balance"], vec!["balance"], vec!["-o", "json", "call", "+74950000020"]] {
        let said = mirror.customer(&Home::new(), &args).said().exits(6);
        let sign = mirror.heard().last().unwrap().split("sign=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        for secret in [KEY, SALT, &sign] {
            assert!(!said.whole().contains(secret), "{secret}: {said}");
        }
    }
    let page = Wire::start(|mut line| {
        line.hear_all();
        let heard = line.text();
        line.tell(&reply("200 OK", "text/html", &format!("<{}", heard.split("\r\n\r\n").nth(1).unwrap())));
    });
    let said = page.customer(&Home::new(), ["-v", "balance"]).said().exits(5);
    assert!(!said.whole().contains(KEY), "{said}");
}

#[test]
fn a_proxy_that_refuses_is_named() {
    for (status, words) in [("407 Proxy Authentication Required", "HTTP 407"), ("403 Forbidden", "HTTP 403")] {
        let proxy = Wire::replying(status, "text/html", "<html>no</html>");
        let home = Home::new();
        let run = |args: &[&str]| {
            let mango = home
                .mango(args)
                .env("HTTP_PROXY", format!("http://{}", proxy.address))
                .env("http_proxy", format!("http://{}", proxy.address));
            let mango = mango.env("MANGO_API_URL", "http://pbx.example.com/vpbx/").env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT);
            mango.env("MANGO_EXTENSION", "101")
        };
        let said = run(&["balance"]).said();
        assert!(said.err.contains(words) && matches!(said.code, Some(4 | 5)), "{said}");
        let said = run(&["call", "+74950000020"]).said();
        assert!(matches!(said.code, Some(4 | 5)), "{said}");
    }
}

#[test]
fn a_proxy_that_refuses_the_tunnel_is_named() {
    for status in ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"] {
        let proxy = Wire::replying(status, "text/html", "<html>no</html>");
        let home = Home::new();
        let run = |args: &[&str]| {
            let mango = home.mango(args).env("HTTPS_PROXY", format!("http://{}", proxy.address));
            mango
                .env("MANGO_API_URL", "https://pbx.example.com/vpbx/")
                .env("MANGO_API_KEY", KEY)
                .env("MANGO_API_SALT", SALT)
                .env("MANGO_EXTENSION", "101")
        };
        let error = run(&["-o", "json", "call", "+74950000020"]).said().exits(5).error();
        assert_eq!(error["kind"], "unreachable", "{status}");
        assert!(error["message"].as_str().unwrap().contains("proxy"), "{error}");
        assert_eq!(proxy.heard().len(), 1);
        assert!(!proxy.heard()[0].contains(KEY), "the tunnel was refused before anything was said in it");
        run(&["call", "+74950000020"]).in_russian().said().exits(5).says("прокси отказал");
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent() {
    const TEST: &str = "a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent";
    if !can_run(TEST, &["openssl"]) {
        return;
    }
    let home = Home::new();
    let port = nobodys().port();
    let tls = SelfSigned::start(home.path(), port);
    let run = |args: &[&str]| {
        let mango = home.mango(args).env("MANGO_API_URL", format!("https://localhost:{port}/vpbx/"));
        mango.env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT).env("MANGO_EXTENSION", "101")
    };
    let said = run(&["-o", "json", "call", "+74950000020"]).said().exits(5);
    assert_eq!(said.error()["kind"], "unreachable");
    assert!(said.error()["message"].as_str().unwrap().contains("certificate not accepted"), "{said}");
    run(&["balance"]).in_russian().said().exits(5).says("сертификат не признан");
    // When its certificate is the system's own, the same server is spoken to; it takes the order and says nothing.
    let said = run(&["-o", "json", "--timeout", "5", "call", "+74950000020"]).env("SSL_CERT_FILE", home.path().join("cert.pem")).said();
    assert_eq!(said.exits(8).error()["kind"], "unknown");
    drop(tls);
}

#[test]
fn what_is_not_tls_at_all_is_no_pbx() {
    let wire = Wire::replying("400 Bad Request", "text/html", "<html>");
    let said = wire
        .customer(&Home::new(), ["-o", "json", "call", "+74950000020"])
        .env("MANGO_API_URL", format!("https://{}/vpbx/", wire.address))
        .said();
    assert_eq!(said.exits(5).error()["kind"], "unreachable");
}

#[test]
fn a_host_that_does_not_exist_is_named() {
    let home = Home::new();
    let mango = home.mango(["-o", "json", "balance"]).env("MANGO_API_URL", "http://pbx.invalid/vpbx/");
    let error = mango.env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT).said().exits(5).error();
    assert_eq!(error["kind"], "unreachable");
    assert!(error["message"].as_str().unwrap().starts_with("cannot reach pbx.invalid"), "{error}");
}

#[test]
fn an_address_that_is_none_is_a_wrong_setting() {
    let home = Home::new();
    for url in ["not a url", "ftp://example.com/", "http://"] {
        let mango = home.mango(["balance"]).env("MANGO_API_URL", url);
        let said = mango.env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT).said();
        assert!(matches!(said.code, Some(2 | 5)), "{url}: {said}");
    }
}

#[test]
fn a_stderr_that_cannot_be_written_changes_nothing() {
    let pbx = Pbx::start();
    let run = |args: &[&str]| pbx.customer(args).under("sh", &["-c", "exec \"$@\" 2>/dev/full", "sh"]).said();
    run(&["call", "+74950000020", "--from", "101"]).exits(0);
    run(&["-o", "json", "call", "+74950000020", "--from", "101"]).exits(0);
    assert_eq!(pbx.orders().len(), 2);
    run(&["show", "@99999"]).exits(3);
    run(&["--nosuch"]).exits(2);
    run(&["-v", "balance", "--below", "999999999"]).exits(1);
}

#[test]
fn a_variable_is_checked_like_the_setting_of_the_file() {
    let home = Home::new();
    for (name, value) in [("MANGO_API_URL", "nonsense"), ("MANGO_API_URL", "ftp://x"), ("MANGO_CRM_URL", "crm"), ("MANGO_EXTENSION", "abc")]
    {
        let mango = home.mango(["-o", "json", "call", "+74950000020"]).env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT);
        let said = mango.env(name, value).said().exits(2);
        assert!(said.error()["message"].as_str().unwrap().contains(value), "{said}");
    }
}
