//! SIGINT and SIGTERM: requests in progress are answered, files are written, and it ends within a bound whatever
//! clients hold open.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{ABSTRACT, Launch, Request, Server, eventually, within};

/// The drain's ten seconds and a little.
const BOUND: Duration = Duration::from_secs(14);

#[track_caller]
fn ends_well(server: &mut Server, bound: Duration) {
    let started = Instant::now();
    let status = server.ended(bound);
    assert_eq!(
        status.and_then(|status| status.code()),
        Some(0),
        "after {:?}: {status:?}; log:\n{}",
        started.elapsed(),
        server.log()
    );
}

#[test]
fn both_signals_end_it_at_once_and_well() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut server = Server::start();
        let desk = server.visitor();
        let file = desk.section_file(&server, ABSTRACT);
        desk.write(ABSTRACT, "written a moment ago\n");
        server.signal(signal);
        ends_well(&mut server, Duration::from_secs(3));
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            "written a moment ago\n"
        );
    }
}

#[test]
fn an_idle_connection_holds_nothing_up() {
    let mut server = Server::start();
    let mut idle = TcpStream::connect(server.address()).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let mut answer = [0; 4096];
    assert!(idle.read(&mut answer).unwrap() > 0);
    let untouched = TcpStream::connect(server.address()).unwrap();
    server.signal(Signal::TERM);
    ends_well(&mut server, Duration::from_secs(4));
    drop((idle, untouched));
}

#[test]
fn half_a_request_holds_it_up_no_longer_than_the_bound() {
    let mut server = Server::start();
    let desk = server.visitor();
    let file = desk.section_file(&server, ABSTRACT);
    desk.write(ABSTRACT, "unflushed\n");
    let mut head = TcpStream::connect(server.address()).unwrap();
    head.write_all(b"GET /healthz HTTP/1.1\r\nHost:").unwrap();
    let request = desk
        .browser
        .dress(desk.saving(ABSTRACT, "never arrives whole", None));
    let bytes = request.bytes(server.address());
    let mut body = TcpStream::connect(server.address()).unwrap();
    body.write_all(&bytes[..bytes.len() - 5]).unwrap();
    server.signal(Signal::TERM);
    // Supervisors lose patience after ten seconds; the text is in the file long before.
    let flushed = within(Duration::from_secs(4), || {
        std::fs::read_to_string(&file).is_ok_and(|text| text == "unflushed\n")
    });
    assert!(flushed);
    ends_well(&mut server, BOUND);
    drop((head, body));
}

#[test]
fn a_request_in_progress_is_answered_and_new_ones_are_not_taken() {
    let mut server = Server::start();
    let desk = server.visitor();
    desk.read(ABSTRACT);
    let request = desk
        .browser
        .dress(desk.saving(ABSTRACT, "just in time\n", None));
    let bytes = request.bytes(server.address());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let (first, rest) = bytes.split_at(bytes.len() - 5);
    stream.write_all(first).unwrap();
    within(Duration::from_millis(100), || false);
    server.signal(Signal::TERM);
    eventually("new connections are refused", || {
        TcpStream::connect(server.address()).is_err()
    });
    stream.write_all(rest).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    ends_well(&mut server, Duration::from_secs(4));
    server.start_again();
    assert_eq!(desk.text(ABSTRACT), "just in time\n");
    desk.file_holds(&server, ABSTRACT, "just in time\n");
}

#[test]
fn a_stop_under_load_loses_nothing_that_was_acknowledged() {
    let mut server = Server::start();
    let desks = [server.visitor(), server.visitor()];
    let last: Vec<Option<String>> = std::thread::scope(|scope| {
        let writers: Vec<_> = desks
            .iter()
            .map(|desk| {
                scope.spawn(move || {
                    let mut last = None;
                    for round in 0.. {
                        let text = format!("round {round}\n");
                        let sent = desk.browser.try_send(desk.saving(ABSTRACT, &text, None));
                        match sent {
                            Ok(answer) if answer.status == 200 => last = Some(text),
                            Ok(answer) if answer.status == 503 => break,
                            Ok(answer) => panic!("{}", answer.text()),
                            Err(_) => break,
                        }
                    }
                    last
                })
            })
            .collect();
        within(Duration::from_millis(300), || false);
        server.signal(Signal::TERM);
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    ends_well(&mut server, BOUND);
    let files: Vec<_> = (1..=2)
        .map(|number| {
            let path = format!(
                "visitor-{number:03}/default-project/scitex/writer/sections/manuscript/abstract.tex"
            );
            std::fs::read_to_string(server.data(&path)).unwrap()
        })
        .collect();
    server.start_again();
    for ((desk, last), file) in desks.iter().zip(last).zip(files) {
        let last = last.unwrap();
        // What was stored and not answered may have come after it.
        let number =
            |text: &str| -> u32 { text.trim().strip_prefix("round ").unwrap().parse().unwrap() };
        assert!(number(&desk.text(ABSTRACT)) >= number(&last));
        assert_eq!(desk.text(ABSTRACT), file);
    }
}

#[test]
fn connections_beyond_the_limit_wait_and_are_served_in_turn() {
    let server = Launch::new().arg("--max-connections", "2").start();
    let idle = TcpStream::connect(server.address()).unwrap();
    let statuses = crate::harness::at_once(12, |_| {
        Request::new("GET", "/healthz")
            .try_send(server.address())
            .unwrap()
            .status
    });
    assert_eq!(statuses, [200; 12]);
    drop(idle);
}

#[test]
fn a_thousand_connections_that_say_nothing_do_not_keep_others_out() {
    let server = Server::start();
    let silent: Vec<_> = (0..1000)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    server.browser().get("/healthz").expect(200);
    server.visitor();
    drop(silent);
}
