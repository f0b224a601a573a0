"""What time a page believes it is."""

import json

from playwright.sync_api import BrowserContext, Page

# Playwright's own clock fakes the timers too, and each of them then takes milliseconds: axe, which sets one for every
# rule, took ten times as long.
_STOP = """{
  const moment = Date.parse(%s);
  globalThis.Date = new Proxy(Date, {
    construct: (date, values, target) => Reflect.construct(date, values.length > 0 ? values : [moment], target),
    apply: (date) => new date(moment).toString(),
    get: (date, name) => (name === "now" ? () => moment : Reflect.get(date, name)),
  });
}"""


def stop_date(place: BrowserContext | Page, moment: str) -> None:
    """Every page opened from now on believes that it is this moment; its timers are the real ones.

    Args:
        moment: A time with its offset, as ISO 8601 writes it.
    """
    place.add_init_script(_STOP % json.dumps(moment))
