import { findPart } from "./core/dom.js";
import { startSearch } from "./guide/search.js";

// The one page with a search fetches this beside the script that every page has: it is a sixth of all script.
startSearch(findPart(document, "#main"));
