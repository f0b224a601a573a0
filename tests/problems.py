"""Faults of a pack as tests compare them: file, place, code and parameters, and no sentence that may be reworded."""

from server.guidance.problems.problem import Problem, format_place, quote_value


def brief(problem: Problem) -> str:
    """Return `xa/visit.toml: check › ids › severity: not-a-choice (allowed=stop, police; value=worse)`."""
    place = format_place(problem.path, problem.line)
    params = "; ".join(f"{name}={quote_value(value)}" for name, value in sorted(problem.params.items()))
    where = f"{problem.file}: {place}" if place else problem.file
    return f"{where}: {problem.code} ({params})" if params else f"{where}: {problem.code}"
