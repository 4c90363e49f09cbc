//! Pages that say what they should not, say too much, or are not there any more although their line is: it costs them
//! their socket at most, and the others nothing.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Desk, Live, Request, Server, place, raw};

const SECOND: Duration = Duration::from_secs(1);

/// The code of the error that a message gets.
#[track_caller]
fn objection(live: &mut Live) -> String {
    let said = live.hears_a("error");
    assert!(
        said["error"].as_str().is_some_and(|error| error.len() > 10),
        "{said}"
    );
    said["code"].as_str().unwrap().to_owned()
}

/// The socket is as good as before.
#[track_caller]
fn still_works(live: &mut Live) {
    for section in ["manuscript/methods", ABSTRACT] {
        live.is_in(section, "viewing");
        let expected = format!("{section} viewing");
        live.sees_within(SECOND * 5, "its own place", |crowd| {
            place(crowd, "alice") == expected
        });
    }
}

#[test]
fn what_is_no_message_is_objected_to_and_the_socket_stays() {
    let server = Server::start();
    let mut live = server.member("alice").live();
    let deep = "[".repeat(8_000);
    let long = format!(
        "{{\"type\":\"presence\",\"section\":\"{}\"}}",
        "x".repeat(16_000)
    );
    for bad in [
        "",
        " ",
        "hello",
        "{",
        "[]",
        "[1,2]",
        "3",
        "null",
        "true",
        "\"pong\"",
        "{}",
        "{\"type\":null}",
        "{\"type\":3}",
        "{\"type\":[\"pong\"]}",
        "{\"section\":null}",
        "{'type':'pong'}",
        "{\"type\":\"pong\"",
        "{\"type\":\"pong\"}}",
        "{\"type\":\"presence\"}",
        "\u{0}",
        "\u{feff}{\"type\":\"pong\"}",
        deep.as_str(),
        long.as_str(),
    ] {
        live.send_text(bad);
        assert_eq!(objection(&mut live), "invalid_message", "{bad:.60}");
        std::thread::yield_now();
    }
    still_works(&mut live);
}

#[test]
fn wrong_types_and_values_are_objected_to() {
    let server = Server::start();
    let mut live = server.member("alice").live();
    let presence = |section: Value, state: Value| json!({ "type": "presence", "section": section, "state": state });
    for bad in [
        presence(json!(3), json!("viewing")),
        presence(json!([ABSTRACT]), json!("viewing")),
        presence(json!({ "id": ABSTRACT }), json!("viewing")),
        presence(json!(ABSTRACT), json!("Editing")),
        presence(json!(ABSTRACT), json!("writing")),
        presence(json!(ABSTRACT), json!(null)),
        presence(json!(ABSTRACT), json!(1)),
        json!({ "type": "presence", "section": ABSTRACT }),
    ] {
        live.say(&bad);
        assert_eq!(objection(&mut live), "invalid_message", "{bad}");
    }
    for unknown in [
        "", "Presence", "welcome", "gone", "ping", "cursor", "<script>",
    ] {
        live.say(&json!({ "type": unknown, "section": null, "state": "viewing" }));
        assert_eq!(objection(&mut live), "unknown_type", "{unknown}");
    }
    for bad in [
        "abstract",
        "manuscript/",
        "manuscript/../x",
        "nothing/abstract",
        "manuscript/a b",
        "manuscript/\0",
    ] {
        live.is_in(bad, "viewing");
        assert_eq!(objection(&mut live), "invalid_section", "{bad}");
    }
    live.is_in("manuscript/nothing", "viewing");
    assert_eq!(objection(&mut live), "section_not_found");
    live.send_bytes(br#"{"type":"pong"}"#.to_vec());
    assert_eq!(objection(&mut live), "invalid_message");
    live.send_bytes(vec![0xff; 1000]);
    assert_eq!(objection(&mut live), "invalid_message");
    // Nothing of all that has moved anyone.
    assert_eq!(place(&live.crowd, "alice"), "nowhere viewing");
    // What a later page may say besides is not held against it.
    live.say(&json!({ "type": "presence", "section": ABSTRACT, "state": "viewing", "cursor": 3 }));
    live.sees("the place", |crowd| {
        place(crowd, "alice") == "manuscript/abstract viewing"
    });
    still_works(&mut live);
}

#[test]
fn a_message_that_is_too_large_ends_the_socket_with_its_reason() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let mut other = bob.live();
    for size in [16 * 1024 + 1, 1024 * 1024, 64 * 1024 * 1024] {
        let mut live = alice.live();
        other.sees("alice", |crowd| crowd.contains_key("alice"));
        live.send_text(&"x".repeat(size));
        let ended = live.ends();
        // While the rest of a very long message is still on its way, the line may break before the reason is read.
        if size < 1024 * 1024 {
            assert_eq!(
                (ended.reason.as_str(), ended.code),
                ("message_too_large", 1009)
            );
        } else {
            assert!(matches!(ended.code, 0 | 1009), "{ended:?}");
        }
    }
    let resident = resident_kilobytes(&server);
    assert!(resident < 200_000, "{resident} kB");
    still_works(&mut alice.live());
}

#[test]
fn forty_messages_at_once_are_taken_and_many_more_are_too_many() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let (mut live, mut other) = (alice.live(), bob.live());
    other.sees("alice", |crowd| crowd.contains_key("alice"));
    for round in 0..35 {
        let section = if round % 2 == 0 {
            ABSTRACT
        } else {
            "manuscript/methods"
        };
        live.is_in(section, "viewing");
    }
    live.sees("the last", |crowd| {
        place(crowd, "alice") == "manuscript/abstract viewing"
    });
    live.is_not_told(SECOND * 3, "that it was too much", |said| {
        said["type"] == "error"
    });
    for _ in 0..300 {
        live.say(&json!({ "type": "pong" }));
    }
    live.is_sent_away("too_many_messages", 4429);
    other.sees_within(SECOND, "she is gone at once", |crowd| {
        !crowd.contains_key("alice")
    });
    still_works(&mut alice.live());
}

