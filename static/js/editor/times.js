import { findParts } from "../core/dom.js";

/** @type {Intl.DateTimeFormatOptions} */
const FORMAT = {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
};

/** Show every moment in the time of the reader, with its zone; the server knows UTC alone. */
export function showLocalTimes() {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, FORMAT);
  for (const element of findParts(document, "time[datetime*=T]")) {
    const moment = new Date(element.getAttribute("datetime") || "");
    if (!Number.isNaN(moment.getTime())) element.textContent = format.format(moment);
  }
}
