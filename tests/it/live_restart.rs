//! Open pages while the server stops, and after it has been started again.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{ABSTRACT, Desk, Live, Request, Server, eventually, place};

const METHODS: &str = "manuscript/methods";

fn three(server: &Server) -> [Desk; 3] {
    let (alice, [bob, carol]) = server.team("alice", [("bob", "editor"), ("carol", "viewer")]);
    [alice, bob, carol]
}

fn tells_of_coming_or_going(said: &Value) -> bool {
    said["type"] == "gone" || said["type"] == "presence"
}

#[test]
fn pages_are_told_that_the_server_stops_and_do_not_hold_it_up() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::start();
        let [alice, bob, carol] = three(&server);
        let mut lives: Vec<Live> = (0..20).map(|_| alice.live()).collect();
        lives.push(bob.live());
        let silent = carol.live_over_a_narrow_line();
        silent.stop_reading();
        let start = Instant::now();
        server.signal(signal);
        for live in &mut lives {
            live.is_sent_away("shutting_down", 1012);
        }
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
        let status = server.ended(Duration::from_secs(5));
        assert!(
            status.is_some_and(|status| status.success()),
            "{status:?} after {:?}",
            start.elapsed()
        );
        assert!(!server.log().contains("were cut off"));
    }
}

#[test]
fn a_request_in_progress_is_answered_although_sockets_are_open() {
    use std::io::{Read as _, Write as _};
    let mut server = Server::start();
    let [alice, bob, _] = three(&server);
    let mut live = alice.live();
    bob.read(ABSTRACT);
    let request = bob
        .browser
        .dress(bob.saving(ABSTRACT, "just in time\n", None));
    let bytes = request.bytes(server.address());
    let (first, rest) = bytes.split_at(bytes.len() - 5);
    let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
    stream.write_all(first).unwrap();
    crate::harness::within(Duration::from_millis(100), || false);
    server.signal(Signal::TERM);
    live.is_sent_away("shutting_down", 1012);
    stream.write_all(rest).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(server.ended(Duration::from_secs(5)).is_some());
    server.start_again();
    assert_eq!(alice.text(ABSTRACT), "just in time\n");
}

#[test]
fn a_handshake_that_is_finished_while_it_stops_holds_nothing_up() {
    use std::io::{Read as _, Write as _};
    let mut server = Server::start();
    let [alice, ..] = three(&server);
    let mut live = alice.live();
    let request = Request::new("GET", &alice.api("live/"))
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    let bytes = alice.browser.dress(request).bytes(server.address());
    let bytes = String::from_utf8(bytes).unwrap();
    let bytes = bytes.replacen("Connection: close", "Connection: Upgrade", 1);
    let (first, rest) = bytes.split_at(bytes.len() - 2);
    let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    crate::harness::within(Duration::from_millis(100), || false);
    server.signal(Signal::TERM);
    live.is_sent_away("shutting_down", 1012);
    let _ = stream.write_all(rest.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let status = server.ended(Duration::from_secs(5));
    assert!(status.is_some_and(|status| status.success()), "{status:?}");
}

/// Stops and starts it; everybody but carol comes back, bob a little later.
fn comes_back(stop: impl Fn(&mut Server)) {
    let mut server = Server::start();
    let [alice, bob, carol] = three(&server);
    let (alice_tab, bob_tab, carol_tab) = (alice.live(), bob.live(), carol.live());
    alice_tab.is_in(ABSTRACT, "editing");
    bob_tab.is_in(METHODS, "viewing");
    carol_tab.is_in(METHODS, "viewing");
    let written =
        "SELECT count(*) FROM writer_presence WHERE is_active AND current_section IS NOT NULL";
    eventually("all places are written down", || server.count(written) == 3);
    stop(&mut server);
    server.start_again();

    let mut live = alice.live();
    let names: Vec<_> = live.crowd.keys().cloned().collect();
    assert_eq!(names, ["alice", "bob", "carol"]);
    assert_eq!(place(&live.crowd, "bob"), format!("{METHODS} viewing"));
    assert_eq!(
        place(&live.crowd, "alice"),
        format!("{ABSTRACT} viewing"),
        "it is not known that she typed"
    );
    live.is_in(ABSTRACT, "viewing");
    server.advance(Duration::from_secs(20));
    live.is_not_told(
        Duration::from_secs(1),
        "that somebody has gone",
        tells_of_coming_or_going,
    );
    let bob_tab = bob.live();
    bob_tab.is_in(METHODS, "viewing");
    live.is_not_told(
        Duration::from_secs(1),
        "of one who is back",
        tells_of_coming_or_going,
    );
    server.advance(Duration::from_secs(26));
    let gone = live.hears("who has not come back", tells_of_coming_or_going);
    assert_eq!(
        (&gone["type"], gone["user_id"].as_i64()),
        (&"gone".into(), Some(carol.user()))
    );
    live.is_not_told(
        Duration::from_secs(1),
        "that anyone else has gone",
        tells_of_coming_or_going,
    );
    assert_eq!(alice.present_names(), ["alice", "bob"]);
}

#[test]
fn after_a_restart_everybodys_list_is_right_and_nobody_who_comes_back_was_gone() {
    comes_back(Server::stop);
}

#[test]
fn after_a_kill_too() {
    comes_back(Server::kill);
}

#[test]
fn who_had_gone_before_the_stop_is_not_there_after_it() {
    let mut server = Server::start();
    let [alice, bob, carol] = three(&server);
    let mut live = alice.live();
    let tab = bob.live();
    tab.is_in(METHODS, "viewing");
    carol.poll(METHODS).expect(200);
    live.sees("both", |crowd| crowd.len() == 3);
    tab.close();
    alice.remove_member(carol.user()).expect(200);
    live.sees("alone", |crowd| crowd.len() == 1);
    server.stop();
    server.start_again();
    let live = alice.live();
    assert_eq!(live.crowd.keys().collect::<Vec<_>>(), ["alice"]);
}

#[test]
fn rights_that_ended_while_it_was_down_are_not_restored() {
    let mut server = Server::start();
    let [alice, bob, _] = three(&server);
    let (tab, _live) = (bob.live(), alice.live());
    tab.is_in(METHODS, "viewing");
    let written =
        "SELECT count(*) FROM writer_presence WHERE is_active AND current_section IS NOT NULL";
    eventually("it is written down", || server.count(written) == 1);
    server.kill();
    server.cli(&["user", "remove", "bob", "--yes"]).ok();
    server.start_again();
    let mut live = alice.live();
    assert_eq!(live.crowd.keys().collect::<Vec<_>>(), ["alice"]);
    live.is_not_told(Duration::from_secs(2), "of bob", |said| {
        said["type"] == "gone"
    });
}