#[test]
fn whoever_freezes_or_is_cut_off_is_gone_within_fifteen_seconds_and_a_plain_script_is_not() {
    let server = Server::start();
    let names = [
        ("frozen", "editor"),
        ("stopped", "editor"),
        ("script", "editor"),
        ("page", "viewer"),
    ];
    let (alice, [frozen, stopped, script, page]) = server.team("alice", names);
    let mut live = alice.live();
    // The process is stopped, or its line is cut: nothing is read, nothing is answered.
    let stopped = stopped.live();
    // A page whose script hangs: its browser's network goes on answering the pings of the protocol.
    let mut frozen = frozen.live();
    // A small program that knows no `ping` message; its library answers for it.
    let script = script.live();
    let page = page.live();
    live.sees("all of them", |crowd| crowd.len() == 5);
    script.freeze();
    frozen.say(&json!({ "type": "pong" }));
    frozen.freeze();
    stopped.stop_reading();
    let start = Instant::now();
    live.sees_within(SECOND * 16, "the two are gone", |crowd| {
        !crowd.contains_key("frozen") && !crowd.contains_key("stopped")
    });
    let took = start.elapsed();
    assert!(took > SECOND * 8, "that was no time to answer in: {took:?}");
    assert!(took < Duration::from_millis(15_500), "{took:?}");
    let ended = frozen.ends();
    assert_eq!((ended.reason.as_str(), ended.code), ("frozen", 4408));
    live.is_not_told(SECOND * 4, "that the others are", |said| {
        said["type"] == "gone"
    });
    assert_eq!(
        live.crowd.keys().collect::<Vec<_>>(),
        ["alice", "page", "script"]
    );
    drop((script, page));
}

fn resident_kilobytes(server: &Server) -> u64 {
    let status =
        fs::read_to_string(format!("/proc/{}/status", server.pid().as_raw_nonzero())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Somebody moves to and fro by polling, many times over one connection.
fn storm(desk: &Desk, sections: [&str; 2], moves: usize) {
    let mut bytes = Vec::new();
    for number in 0..moves {
        let body = json!({ "section": sections[number % 2] }).to_string();
        let request =
            Request::new("POST", &desk.api("presence/update/")).body("application/json", body);
        let one = desk.browser.dress(request).bytes(desk.browser.address());
        let one = String::from_utf8(one).unwrap();
        let last = number + 1 == moves;
        let how = if last {
            "Connection: close"
        } else {
            "Connection: keep-alive"
        };
        bytes.extend(one.replacen("Connection: close", how, 1).into_bytes());
    }
    let answers = raw(desk.browser.address(), &bytes).unwrap();
    let answers = String::from_utf8(answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200").count(), moves);
}

#[test]
fn a_reader_that_is_too_slow_costs_the_others_nothing_and_is_sent_the_list_anew() {
    let server = Server::start();
    let [a, b, c] = [1, 2, 3].map(|number| format!("{}{number}", "a".repeat(38)));
    let (alice, [bob, slow, walker, one, two, three]) = server.team(
        "alice",
        [
            ("bob", "editor"),
            ("slow", "viewer"),
            ("walker", "viewer"),
            (a.as_str(), "viewer"),
            (b.as_str(), "viewer"),
            (c.as_str(), "viewer"),
        ],
    );
    let names = ["x", "y"].map(|letter| letter.repeat(64));
    for name in &names {
        alice.add("supplementary", name).expect(201);
    }
    let sections = names.map(|name| format!("supplementary/{name}"));
    let sections = [sections[0].as_str(), sections[1].as_str()];
    let mut fast = bob.live();
    let walker = walker.live();
    let mut slow = slow.live_over_a_narrow_line();
    fast.sees("all three", |crowd| crowd.len() == 3);
    slow.takes_in();
    slow.stop_reading();
    let before = resident_kilobytes(&server);
    // More than the kernel keeps for whoever does not read: some 4 MB.
    for round in 0..7 {
        std::thread::scope(|scope| {
            for desk in [&one, &two, &three] {
                scope.spawn(|| storm(desk, sections, 700));
            }
            let state = if round % 2 == 0 { "idle" } else { "viewing" };
            walker.is_in(ABSTRACT, state);
            let expected = format!("{ABSTRACT} {state}");
            fast.sees_within(SECOND * 2, "somebody moves meanwhile", |crowd| {
                place(crowd, "walker") == expected
            });
        });
        slow.say(&json!({ "type": "pong" }));
        fast.takes_in();
    }
    let grown = resident_kilobytes(&server).saturating_sub(before);
    assert!(grown < 20_000, "{grown} kB");
    one.poll(ABSTRACT).expect(200);
    slow.read_again();
    slow.hears_a("users");
    slow.sees("the newest", |crowd| {
        place(crowd, &a) == "manuscript/abstract viewing"
    });
    assert_eq!(slow.crowd.len(), 6);
    still_there(&mut slow, &two);
}

#[track_caller]
fn still_there(live: &mut Live, other: &Desk) {
    other.poll("manuscript/methods").expect(200);
    let user = other.user();
    live.hears("a move", |said| {
        said["user"]["user_id"] == user && said["user"]["section"] == "manuscript/methods"
    });
}
