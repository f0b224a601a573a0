"""Every kind of fault that a pack can have: a stable word, and the names of the parameters that go with it."""

from enum import StrEnum


class Code(StrEnum):
    """One kind of fault. `params` are the names that `Problem.params` must have; `sentences.py` has the words."""

    params: frozenset[str]

    def __new__(cls, code: str, *params: str) -> "Code":
        """Make the member `code`; what follows it are the names of its parameters."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.params = frozenset(params)
        return member

    # Files and folders.
    MISSING_FOLDER = "missing-folder"
    MISSING_FILE = "missing-file"
    UNREADABLE = "unreadable", "detail"
    UNKNOWN_FILE = "unknown-file", "allowed"
    SYMBOLIC_LINK = "symbolic-link"
    FOLDER_TOO_DEEP = "folder-too-deep"
    NOT_A_REGULAR_FILE = "not-a-regular-file"
    TOO_MANY_FILES = "too-many-files", "limit"
    TOO_LARGE = "too-large", "limit"
    NOT_UTF8 = "not-utf8", "byte"
    EMPTY_FILE = "empty-file"

    # How a file is written.
    NOT_TOML = "not-toml", "column"
    NUMBER_TOO_LONG = "number-too-long"
    TOO_MANY_DOTS = "too-many-dots", "limit"
    TOO_DEEP = "too-deep", "limit"
    CONTROL_CHARACTER = "control-character"
    NO_FRONT_MATTER = "no-front-matter", "fence"
    OPEN_FRONT_MATTER = "open-front-matter", "fence"
    BODY_IN_FRONT_MATTER = "body-in-front-matter"
    UNKNOWN_TABLE = "unknown-table", "key", "allowed"
    NOT_A_NAMED_TABLE = "not-a-named-table", "table"
    DOTTED_KEY = "dotted-key"

    # How layers go over each other.
    MARK_NOT_TRUE = "mark-not-true"
    NOTHING_BELOW = "nothing-below"
    REMOVE_NOT_A_LIST = "remove-not-a-list"
    NO_TEXT_TO_REMOVE = "no-text-to-remove", "key"
    DUPLICATE_ID = "duplicate-id", "value"

    # Fields, and the shapes of their values.
    UNKNOWN_FIELD = "unknown-field", "allowed"
    UNKNOWN_INNER_FIELD = "unknown-inner-field"
    REQUIRED = "required"
    NOT_A_TEXT = "not-a-text"
    BLANK = "blank"
    NOT_TRUE_OR_FALSE = "not-true-or-false"
    NOT_A_WHOLE_NUMBER = "not-a-whole-number"
    NUMBER_OUT_OF_RANGE = "number-out-of-range", "minimum", "maximum"
    NOT_A_DATE = "not-a-date"
    DATE_WITH_TIME = "date-with-time"
    NOT_A_LIST = "not-a-list"
    NOT_A_TABLE = "not-a-table"
    TOO_FEW = "too-few", "limit"
    TOO_MANY = "too-many", "limit"
    TEXT_TOO_LONG = "text-too-long", "count", "limit"
    NOT_A_CHOICE = "not-a-choice", "value", "allowed"
    NOT_VALID = "not-valid"
    LISTED_TWICE = "listed-twice"
    BAD_ID = "bad-id", "value"
    BAD_SOURCE_ID = "bad-source-id", "value"
    BAD_PATH = "bad-path", "value"
    BAD_REGION = "bad-region", "value"
    BAD_ISO_CODE = "bad-iso-code", "value"
    BAD_LANGUAGE_TAG = "bad-language-tag", "value"
    BAD_CURRENCY = "bad-currency", "value"
    BAD_TIME_ZONE = "bad-time-zone", "value"
    BAD_TIME = "bad-time", "value"
    BAD_PHONE_NUMBER = "bad-phone-number", "value"
    BAD_WEB_ADDRESS = "bad-web-address", "value"
    BAD_EMAIL = "bad-email", "value"
    BAD_PAGE = "bad-page", "value"

    # The head of a pack and its languages.
    UNKNOWN_FORMAT = "unknown-format"
    NOT_THE_FOLDERS_NAME = "not-the-folders-name", "value", "folder"
    ISO_CODE_MISMATCH = "iso-code-mismatch", "value", "expected"
    PARENT_NOT_ABOVE = "parent-not-above", "value"
    PARENT_CIRCLE = "parent-circle"
    PARENT_MISSING = "parent-missing", "value"
    TOO_MANY_PARENTS = "too-many-parents", "limit"
    UNKNOWN_LOCALE = "unknown-locale", "value"
    FALLBACK_CIRCLE = "fallback-circle"
    NO_FALLBACK = "no-fallback"
    RECORDING_NEEDS_CONSENT = "recording-needs-consent"
    RECORDING_MUST_BE_ANNOUNCED = "recording-must-be-announced"
    NO_RECORDING_SENTENCE = "no-recording-sentence"
    NO_REVIEWER = "no-reviewer"
    NO_CLAIMS_FOR_LANGUAGE = "no-claims-for-language"
    ATTRIBUTED = "attributed", "value"
    REFUTED_CLAIM_HERE = "refuted-claim-here", "source"
    CLAIM_NOT_REFUTED = "claim-not-refuted", "locale"

    # Entries, and what they refer to.
    UNKNOWN_ID = "unknown-id", "value"
    UNKNOWN_TOPIC = "unknown-topic", "value"
    TOPIC_NAME_TAKEN = "topic-name-taken", "value"
    PATH_TAKEN = "path-taken", "value", "flow"
    ROLE_MISSING = "role-missing", "role"
    ROLE_TAKEN = "role-taken", "flow"
    ENTRANCE_HAS_PATH = "entrance-has-path"
    NOT_AFTER_CHECK = "not-after-check", "value"
    REVIEW_OVERDUE = "review-overdue", "value"
    NO_SOURCE = "no-source"
    HOURS_WITHOUT_RULE = "hours-without-rule"
    HOURS_EMPTY = "hours-empty"
    BAD_DAYS = "bad-days"
    CHANNEL_NEEDS_FIELD = "channel-needs-field", "field", "channel"
    ONE_TAP_CHANNEL = "one-tap-channel"
    ONE_TAP_CONFIDENCE = "one-tap-confidence"
    ONE_TAP_MESSAGES = "one-tap-messages"
    ONE_TAP_CAUTION = "one-tap-caution"
    NOT_ONE_TAP = "not-one-tap", "value"
    NO_EMERGENCY_NUMBER = "no-emergency-number"
    NOT_ONE_PLACE = "not-one-place"

    # Questions, answers and rows of the decision table and the drill.
    TOO_FEW_ANSWERS = "too-few-answers"
    RESERVED_ANSWER = "reserved-answer", "value"
    NO_ANSWER = "no-answer"
    GOOD_NOT_AN_ANSWER = "good-not-an-answer"
    TOO_MANY_COMBINATIONS = "too-many-combinations", "count", "limit"
    GROUP_WITHOUT_ROW = "group-without-row", "group"
    LAST_ROW_ASKS = "last-row-asks"
    ROW_NEVER_REACHED = "row-never-reached"
    QUESTION_UNUSED = "question-unused"

    # Sources: used, cited or left out.
    SOURCE_UNUSED = "source-unused"
    SOURCE_WITHOUT_TOPIC = "source-without-topic"
    LEFT_OUT_TWICE = "left-out-twice", "source", "other"
    LEFT_OUT_BUT_COVERED = "left-out-but-covered", "source", "topic"
    LEFT_OUT_BUT_CITED = "left-out-but-cited", "source"
    NOT_CITED = "not-cited", "source"
    NO_SENTENCE_BEFORE = "no-sentence-before", "value"

    # Texts.
    TEXT_MISSING = "text-missing"
    TOPIC_MISSING = "topic-missing"
    UNKNOWN_TEXT = "unknown-text"
    CLAIM = "claim", "value", "reason"
    TYPED = "typed", "value", "placeholder"
    PLACEHOLDER_NOT_HERE = "placeholder-not-here", "value"
    PLACEHOLDER_MISSING = "placeholder-missing", "placeholder"
    UNKNOWN_CONTACT = "unknown-contact", "value"
    UNKNOWN_HOURS = "unknown-hours", "value"
    STRAY_BRACES = "stray-braces", "value"
    NOT_ALONE = "not-alone", "value"
    BROKEN_LINK = "broken-link", "value"
    NO_RULE_CARD = "no-rule-card"
    RULE_CARD_MISSING = "rule-card-missing", "rule"
    RULE_CARD_ADDED = "rule-card-added", "rule"

    # Translations.
    STALE = "stale"
    NOT_TRANSLATED = "not-translated"
    ORIGIN_MISSING = "origin-missing"
    ORIGIN_WITHOUT_TEXT = "origin-without-text"
    SOURCE_LOCALE_HAS_ORIGIN = "source-locale-has-origin"
