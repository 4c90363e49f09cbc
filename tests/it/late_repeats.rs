//! A save whose answer got lost is sent again, perhaps by a draft days later: it must not undo what came after it.

use crate::harness::{ABSTRACT, Server};

#[test]
fn a_repeat_of_a_save_that_was_taken_in_gives_way_to_what_came_after_it() {
    let server = Server::start();
    let desk = server.visitor();
    let base = desk.write(ABSTRACT, "Ripples are rare.\n");
    desk.save(ABSTRACT, "Ripples are very rare.\n", Some(base))
        .expect(200);
    desk.save(ABSTRACT, "Ripples are most frequent.\n", None)
        .expect(200);
    let newest = desk.read(ABSTRACT);

    let repeat = desk.save(ABSTRACT, "Ripples are very rare.\n", Some(base));
    let answer = repeat.expect(200).json();
    assert_eq!(answer["merged"], true);
    assert_eq!(answer["content"], "Ripples are most frequent.\n");
    assert_eq!(desk.read(ABSTRACT), newest, "nothing new was stored");
}
