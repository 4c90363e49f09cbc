/** Loaded before the style sheets take effect, by every page, so that nothing flashes. */
import { retryAsAsked } from "./retry";
import { apply } from "./theme";

apply();
// Another tab changed its mind.
addEventListener("storage", apply);
addEventListener("DOMContentLoaded", retryAsAsked);
