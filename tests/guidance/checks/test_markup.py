"""What readers would see as it was typed is refused, with its line; what was meant is rendered."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.parse import load_pack
from server.guidance.texts.markdown import make_markdown_parser
from server.publish.rendering.render import render_markdown
from tests.packs import append, check_errors, confirm, edit, load_problems, set_string, tiny_pack
from tests.publishing import ROOT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def find_topic_errors(root: Path, words: str, locale: str = "zh-Hans") -> list[str]:
    """Give the errors of a topic with one more paragraph at its end, each with its line counted from that paragraph."""
    path = root / locale / "topics" / "second.md"
    first = path.read_text(encoding="utf-8").count("\n") + 2
    append(root, f"{locale}/topics/second.md", f"\n{words}\n")
    confirm(root)
    lines = [line.removeprefix(f"xa/{locale}/topics/second.md: body › line ") for line in check_errors(root)]
    return [f"{int(number) - first}: {rest}" for number, _, rest in (line.partition(": ") for line in lines)]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("**进屋。**没有人可以", "<strong>进屋。</strong>没有人可以"),
        ("记住：**不要开门。**他们", "记住：<strong>不要开门。</strong>他们"),
        ("他说**“请进”**以后", "他说<strong>“请进”</strong>以后"),
        ("看**《规定》**第一条", "看<strong>《规定》</strong>第一条"),
        ("*（强调）*然后", "<em>（强调）</em>然后"),
        ("**ドア。**そして", "<strong>ドア。</strong>そして"),
        ("**문.**그리고", "<strong>문.</strong>그리고"),
        ("中文**bold**中文", "中文<strong>bold</strong>中文"),
        ("**Stop.** Now, *please*.", "<strong>Stop.</strong> Now, <em>please</em>."),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("snake_case_name", "snake_case_name"),
        ("**Stop.**Now", "**Stop.**Now"),
    ],
)
def test_emphasis_is_found_between_chinese_words_and_elsewhere_as_commonmark_says(typed, shown):
    assert make_markdown_parser().render(typed).strip() == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    "words",
    [
        *(
            "**进屋。**没有人",
            "- 一\n- 二",
            "1. 一\n2. 二",
            "## 小标题",
            "### 小标题",
            "> 引用",
            "[第二](topic:second)",
        ),
        *("姓名：____，时间：__", "2 * 3", r"拨 \*\#06#", r"\- 不是列表", "1、先看", "3.5 万元", "〔2026〕5号（修订）"),
        *(
            "A – B — C －",
            "C# is",
            "a < b > c",
            "“#” 号",
            "第［1］条（二）",
            "{contact: police}",
            "{hours: collection :from}",
        ),
    ],
)
def test_what_is_rendered_or_meant_as_it_is_passes(root, words):
    assert [line for line in find_topic_errors(root, words) if "stray-braces" not in line] == []


TYPED = {
    "strong that does not close": ("一。\n他说 **开门", "1: mark-not-shown (value=**开门)"),
    "strong beside Latin": ("**“走。”**abc", "0: mark-not-shown (value=**“走。”**abc)"),
    "full-width asterisks": ("＊＊不要＊＊", "0: mark-not-shown (value=＊＊不要＊＊)"),
    "underlines": ("请_不要_开门", "0: mark-not-shown (value=_不要_开门)"),
    "full-width list": ("好：\n－ 一\n－ 二", "1: mark-not-shown (value=－ 一)"),
    "full-width numbers": ("１．一", "0: mark-not-shown (value=１．一)"),
    "half a full-width number": ("1．一", "0: mark-not-shown (value=1．一)"),
    "number without a space": ("1.一", "0: mark-not-shown (value=1.一)"),
    "hyphen without a space": ("-一", "0: mark-not-shown (value=-一)"),
    "bullets": ("• 一", "0: mark-not-shown (value=• 一)"),
    "heading without a space": ("##标题", "0: mark-not-shown (value=##标题)"),
    "full-width heading": ("＃ 标题", "0: mark-not-shown (value=＃ 标题)"),
    "full-width quotation": ("＞ 引用", "0: mark-not-shown (value=＞ 引用)"),
    "full-width link": ("看［第二］（topic:second）", "0: mark-not-shown (value=［第二］（topic:second）)"),
    "full-width colon in a link": ("看[第二](topic：second)", "0: broken-link (value=[第二](topic：second))"),
    "link with a gap": ("看[第二] (topic:second)", "0: mark-not-shown (value=[第二] (topic:second))"),
    "link with a title": ('看[第二](topic:second "好")', '0: broken-link (value=[第二](topic:second "好"))'),
    "link by reference": ("看[第二][1]\n\n[1]: https://example.org", "0: broken-link (value=https://example.org)"),
    "bare address": ("看<https://example.org>", "0: broken-link (value=https://example.org)"),
    "HTML": ("<b>不要</b>", "0: mark-not-shown (value=<b>不要</b>)"),
    "great heading": ("# 标题", "0: mark-not-shown (value=# 标题)"),
    "underlined heading": ("标题\n====", "0: mark-not-shown (value=标题)"),
    "small heading": ("#### 标题", "0: mark-not-shown (value=#### 标题)"),
    "rule": ("一\n\n---\n\n二", "2: mark-not-shown (value=---)"),
    "code": ("一\n\n    二", "2: mark-not-shown (value=二)"),
    "full-width braces": ("打｛contact:police｝", "0: stray-braces (value=｛contact:police｝)"),
    "full-width colon": ("打{contact：police}", "0: stray-braces (value={contact：police})"),
    "turned order": ("打\u202e011\u202c", "0: control-character"),
}


@pytest.mark.parametrize(("words", "expected"), TYPED.values(), ids=TYPED)
def test_what_readers_would_see_as_typed_is_refused_with_its_line(root, words, expected):
    assert expected in find_topic_errors(root, words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**不要开门**", "mark-not-here (value=**)"),
        ("＊＊不要＊＊", "mark-not-here (value=＊＊)"),
        ("看[第二](topic:second)", "mark-not-here (value=[第二](topic:second))"),
        ("看［第二］（topic:second）", "mark-not-here (value=［第二］（topic:second）)"),
        ("<b>不要</b>", "mark-not-here (value=<b>)"),
        ("打｛contact:police｝", "stray-braces (value=｛contact:police｝)"),
        ("打\u2067110\u2069", "control-character"),
    ],
)
@pytest.mark.parametrize("place", ["string", "title", "do"])
def test_a_text_that_is_no_markdown_has_none(root, place, text, expected):
    if place == "string":
        set_string(root, "zh-Hans", "say.who", text)
    else:
        path = root / "zh-Hans" / "topics" / "first-minute.md"
        lines = path.read_text(encoding="utf-8").split("\n")
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{place} ="))
        lines[at] = f"{place} = '{text}'" if place == "title" else f"{place} = ['{text}', 'Wait']"
        path.write_text("\n".join(lines), encoding="utf-8")
    confirm(root)
    name = {
        "string": "strings.toml: say.who",
        "title": "topics/first-minute.md: title",
        "do": "topics/first-minute.md: do › #1",
    }

    assert f"xa/zh-Hans/{name[place]}: {expected}" in check_errors(root)


@pytest.mark.parametrize("mark", "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_mark_of_direction_is_refused_in_each_file(root, mark):
    edit(root, "pack.toml", 'name = "English"', f'name = "English{mark}"')
    edit(root, "sources.toml", 'title = "', f'title = "{mark}')
    set_string(root, "en", "source.L1", f"The law {mark}of doors")
    confirm(root)

    assert load_problems(root) == []
    found = {line.partition(": ")[0] for line in check_errors(root) if line.endswith(": control-character")}
    assert found == {"xa/pack.toml", "xa/sources.toml", "xa/en/strings.toml"}


def test_a_language_from_right_to_left_may_need_them(root):
    edit(root, "pack.toml", 'tag = "zh-Hans"\ndir = "ltr"', 'tag = "zh-Hans"\ndir = "rtl"')
    set_string(root, "zh-Hans", "say.who", "\u2067א 37\u2069")
    confirm(root)

    assert check_errors(root) == []


@pytest.mark.parametrize("place", ["string", "topic"])
def test_a_number_or_an_hour_that_a_translation_drops_is_named(root, place):
    words, other = "Call {contact:police}, {hours:collection:from}.", "打 {contact: police}。"
    if place == "string":
        set_string(root, "en", "say.who", words)
        set_string(root, "zh-Hans", "say.who", other)
    else:
        append(root, "en/topics/second.md", f"\n{words}\n")
        append(root, "zh-Hans/topics/second.md", f"\n{other}\n")
    confirm(root)
    where = "strings.toml: say.who" if place == "string" else "topics/second.md"

    lost = "placeholder-lost (value={hours:collection:from})"
    assert [line for line in check_errors(root) if "lost" in line] == [f"xa/zh-Hans/{where}: {lost}"]


def test_an_outdated_translation_is_a_warning_only(root):
    """A door sentence of a region must not stop the release because its source says more since."""
    set_string(root, "en", "rule.hours", "Call {contact:police}.")

    assert [line for line in check_errors(root) if "lost" in line] == []


def test_a_placeholder_is_filled_in_as_the_checker_lets_it_pass():
    def render(body: str) -> str:
        return render_markdown(
            body, link=str, block=lambda *what: f"[{what}]", inline=lambda kind, ids: f"[{kind} {'/'.join(ids)}]"
        )

    assert render("打 {contact: police }。") == "<p>打 [contact police]。</p>\n"
    assert render("从 {hours: collection :from}。") == "<p>从 [hours collection/from]。</p>\n"
    assert render("{rule: hours}") == "[('rule', 'hours')]\n"
    assert render("一。{src: L-2, S46}") == "<p>一。</p>\n"


def test_the_shipped_texts_keep_these_rules():
    assert check_pack(load_pack(ROOT / "server" / "packs" / "cn")).errors == ()
