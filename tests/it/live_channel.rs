//! The live channel: who is there and where they are reaches every open page, and nothing else does.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Crowd, Desk, Live, Server, eventually, place};

const METHODS: &str = "manuscript/methods";
const SECOND: Duration = Duration::from_secs(1);
/// A closed tab's person stays for three seconds; they are looked after four times a second.
const GRACE: std::ops::Range<Duration> = Duration::from_millis(2500)..Duration::from_secs(5);

fn shows(name: &'static str, where_: &'static str) -> impl Fn(&Crowd) -> bool {
    move |crowd| place(crowd, name) == where_
}

/// True for news of somebody.
fn about(user: i64) -> impl Fn(&Value) -> bool {
    move |said| said["user_id"] == user || said["user"]["user_id"] == user
}

/// Waits until somebody is gone; how long that took.
#[track_caller]
fn goes(live: &mut Live, name: &'static str) -> Duration {
    live.sees_within(Duration::from_secs(8), "gone", |crowd| {
        !crowd.contains_key(name)
    })
}

fn pair(server: &Server) -> (Desk, Desk) {
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    (alice, bob)
}

#[test]
fn the_first_message_says_who_one_is_and_who_is_there() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    bob.poll(ABSTRACT).expect(200);
    let live = alice.live();
    assert_eq!(live.you(), alice.user());
    assert_eq!(live.welcome["role"], "owner");
    let names: Vec<_> = live.crowd.keys().collect();
    assert_eq!(names, ["alice", "bob"]);
    assert_eq!(place(&live.crowd, "bob"), "manuscript/abstract viewing");
    let user = &live.welcome["users"][1];
    let fields: Vec<&String> = user.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "avatar_color",
            "last_seen",
            "section",
            "state",
            "user_id",
            "username"
        ]
    );
    assert_eq!(user, &bob.present()[1]);
    assert_eq!(bob.live().welcome["role"], "editor");
}

#[test]
fn a_move_reaches_everybody_oneself_included_in_under_a_second() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let guest = server.browser().join(&alice.link("viewer").1);
    let mut lives = [alice.live(), bob.live(), guest.live()];
    for (section, state) in [
        (ABSTRACT, "editing"),
        (METHODS, "viewing"),
        (METHODS, "idle"),
        ("shared/title", "editing"),
    ] {
        lives[1].is_in(section, state);
        let expected = format!("{section} {state}");
        for live in &mut lives {
            live.sees_within(SECOND, &expected, |crowd| place(crowd, "bob") == expected);
        }
    }
    lives[1].say(&json!({ "type": "presence", "section": null, "state": "viewing" }));
    lives[0].sees_within(SECOND, "in no section", shows("bob", "nowhere viewing"));
    // Who may not write is not editing.
    lives[2].is_in(ABSTRACT, "editing");
    let name = "visitor-001";
    lives[0].sees_within(SECOND, "the guest", |crowd| {
        place(crowd, name) == "manuscript/abstract viewing"
    });
    assert_eq!(alice.present().len(), 3);
}

#[test]
fn what_has_not_changed_is_not_told() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let (mut live, bob_live) = (alice.live(), bob.live());
    bob_live.is_in(ABSTRACT, "viewing");
    live.sees("bob", shows("bob", "manuscript/abstract viewing"));
    for _ in 0..5 {
        bob_live.is_in(ABSTRACT, "viewing");
    }
    bob.poll(ABSTRACT).expect(200);
    live.is_not_told(SECOND, "again", about(bob.user()));
}

#[test]
fn a_closed_tab_is_gone_after_the_grace_and_not_before() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let mut live = alice.live();
    for end in [Live::close, Live::cut] {
        let tab = bob.live();
        tab.is_in(ABSTRACT, "editing");
        live.sees("bob", shows("bob", "manuscript/abstract editing"));
        end(&tab);
        let took = goes(&mut live, "bob");
        assert!(GRACE.contains(&took), "{took:?}");
        assert_eq!(alice.present_names(), ["alice"]);
    }
}

