//! Many people with many tabs come, move and go in an order that chance decides; whenever they pause, every page shows the
//! same people in the same places as a model that is easy to believe.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Desk, Live, Server, eventually, place};

const SECTIONS: [&str; 4] = [
    "manuscript/abstract",
    "manuscript/methods",
    "manuscript/results",
    "shared/title",
];
const NAMES: [&str; 4] = ["bob", "carol", "dora", "emil"];
const ROUNDS: usize = 6;
const STEPS: usize = 40;

/// A tab, or the last update by polling, and what it said last; `since` orders them.
#[derive(Clone, Debug)]
struct Sign {
    section: &'static str,
    state: &'static str,
    since: usize,
}

/// Somebody and what there is of them.
struct Person {
    desk: Desk,
    tabs: Vec<(Live, Sign)>,
    poll: Option<Sign>,
}

impl Person {
    /// The sign that counts is the newest that is not idle, else the newest.
    fn place(&self) -> String {
        let signs = self.tabs.iter().map(|(_, sign)| sign).chain(&self.poll);
        let newest = signs.max_by_key(|sign| (sign.state != "idle", sign.since));
        newest.map_or_else(String::new, |sign| {
            format!("{} {}", sign.section, sign.state)
        })
    }
}

/// Numbers that look like chance and are the same every time (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Says where the tab is and waits until the server has taken it in.
fn say(live: &mut Live, sign: &Sign) {
    live.is_in(sign.section, sign.state);
    live.say(&json!({ "type": "an answer, please" }));
    live.hears_a("error");
}

fn step(chance: &mut Chance, people: &mut [Person], since: usize) {
    let person = chance.below(people.len());
    let person = &mut people[person];
    let sign = Sign {
        section: chance.one(&SECTIONS),
        state: chance.one(&["viewing", "viewing", "idle"]),
        since,
    };
    let tabs = person.tabs.len();
    match chance.below(10) {
        0..2 if tabs < 3 => {
            let mut live = person.desk.live();
            say(&mut live, &sign);
            person.tabs.push((live, sign));
        }
        2..4 if tabs > 0 => {
            let (mut live, _) = person.tabs.swap_remove(chance.below(tabs));
            if chance.below(2) == 0 {
                live.close();
            } else {
                live.cut();
            }
            live.ends();
        }
        4 => {
            let body = json!({ "section": sign.section, "state": sign.state });
            person
                .desk
                .browser
                .post(&person.desk.api("presence/update/"), &body)
                .expect(200);
            person.poll = Some(sign);
        }
        _ if tabs > 0 => {
            let tab = chance.below(tabs);
            say(&mut person.tabs[tab].0, &sign);
            person.tabs[tab].1 = sign;
        }
        _ => {}
    }
}

fn play(seed: u64) {
    let server = Server::start();
    let (alice, desks) = server.team("alice", NAMES.map(|name| (name, "editor")));
    let mut people: Vec<Person> = desks
        .into_iter()
        .map(|desk| Person {
            desk,
            tabs: Vec::new(),
            poll: None,
        })
        .collect();
    let mut watcher = alice.live();
    let mut chance = Chance(seed);
    for round in 0..ROUNDS {
        for number in 0..STEPS {
            step(&mut chance, &mut people, round * STEPS + number);
        }
        // The grace of all that were closed is over.
        server.advance(Duration::from_secs(4));
        let mut expected: BTreeMap<String, String> = NAMES
            .iter()
            .zip(&people)
            .map(|(name, person)| ((*name).to_owned(), person.place()))
            .collect();
        expected.retain(|_, place| !place.is_empty());
        expected.insert("alice".to_owned(), "nowhere viewing".to_owned());
        let seen = |live: &mut Live| {
            live.takes_in();
            let names = live.crowd.keys();
            names
                .map(|name| (name.clone(), place(&live.crowd, name)))
                .collect::<BTreeMap<_, _>>()
        };
        let what = format!("seed {seed}, round {round}: every page shows {expected:?}");
        eventually(&what, || {
            let pages = people.iter_mut().flat_map(|person| &mut person.tabs);
            seen(&mut watcher) == expected
                && pages
                    .map(|(live, _)| live)
                    .all(|live| seen(live) == expected)
        });
        let listed: BTreeMap<String, String> = alice
            .present()
            .iter()
            .map(|user| {
                let text = |field: &str| user[field].as_str().unwrap_or("nowhere").to_owned();
                (
                    text("username"),
                    format!("{} {}", text("section"), text("state")),
                )
            })
            .collect();
        assert_eq!(listed, expected, "seed {seed}, round {round}");
    }
}

#[test]
fn every_page_shows_what_the_model_does() {
    for seed in [0x9e37_79b9_7f4a_7c15, 0xdead_beef, 42] {
        play(seed);
    }
}
