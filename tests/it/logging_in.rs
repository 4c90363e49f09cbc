//! Logging in and out: who gets in, what becomes of a visitor's work, cookies, redirects, limits on attempts.

use serde_json::json;

use crate::harness::{ABSTRACT, Browser, Desk, Launch, PASSWORD, Request, Server, at_once};

fn log_in_page(server: &Server) -> Browser {
    let browser = server.browser();
    browser.get("/auth/login/").expect(200);
    browser
}

#[test]
fn the_right_password_opens_the_account_and_a_wrong_one_does_not() {
    let server = Server::start();
    let member = server.member("alice");
    member.write(ABSTRACT, "hers\n");
    let browser = log_in_page(&server);
    for (name, password) in [
        ("alice", "wrong horse battery"),
        ("alice", ""),
        ("nobody", PASSWORD),
        ("visitor-001", PASSWORD),
        ("", PASSWORD),
        ("../alice", PASSWORD),
    ] {
        browser
            .post(
                "/auth/login/",
                &json!({ "username": name, "password": password }),
            )
            .refused(401, "wrong_credentials");
    }
    let before = browser.cookie("sessionid");
    let account = browser.log_in(" ALICE").expect(200).json();
    assert_eq!(account["username"], "alice");
    assert_ne!(browser.cookie("sessionid"), before);
    let desk = browser.desk();
    assert_eq!(desk.project, member.project);
    assert_eq!(desk.text(ABSTRACT), "hers\n");
    // The other browser stays signed in.
    assert_eq!(member.text(ABSTRACT), "hers\n");
}

#[test]
fn logging_out_ends_the_session_and_takes_the_cookies_away() {
    let server = Server::start();
    let desk = server.member("alice");
    let copy = desk.browser.clone();
    let page = desk.browser.get("/auth/logout/").expect(200);
    assert!(page.text().contains("alice"));
    assert_eq!(copy.session()["username"], "alice", "asking is not doing");
    let answer = desk.browser.form("/auth/logout/", &[]).expect(303);
    assert_eq!(answer.header("location"), Some("/auth/login/"));
    assert_eq!(desk.browser.cookie("sessionid"), None);
    assert_eq!(desk.browser.cookie("csrftoken"), None);
    copy.get("/writer/api/session/")
        .refused(401, "session_expired");
    let stale = Desk {
        browser: copy,
        project: desk.project,
    };
    stale.get(ABSTRACT).refused(401, "session_expired");
}

#[test]
fn logging_out_as_a_visitor_does_not_cost_the_work() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "stays\n");
    desk.browser.form("/auth/logout/", &[]).expect(303);
    assert_eq!(desk.text(ABSTRACT), "stays\n");
}

#[test]
fn a_script_that_logs_a_visitor_in_brings_the_work_along() {
    let server = Launch::new().pool(1).start();
    let member = server.member("alice");
    member.write(ABSTRACT, "the account's own\n");
    let desk = server.visitor();
    desk.write(ABSTRACT, "brought along\n");
    let account = desk.browser.log_in("alice").expect(200).json();
    assert_eq!(account["project_id"].as_i64(), Some(desk.project));
    assert_eq!(account["project"], "default-project-2");
    assert_eq!(desk.text(ABSTRACT), "brought along\n");
    desk.file_holds(&server, ABSTRACT, "brought along\n");
    assert_eq!(member.text(ABSTRACT), "the account's own\n");
    member.file_holds(&server, ABSTRACT, "brought along\n");
}

