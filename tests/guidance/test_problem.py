"""A fault in one line that a person can read."""

from server.guidance.problem import Problem


def test_a_name_as_long_as_a_file_does_not_make_the_line_long() -> None:
    line = str(Problem("xa/topics.toml", f'topic "{"a" * 5_000}" (#1) id', '"a"', "a short id"))

    assert line.startswith('xa/topics.toml: topic "aaa')
    assert line.endswith('…: "a" – expected a short id')
    assert len(line) < 400
