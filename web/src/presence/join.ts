/** Taking part: keeps the live channel, or polls where there is none, and says where one is. */
import { batch, effect, untracked } from "@preact/signals";
import { refreshSession } from "../account";
import * as api from "../api";
import type { Desk } from "../desk";
import { Live, type Socket } from "../live";
import { presence, type ServerMessage, type Whereabouts } from "../live/messages";
import { OutlineNews } from "../live/outline-news";
import { Polling } from "../live/polling";
import { TextNews } from "../live/text-news";
import * as here from "../presence";
import * as state from "../state";
import type { SectionText } from "../texts/section-text";
import type { Person, Role, SectionId } from "../types";
import { Pace } from "./pace";
import { withoutPerson, withPerson } from "./people";
import { enter, forget, see, typeOn } from "./visit";
import { OwnPlace } from "./whereabouts";

/** Milliseconds between two messages about oneself: walking through the outline is not a flood. */
const GAP = 300;
/** Milliseconds without a connection after which it is not known any more who is here. */
const STALE = 15_000;
/** Milliseconds the line about somebody's coming is shown. */
const ARRIVAL = 10_000;
/** Milliseconds after which a tab that is looked at again says once more where it is. */
const AGAIN = 500;

export interface Joined {
  /** A key changed this text. */
  typed(text: SectionText): void;
  /** All of this text is with the server. */
  settled(text: SectionText): void;
}

/** `wanted`: the section that is about to be opened. */
export function join(desk: Desk, wanted: SectionId): Joined {
  const { project } = desk;
  const texts = new TextNews(desk);
  const outline = new OutlineNews(desk);
  const pace = new Pace<Whereabouts>(GAP, (place) => {
    if (!live.send(presence(place))) polling.say(place);
  });
  const own = new OwnPlace((place) => {
    here.ownState.value = place.state;
    pace.push(place);
  });
  let stale: ReturnType<typeof setTimeout> | undefined;

  const know = (people: readonly Person[], listed: boolean) => {
    clearTimeout(stale);
    stale = undefined;
    batch(() => {
      here.people.value = people;
      here.listed.value = listed;
    });
  };
  const learn = (people: readonly Person[]) => know(people, true);
  const unlearn = () => know([], false);
  /** What is known is true for a while yet. */
  const doubt = () => {
    stale ??= setTimeout(unlearn, STALE);
  };

  let joinedBefore = false;
  const live: Live = new Live({
    connect: () => new WebSocket(api.liveUrl(project)) as Socket,
    ask: () => refreshSession(desk),
    onOpen: () => live.send(presence(own.now)),
    onMessage: (message) => {
      take(message);
      if (message.type !== "welcome") return;
      // What was saved before one was told of it.
      if (desk.onDesk) desk.refresh();
      if (joinedBefore) outline.fetch();
      joinedBefore = true;
    },
    onLost: doubt,
    onBlocked: (blocked) => {
      if (!blocked) return polling.stop();
      here.me.value = null;
      polling.start(own.now);
    },
    onEnded: (code, sentence) => (state.ended.value = { code, sentence }),
  });

  const polling: Polling = new Polling({
    update: (place) => api.updatePresence(project, place),
    list: () => api.listPresence(project),
    isHidden: () => document.visibilityState === "hidden",
    onPeople: (people) => {
      learn(people);
      // The channel would have said so: what others write, and where they are.
      if (here.beside.value.some((person) => person.state === "editing")) desk.refresh();
      if (here.others.value.some((person) => person.section && !here.canFollow(person))) outline.fetch();
    },
    onFailure: (problem) => {
      doubt();
      const refused = problem instanceof api.Refusal;
      if (refused && (problem.status === 401 || problem.code === "project_not_found")) {
        void refreshSession(desk);
      }
    },
  });

  function take(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        here.me.value = message.you;
        learn(message.users);
        setRole(message.role);
        if (state.session.value && state.session.value.user_id !== message.you) {
          void refreshSession(desk); // another tab has logged in
        }
        break;
      case "users":
        learn(message.users);
        break;
      case "presence":
        here.people.value = withPerson(here.people.value, message.user);
        break;
      case "gone":
        here.people.value = withoutPerson(here.people.value, message.user_id);
        break;
      case "role":
        setRole(message.role);
        break;
      case "project": {
        const session = state.session.value;
        const { name, owner } = message;
        if (session) state.session.value = { ...session, project: name, owner };
        break;
      }
      case "outline":
        outline.fetch();
        break;
      case "text":
        texts.note(message.section, message.version);
        break;
    }
  }

  effect(() => own.enter(state.current.value ?? wanted));
  effect(() => own.allow(!state.readOnly.value));
  effect(() => {
    if (!state.ended.value) return live.start();
    live.stop();
    unlearn();
  });
  followVisit();
  listen(own, live, polling, () => outline.fetch());

  return {
    typed(text) {
      if (text.id !== state.shown.value) return;
      here.visit.value = typeOn(here.visit.value);
      own.typed();
    },
    settled: (text) => texts.look(text.id),
  };
}

function setRole(role: Role): void {
  const session = state.session.value;
  if (session && session.role !== role) state.session.value = { ...session, role };
}

/** Keeps `visit` true, and says aloud, once, what it says in writing. */
function followVisit(): void {
  effect(() => {
    const section = state.current.value;
    const ids = here.beside.value.map((person) => person.user_id);
    const listed = here.listed.value;
    untracked(() => {
      const before = here.visit.value;
      const stay = before.section === section ? before : enter(section);
      here.visit.value = listed ? see(stay, ids, Date.now()) : stay;
      announce(before.section === section && before.occupied);
    });
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: readonly number[] = [];
  effect(() => {
    const { came } = here.visit.value;
    if (came === shown) return;
    shown = came;
    clearTimeout(timer);
    if (came.length === 0) return;
    timer = setTimeout(() => (here.visit.value = forget(here.visit.value)), ARRIVAL);
  });
}

function announce(warnedBefore: boolean): void {
  const warning = here.warning.value;
  if (warning && !warnedBefore) {
    state.said.value = `${warning.words}.`;
    return;
  }
  const { news } = here.visit.value;
  const came = here.beside.value.filter((person) => news.includes(person.user_id));
  if (came.length > 0) state.said.value = `${here.arrivalWords(came)}.`;
}

/** What the browser says of the person, the tab and the network. */
function listen(own: OwnPlace, live: Live, polling: Polling, fetchOutline: () => void): void {
  const acted = () => own.acted();
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "scroll"]) {
    addEventListener(kind, acted, { capture: true, passive: true });
  }
  const look = () => {
    const isHidden = document.visibilityState === "hidden";
    own.hide(isHidden);
    if (isHidden) return;
    live.wake("visible");
    polling.look();
    fetchOutline();
    // The tab one comes from says at the same moment that it is left; the last word must be this one's.
    setTimeout(() => own.repeat(), AGAIN);
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("online", () => live.wake("online"));
  addEventListener("offline", () => live.doubt());
  addEventListener("pagehide", () => live.stop());
  // Back from the browser's memory of pages.
  addEventListener("pageshow", (event) => {
    if (event.persisted && !state.ended.value) live.start();
  });
  if (document.visibilityState === "hidden") own.hide(true);
}