#[test]
fn a_form_brings_the_work_along_if_the_box_is_ticked_and_parks_it_if_not() {
    let server = Server::start();
    let member = server.member("alice");
    for (bring, brought) in [(Some("yes"), true), (None, false)] {
        let desk = server.visitor();
        desk.write(ABSTRACT, "a visitor's\n");
        desk.file_holds(&server, ABSTRACT, "a visitor's\n");
        let page = desk.browser.get("/auth/login/").expect(200).text();
        assert!(page.contains("name=\"bring\""), "the page offers it");
        let mut fields = vec![("username", "alice"), ("password", PASSWORD)];
        fields.extend(bring.map(|bring| ("bring", bring)));
        desk.browser.form("/auth/login/", &fields).expect(303);
        assert_eq!(desk.browser.session()["username"], "alice");
        let parked = server.data(&format!(".scitex-writer/parked/{}", desk.project));
        assert_eq!(parked.exists(), !brought);
        if brought {
            assert_eq!(desk.text(ABSTRACT), "a visitor's\n");
        } else {
            desk.get(ABSTRACT).refused(404, "project_not_found");
            let file = parked.join("scitex/writer/sections/manuscript/abstract.tex");
            assert_eq!(std::fs::read_to_string(file).unwrap(), "a visitor's\n");
        }
    }
    assert!(member.text(ABSTRACT).contains("abstract"));
}

#[test]
fn a_visitor_who_has_written_nothing_gives_the_slot_back_on_log_in() {
    let server = Launch::new().pool(1).start();
    let member = server.member("alice");
    let desk = server.visitor();
    let page = desk.browser.get("/auth/login/").expect(200).text();
    assert!(!page.contains("name=\"bring\""), "nothing to bring");
    let account = desk.browser.log_in("alice").expect(200).json();
    assert_eq!(account["project_id"].as_i64(), Some(member.project));
    crate::harness::eventually("the slot is free again", || {
        let status = server.browser().get("/writer/api/pool/status/").json();
        status["free"] == 1
    });
}

#[test]
fn the_first_log_ins_of_a_new_account_at_once_all_open_its_one_project() {
    let server = Launch::new().pool(0).start();
    for round in 0..5 {
        let name = format!("alice-{round}");
        let add = ["user", "add", &name, "--password-stdin"];
        server.cli_with(&add, PASSWORD).ok();
        let browsers: Vec<_> = (0..3).map(|_| log_in_page(&server)).collect();
        let answers = at_once(3, |number| browsers[number].log_in(&name));
        let projects: Vec<_> = answers
            .into_iter()
            .map(|answer| answer.expect(200).json()["project_id"].as_i64().unwrap())
            .collect();
        assert_eq!(projects, [projects[0]; 3], "round {round}");
    }
}

#[test]
fn cookies_are_out_of_reach_for_scripts_and_other_sites() {
    let server = Server::start();
    let answer = server.browser().get("/writer/").expect(200);
    let cookie = |name: &str| {
        let mut cookies = answer.all("set-cookie");
        cookies
            .find(|set| set.starts_with(&format!("{name}=")))
            .unwrap()
            .to_owned()
    };
    let session = cookie("sessionid");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(session.contains(attribute), "{session}");
    }
    assert!(!session.contains("Secure") && !session.contains("Domain"));
    let csrf = cookie("csrftoken");
    assert!(!csrf.contains("HttpOnly") && csrf.contains("SameSite=Lax"));
}

#[test]
fn cookies_are_secure_if_a_trusted_proxy_says_https_and_only_then() {
    let secure = |server: &Server, path: &str| {
        let request = Request::new("GET", path)
            .header("Accept", "text/html")
            .header("X-Forwarded-Proto", "https");
        let answer = server.browser().send(request);
        let cookies: Vec<_> = answer.all("set-cookie").collect();
        assert_eq!(cookies.len(), 2);
        cookies.iter().all(|cookie| cookie.contains("; Secure"))
    };
    let plain = Server::start();
    let behind = Launch::new().arg("--trust-proxy", "127.0.0.1/32").start();
    let elsewhere = Launch::new().arg("--trust-proxy", "10.0.0.0/8").start();
    for path in ["/writer/", "/auth/login/", "/auth/signup/"] {
        assert!(!secure(&plain, path));
        assert!(secure(&behind, path));
        assert!(!secure(&elsewhere, path));
    }
}