#[test]
fn a_reload_is_not_told() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let mut live = alice.live();
    let mut tab = bob.live();
    tab.is_in(ABSTRACT, "viewing");
    live.sees("bob", shows("bob", "manuscript/abstract viewing"));
    for _ in 0..3 {
        tab.close();
        tab.ends();
        tab = bob.live();
        assert_eq!(place(&tab.crowd, "bob"), "manuscript/abstract viewing");
        tab.is_in(ABSTRACT, "viewing");
    }
    live.is_not_told(GRACE.end, "of a reload", about(bob.user()));
    // Within the grace, and elsewhere: one piece of news.
    tab.close();
    tab.ends();
    let tab = bob.live();
    tab.is_in(METHODS, "viewing");
    let news = live.hears("bob", about(bob.user()));
    assert_eq!(news["user"]["section"], METHODS);
    live.is_not_told(GRACE.end, "of the closed tab", about(bob.user()));
}

#[test]
fn several_tabs_are_one_person_and_closing_one_leaves_the_others() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let mut live = alice.live();
    let (first, second) = (bob.live(), bob.live());
    first.is_in(ABSTRACT, "viewing");
    live.sees("the first tab", shows("bob", "manuscript/abstract viewing"));
    second.is_in(METHODS, "editing");
    live.sees("the second", shows("bob", "manuscript/methods editing"));
    assert_eq!(alice.present_names(), ["alice", "bob"]);
    first.is_in(ABSTRACT, "editing");
    live.sees(
        "the first again",
        shows("bob", "manuscript/abstract editing"),
    );
    // A tab that is hidden is not the one somebody works in.
    second.is_in(METHODS, "idle");
    live.is_not_told(SECOND / 2, "of the hidden tab", about(bob.user()));
    let start = Instant::now();
    first.close();
    let next = live.hears("where the other is", about(bob.user()));
    assert_eq!(
        (&next["user"]["section"], &next["user"]["state"]),
        (&json!(METHODS), &json!("idle"))
    );
    assert!(start.elapsed() < GRACE.end);
    live.is_not_told(SECOND, "that he is gone", about(bob.user()));
    second.close();
    assert!(GRACE.contains(&goes(&mut live, "bob")));
}

#[test]
fn a_tab_beside_one_who_polls_keeps_them_there() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let mut live = alice.live();
    let tab = bob.live();
    bob.poll(ABSTRACT).expect(200);
    live.sees("bob", shows("bob", "manuscript/abstract viewing"));
    tab.close();
    live.is_not_told(GRACE.end, "that he is gone", |said| said["type"] == "gone");
    server.advance(Duration::from_secs(125));
    goes(&mut live, "bob");
}

#[test]
fn who_polls_and_who_has_a_socket_see_each_other() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let mut live = alice.live();
    live.is_in(METHODS, "viewing");
    bob.poll(ABSTRACT).expect(200);
    live.sees_within(
        SECOND,
        "bob polls",
        shows("bob", "manuscript/abstract viewing"),
    );
    assert_eq!(bob.present_names(), ["alice", "bob"]);
    server.advance(Duration::from_secs(121));
    live.sees_within(SECOND * 2, "bob is silent", |crowd| {
        !crowd.contains_key("bob")
    });
    assert_eq!(bob.present_names(), ["alice"], "a socket needs no updates");
    // Who has a page open is seen now, whenever that is.
    bob.poll(ABSTRACT).expect(200);
    let people = bob.present();
    let minute = |user: &Value| user["last_seen"].as_str().unwrap()[..16].to_owned();
    assert_eq!(minute(&people[0]), minute(&people[1]));
}

#[test]
fn editing_ends_half_a_minute_after_the_last_word_of_it() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let (mut live, tab) = (alice.live(), bob.live());
    tab.is_in(ABSTRACT, "editing");
    live.sees("editing", shows("bob", "manuscript/abstract editing"));
    server.advance(Duration::from_secs(25));
    tab.is_in(ABSTRACT, "editing");
    live.is_not_told(SECOND, "a change", about(bob.user()));
    server.advance(Duration::from_secs(25));
    live.is_not_told(SECOND, "a change", about(bob.user()));
    server.advance(Duration::from_secs(6));
    live.sees("viewing", shows("bob", "manuscript/abstract viewing"));
    // A save says it as well.
    bob.write(ABSTRACT, "a word\n");
    live.sees("editing", shows("bob", "manuscript/abstract editing"));
}

