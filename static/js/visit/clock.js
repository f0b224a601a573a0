const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * @param {string} zone
 * @returns {Intl.DateTimeFormat | null} Null without a zone, and for one that is younger than this phone's list.
 */
function makeZoneFormat(zone) {
  if (!zone) return null;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  } catch (_error) {
    return null;
  }
}

/**
 * Return day and minute at the door. With a time zone it is taken there; without one, or when
 * the phone does not know it, the phone's own clock is believed.
 *
 * @param {Date} now
 * @param {string} zone - IANA name, or empty.
 * @returns {{ day: string, minute: number }} `day` as in a pack (`mon` … `sun`), `minute` since midnight.
 */
export function computeTimeAtDoor(now, zone) {
  const format = makeZoneFormat(zone);
  if (!format) return { day: DAYS[now.getDay()], minute: now.getHours() * 60 + now.getMinutes() };
  /** @type {Record<string, string>} */
  const fields = {};
  for (const { type, value } of format.formatToParts(now)) fields[type] = value;
  return { day: fields.weekday.toLowerCase(), minute: Number(fields.hour) * 60 + Number(fields.minute) };
}

/** @param {string} clock - `HH:MM` */
function parseMinutes(clock) {
  const [hour, minute] = clock.split(":");
  return Number(hour) * 60 + Number(minute);
}

/**
 * Return whether `now` lies outside a window of lawful hours.
 *
 * @param {Date} now
 * @param {{ from: string, to: string, days: string, zone: string }} hours - `days` separated by spaces, empty when they
 *   are not known; a window whose `to` is before its `from` crosses midnight.
 */
export function isOutsideHours(now, hours) {
  const { day, minute } = computeTimeAtDoor(now, hours.zone);
  const from = parseMinutes(hours.from);
  const to = parseMinutes(hours.to);
  const crosses = to < from;
  const inside = crosses ? minute >= from || minute < to : minute >= from && minute < to;
  // After midnight the window is still that of the day before.
  const began = crosses && minute < to ? DAYS[(DAYS.indexOf(day) + 6) % 7] : day;
  return !inside || (hours.days !== "" && !hours.days.split(" ").includes(began));
}

/**
 * Return a time in RFC 3339 with the phone's own offset, to the second.
 *
 * @param {Date} now
 */
export function formatLocalTimestamp(now) {
  const padToTwo = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const offset = -now.getTimezoneOffset();
  const size = Math.abs(offset);
  const zone = `${offset < 0 ? "-" : "+"}${padToTwo(Math.floor(size / 60))}:${padToTwo(size % 60)}`;
  const date = `${now.getFullYear()}-${padToTwo(now.getMonth() + 1)}-${padToTwo(now.getDate())}`;
  return `${date}T${padToTwo(now.getHours())}:${padToTwo(now.getMinutes())}:${padToTwo(now.getSeconds())}${zone}`;
}
