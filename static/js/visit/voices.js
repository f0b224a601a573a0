/**
 * Which of a phone's voices speaks a language. Phones name one language in many ways: `zh_CN`, `cmn-Hans-CN`, `zh-CN`.
 *
 * @typedef {{ lang: string, localService: boolean }} Voice - As the Web Speech API gives it.
 */

/** Languages of their own that ISO 639-3 gives a macrolanguage's speakers: [language, region when none is named]. */
/** @type {Record<string, [string, string]>} */
const ALIASES = { cmn: ["zh", "CN"], yue: ["zh", "HK"], arb: ["ar", ""], swh: ["sw", ""], zsm: ["ms", "MY"] };

/** @type {Record<string, string>} Where a script decides the region that speaks so. */
const REGION_OF_SCRIPT = { Hans: "CN", Hant: "TW" };

/**
 * Return a tag as BCP 47 writes it, language and region alone: what a phone without a list of voices understands.
 *
 * @param {string} tag
 */
export function normaliseTag(tag) {
  const { language, region } = parseTag(tag);
  return region ? `${language}-${region}` : language;
}

/** @param {string} tag */
function parseTag(tag) {
  const [first = "", ...rest] = tag.replace(/_/g, "-").split("-");
  const [language, regionOfAlias] = ALIASES[first.toLowerCase()] || [first.toLowerCase(), ""];
  const script = rest.find((one) => /^[a-z]{4}$/i.test(one)) || "";
  const named = rest.find((one) => /^([a-z]{2}|[0-9]{3})$/i.test(one)) || "";
  const ofScript = REGION_OF_SCRIPT[script.charAt(0).toUpperCase() + script.slice(1).toLowerCase()] || "";
  return { language, region: named.toUpperCase() || ofScript || regionOfAlias };
}

/**
 * Return the voice for a language: the same region first, then one that names none; a voice on the phone before one that
 * needs a network. A voice of another region is another language to the ear (Cantonese for Mandarin), and is not taken.
 *
 * @template {Voice} T
 * @param {T[]} voices
 * @param {string} wanted - BCP 47.
 * @returns {T | undefined}
 */
export function chooseVoice(voices, wanted) {
  const { language, region } = parseTag(wanted);
  const scoreVoice = (/** @type {T} */ voice) => {
    const tag = parseTag(voice.lang);
    if (tag.language !== language || (region && tag.region && tag.region !== region)) return 0;
    return (voice.localService ? 2 : 1) + (tag.region === region ? 2 : 0);
  };
  return voices
    .map((voice) => ({ voice, score: scoreVoice(voice) }))
    .filter((one) => one.score > 0)
    .sort((one, other) => other.score - one.score)[0]?.voice;
}