#[test]
fn what_is_saved_is_told_with_its_version_and_by_whom() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let mut live = alice.live();
    let mut heard = |what: &str, version: u64, by: i64| {
        let said = live.hears_a("text");
        let expected = json!({ "type": "text", "section": ABSTRACT, "version": version, "by": by });
        assert_eq!(said, expected, "{what}");
    };
    let version = bob.write(ABSTRACT, "one\n");
    heard("a save", version, bob.user());
    let saved = bob
        .save_sections(&json!({ ABSTRACT: "two\n" }), &json!({}))
        .expect(200);
    heard(
        "several",
        saved.json()["versions"][ABSTRACT].as_u64().unwrap(),
        bob.user(),
    );
    let restored = alice.browser.post(
        &alice.api("history/1/restore/"),
        &json!({ "section": ABSTRACT }),
    );
    heard(
        "a restore",
        restored.expect(200).json()["version"].as_u64().unwrap(),
        alice.user(),
    );
    bob.browser
        .post(&bob.section(ABSTRACT), &json!({ "content": "four\n" }))
        .expect(200);
    heard("by POST", bob.read(ABSTRACT).1, bob.user());
}

#[test]
fn changes_of_the_outline_are_told() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let mut live = alice.live();
    bob.add("manuscript", "outlook").expect(201);
    live.hears_a("outline");
    for change in [
        json!({ "name": "summary" }),
        json!({ "position": 0 }),
        json!({ "included": false }),
    ] {
        let id = if change["name"].is_string() {
            "manuscript/outlook"
        } else {
            "manuscript/summary"
        };
        bob.change(id, &change).expect(200);
        live.hears_a("outline");
    }
    bob.delete("manuscript/summary").expect(200);
    live.hears_a("outline");
    bob.delete("manuscript/summary").expect(404);
    live.is_not_told(SECOND / 2, "of what was refused", |said| {
        said["type"] == "outline"
    });
}

#[test]
fn nothing_is_told_in_other_projects() {
    let server = Server::start();
    let (alice, bob) = pair(&server);
    let (own, mut elsewhere) = (alice.create("Other"), alice.create("Other 2").live());
    let mut same_person = own.live();
    elsewhere.takes_in();
    same_person.takes_in();
    let tab = bob.live();
    tab.is_in(ABSTRACT, "editing");
    bob.write(ABSTRACT, "secret\n");
    bob.add("manuscript", "outlook").expect(201);
    tab.close();
    for live in [&mut elsewhere, &mut same_person] {
        live.is_not_told(SECOND, "of another project", |said| {
            said["user"]["username"] != "alice"
        });
    }
    // Somebody may be in two projects at once.
    let here = alice.live();
    here.is_in(ABSTRACT, "viewing");
    same_person.is_in(METHODS, "viewing");
    same_person.sees(
        "its own place",
        shows("alice", "manuscript/methods viewing"),
    );
    eventually("here she is here", || {
        bob.present()[0]["section"] == ABSTRACT
    });
}

#[test]
fn two_hundred_in_one_project_see_each_other() {
    let server = Server::start();
    let alice = server.member("alice");
    let mut lives: Vec<Live> = (0..200).map(|_| alice.live()).collect();
    let bob = server.member("bob").on(alice.project);
    alice.share("bob", "editor");
    let tab = bob.live();
    let start = Instant::now();
    tab.is_in(ABSTRACT, "editing");
    for live in &mut lives {
        live.sees("bob", shows("bob", "manuscript/abstract editing"));
    }
    assert!(start.elapsed() < SECOND * 5, "{:?}", start.elapsed());
    lives.truncate(1);
    lives[0].is_not_told(GRACE.end, "that alice is gone", |said| {
        said["type"] == "gone"
    });
    assert_eq!(bob.present_names(), ["alice", "bob"]);
}