#[test]
fn nobody_is_sent_to_another_site_after_logging_in() {
    let server = Server::start();
    server.member("alice");
    for (next, to) in [
        ("/writer/project/1/", "/writer/project/1/"),
        ("https://evil.example/", "/writer/"),
        ("//evil.example/", "/writer/"),
        ("/\\evil.example/", "/writer/"),
        ("/writer/\\evil.example", "/writer/"),
        ("javascript:alert(1)", "/writer/"),
        ("/writer/\r\nSet-Cookie: a=b", "/writer/"),
        ("", "/writer/"),
    ] {
        let browser = log_in_page(&server);
        let answer = browser.form(
            "/auth/login/",
            &[
                ("username", "alice"),
                ("password", PASSWORD),
                ("next", next),
            ],
        );
        assert_eq!(answer.expect(303).header("location"), Some(to), "{next:?}");
        assert_eq!(answer_cookie(&browser), 43);
    }
}

fn answer_cookie(browser: &Browser) -> usize {
    browser.cookie("sessionid").unwrap().len()
}

#[test]
fn attempts_from_one_address_are_limited() {
    let server = Launch::new().attempts(3).start();
    let browser = log_in_page(&server);
    for _ in 0..3 {
        browser.log_in("nobody").refused(401, "wrong_credentials");
    }
    let answer = browser.log_in("nobody");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    answer.refused(429, "too_many_attempts");
    browser
        .sign_up("somebody")
        .refused(429, "too_many_attempts");
    let page = browser.form(
        "/auth/login/",
        &[("username", "nobody"), ("password", PASSWORD)],
    );
    assert!(page.header("retry-after").is_some());
    assert!(page.expect(429).text().contains("Too many attempts"));
}

#[test]
fn attempts_at_one_account_are_limited_wherever_they_come_from() {
    let server = Launch::new().arg("--trust-proxy", "127.0.0.1/32").start();
    let browser = log_in_page(&server);
    let mut statuses = Vec::new();
    for number in 0..14 {
        let body = json!({ "username": "Victim", "password": "guess guess guess" });
        let request = Request::new("POST", "/auth/login/")
            .header("X-Forwarded-For", format!("203.0.113.{number}"))
            .body("application/json", body.to_string());
        statuses.push(browser.send(request).status);
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[11..], [429; 3]);
}

#[test]
fn a_forged_forwarded_address_does_not_lift_the_limit() {
    let server = Launch::new().attempts(2).start();
    let browser = log_in_page(&server);
    let statuses: Vec<_> = (0..4)
        .map(|number| {
            let body = json!({ "username": format!("n{number}"), "password": PASSWORD });
            let request = Request::new("POST", "/auth/login/")
                .header("X-Forwarded-For", format!("203.0.113.{number}"))
                .body("application/json", body.to_string());
            browser.send(request).status
        })
        .collect();
    assert_eq!(statuses, [401, 401, 429, 429]);
}

#[test]
fn what_a_link_brings_along_cannot_break_out_of_the_page() {
    let server = Server::start();
    let browser = server.browser();
    for page in ["login", "signup"] {
        for hostile in [
            "/writer/\"><script>alert(1)</script>",
            "/writer/'onfocus='alert(1)",
        ] {
            let next: String = hostile.bytes().map(|byte| format!("%{byte:02x}")).fold(
                String::new(),
                |mut all, one| {
                    all.push_str(&one);
                    all
                },
            );
            let text = browser
                .get(&format!("/auth/{page}/?next={next}"))
                .expect(200)
                .text();
            assert!(!text.contains("<script>alert"), "{text}");
            assert!(!text.contains("'onfocus='"), "{text}");
        }
        browser
            .get(&format!("/auth/{page}/?next=%ff%00"))
            .expect(200);
    }
}

#[test]
fn a_lapsed_visitor_who_logs_in_can_bring_the_parked_work_along() {
    let server = Server::start();
    server.member("alice");
    let desk = server.visitor();
    desk.write(ABSTRACT, "parked\n");
    server.advance(std::time::Duration::from_hours(25));
    crate::harness::eventually("the work is parked", || {
        server
            .data(&format!(".scitex-writer/parked/{}", desk.project))
            .exists()
    });
    let account = desk.browser.log_in("alice").expect(200).json();
    assert_eq!(account["project_id"].as_i64(), Some(desk.project));
    assert_eq!(desk.text(ABSTRACT), "parked\n");
    desk.file_holds(&server, ABSTRACT, "parked\n");
}
