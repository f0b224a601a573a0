// One question only: does this script run on the oldest browsers we promise, Chrome 87 and Safari 14.0?
// Style and ordinary mistakes are biome's, types are tsc's. tests/project/test_old_browsers.py plants what must be refused.
import compat from "eslint-plugin-compat";
import esx from "eslint-plugin-es-x";

const oldest = ["chrome 87", "safari 14", "ios_saf 14.0"];

// Iterator helpers (ES2025) are named like methods of Array and of anybody's classes (map, find, drop), and with
// `aggressive` the name is all that counts. tsc knows the types and refuses them: its `lib` has no Iterator.prototype.
const newer = Object.entries(esx.configs["flat/restrict-to-es2021"].rules).filter(
  ([name]) => !name.startsWith("es-x/no-iterator-prototype-"),
);

const rules = {
  ...Object.fromEntries(newer),

  // Older than ES2022, and still missing in Safari 14.0.
  "es-x/no-regexp-lookbehind-assertions": "error", // Safari 16.4; a syntax error there, so the whole file is lost
  "es-x/no-weakrefs": "error", // Safari 14.1
  "es-x/no-export-ns-from": "error", // Safari 14.1

  // Newer than ES2021, and harmless.
  "es-x/no-class-instance-fields": "off", // Chrome 72, Safari 14.0 (private and static ones: Safari 14.1, refused)
  "es-x/no-array-prototype-at": "off", // refuses every property of that name; the call is refused below
  "es-x/no-string-prototype-at": "off",
  "es-x/no-error-cause": "off", // an old browser ignores the second argument of Error

  "compat/compat": "error",

  // Methods of objects, which compat/compat cannot tell by their names.
  "no-restricted-properties": [
    "error",
    { property: "randomUUID", message: "Chrome 92, Safari 15.4: use crypto.getRandomValues." },
    { property: "showModal", message: "Safari 15.4." },
    { property: "requestSubmit", message: "Safari 16." },
    { property: "checkVisibility", message: "Chrome 105, Safari 17.4." },
    { property: "showPopover", message: "Chrome 114, Safari 17." },
    { property: "setHTML", message: "In none of the oldest browsers." },
    { property: "startViewTransition", message: "Chrome 111, Safari 18." },
    { object: "Response", property: "json", message: "Chrome 105, Safari 17: use new Response(JSON.stringify(…))." },
    { object: "Array", property: "fromAsync", message: "Chrome 121, Safari 16.4." },
    { object: "AbortSignal", property: "timeout", message: "Chrome 103, Safari 16." },
    { object: "AbortSignal", property: "any", message: "Chrome 116, Safari 17.4." },
  ],
  "no-restricted-syntax": [
    "error",
    {
      selector: "CallExpression[callee.property.name='at']",
      message: "Array.prototype.at and String.prototype.at: Chrome 92, Safari 15.4.",
    },
    {
      selector:
        "CallExpression[callee.property.name=/^(querySelector|querySelectorAll|matches|closest)$/] > Literal[value=/:(has|is|where)\\(/]",
      message: "Chrome 87 has no :is() and :where(), and neither browser :has(): the call throws.",
    },
  ],
};

const common = {
  plugins: { compat, "es-x": esx },
  rules,
  settings: { browsers: oldest, lintAllEsApis: true, "es-x": { aggressive: true } },
  linterOptions: { reportUnusedDisableDirectives: "error" },
};

// "latest", so that newer syntax is refused by a rule that names it and not as an unreadable file.
const language = (sourceType) => ({ languageOptions: { ecmaVersion: "latest", sourceType } });

export default [
  { files: ["**/*.js", "**/*.mjs"], ...common, ...language("module") },
  { files: ["**/sw-*.js"], ...common, ...language("script") }, // module workers are too recent
];
