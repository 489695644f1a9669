"""The report as Markdown: the same facts without the pictures, for a terminal, a pull request or a wiki."""

import re
from collections import Counter
from collections.abc import Sequence

from autotune.reports.study import tables
from autotune.reports.study.parts import MARKS, Report, TipPart, ValidationPart
from autotune.reports.study.visible import as_code, cut, visible
from autotune.words import count

_ACTS = re.compile(r"([\\`*_{}\[\]<>()#+!|&~$=^:@-]|(?<=www)\.)")
"""What could be markup, HTML or a link made by itself."""
_MOST_CLASSES = 12
"""In a confusion matrix; of more the most frequent confusions are listed."""
_MOST_DECISIONS = 100
_MOST_TRIALS = 20


def to_markdown(report: Report) -> str:
    """The whole report; nothing from the data can act as markup in it."""
    answer = report.answer
    lines = [
        MARKS[1],
        f"# {report.study}: what the search found",
        f"A text classifier for {escaped(report.source)}, tuned by {tables.metric_words(report.metric)}. "
        f"{tables.sentence(answer.counts)} Report of {report.made} UTC.",
        *([_list([escaped(tables.sentence(note)) for note in report.notes])] if report.notes else []),
        "## The answer",
        f"**{answer.verdict}**",
    ]
    if answer.winner is not None:
        lines += [f"The best configuration is that of trial {answer.winner.trial}: {escaped(answer.winner.brief)}."]
        lines += [_table(("", "", ""), [(name, value or "not measured", how) for name, value, how in tables.tiles(report)])]
    if answer.expected:
        lines.append(escaped(tables.sentence(answer.expected)))
    if len(answer.finalists) > 1:
        head = ("trial, trained again", f"{tables.metric_words(report.metric)} of each run", "mean")
        lines.append(_table(head, tables.finalist_rows(answer.finalists)))
    if answer.results:
        tested = f"test ({answer.test_rows:,} texts)" if answer.test_rows else "test"
        rows = [
            (line.name, *_scores(line.validation, line.validation_interval), *_scores(line.test, line.test_interval))
            for line in answer.results
        ]
        lines.append(_table((tables.metric_words(report.metric), "validation", "95 % interval", tested, "95 % interval"), rows))
    if answer.winner is not None:
        lines += ["The configuration was chosen on the validation texts: that score flatters it. The test texts decided nothing."]
        lines += ["### The best configuration", _table(("", ""), list(answer.winner.sections))]
    lines += [*_course(report), *_tips(report), *_decisions(report)]
    if report.validation is not None:
        lines += _mistakes(report.validation)
    if report.data is not None:
        lines += ["## The data", _table(("", ""), [("file", report.data.source), *report.data.lines])]
        lines += [_list([escaped(tables.sentence(note)) for note in report.data.notes])] if report.data.notes else []
    lines.append("## How to do it again")
    lines += [f"{tables.sentence(what)[:-1]}:\n\n{_code(as_code(command))}" for what, command in report.recipe.commands]
    if answer.winner is not None:
        lines.append(f"The configuration, best.yaml:\n\n{_code(as_code(answer.winner.yaml))}")
    lines += [_table(("", ""), list(report.recipe.facts)), f"Written by {report.generator}."]
    return "\n\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Words from the data as words and nothing else, on one line."""
    return _ACTS.sub(r"\\\1", visible(text))


def _scores(value: float | None, bounds: tuple[float, float] | None) -> tuple[str, str]:
    return tables.score(value), tables.interval(bounds)


def _course(report: Report) -> list[str]:
    if not report.trials:
        return []
    rows, failed = tables.trial_rows(report), tables.failures(report)
    head = ("trial", tables.metric_words(report.metric), "ended after", "why it ended", "best epoch", "seconds")
    said = [f"The best {_MOST_TRIALS} of {len(report.trials):,}."] if len(rows) > _MOST_TRIALS else []
    said += [escaped(tables.sentence(failed))] if failed else []
    return ["## Trials", *([" ".join(said)] if said else []), _table(head, rows[:_MOST_TRIALS])]


def _tips(report: Report) -> list[str]:
    evidence = report.evidence
    if not evidence.tips:
        return []
    lines = [
        "## What mattered, tip by tip",
        f"Observed is what was seen in {count(evidence.scored, 'trial')} that the search chose by what it had seen so far: a hint, not a "
        "proof. "
        + (
            f"By ablation: the winner with one thing changed, on the same seeds ({evidence.ablation}), on texts that favour the winner."
            if evidence.ablation
            else f"`autotune ablate {report.study}` tests it."
        ),
    ]
    shares = tables.importances(report)
    if shares:
        lines.append(_table(("parameter", "importance (PED-ANOVA)"), [(path, f"{share:.2f}") for path, share in shares]))
    else:
        lines.append(f"No importance: PED-ANOVA needs {evidence.needed} trials with a score, there are {evidence.scored}.")
    lines.append(
        _table(("tip", "", "what is known"), [(tip.number, tip.section.replace("_", " "), tip.conclusion) for tip in evidence.tips])
    )
    for tip in evidence.tips:
        lines += _tip(tip, report.metric)
    return lines


def _tip(tip: TipPart, metric: str) -> list[str]:
    lines = [f"### {tip.section.replace('_', ' ').capitalize()}"]
    for part in tip.parameters:
        if part.options:
            head, rows = tables.parameter_table(part, metric)
            lines.append(_table((part.path, *head[1:]), rows))
    if tip.changes:
        lines.append(_table(("change, by ablation", metric, "95 % interval", "noise", "seeds", "failed"), tables.change_rows(tip.changes)))
    return lines if len(lines) > 1 else []


def _decisions(report: Report) -> list[str]:
    if not report.decisions:
        return []
    kinds = Counter(one.kind for one in report.decisions)
    rows = [(one.at, "" if one.trial is None else str(one.trial), one.kind, one.evidence) for one in report.decisions[-_MOST_DECISIONS:]]
    left = f" The last {_MOST_DECISIONS}:" if len(rows) < len(report.decisions) else ""
    return [
        "## What the search decided",
        f"{count(len(report.decisions), 'decision')}: {', '.join(f'{number} {kind}' for kind, number in kinds.most_common())}.{left}",
        _table(("when (UTC)", "trial", "decision", "evidence"), rows),
    ]


def _mistakes(part: ValidationPart) -> list[str]:
    classes = [
        (one.label or "(empty)", *(tables.score(value, "%.3f") for value in (one.f1, one.precision, one.recall)), str(one.count))
        for one in tables.by_f1(part.classes)
    ]
    lines = [
        "## Where it is right and where it is wrong",
        f"The winner on the {count(part.rows, 'validation text')}, of which it gets {part.mistakes:,} wrong. It was chosen on these texts, "
        "so that new ones may fare a little worse.",
        _table(("class", "F1", "precision", "recall", "texts"), classes),
    ]
    if len(part.classes) <= _MOST_CLASSES:
        names = [one.label or "(empty)" for one in part.classes]
        rows = [(name, *map(str, row)) for name, row in zip(names, part.confusion, strict=True)]
        lines += ["Texts by label (rows) and prediction (columns):", _table(("", *names), rows)]
    elif part.confusions:
        lines += ["The most frequent confusions:", _table(("label", "taken for", "texts"), [(a, b, str(n)) for a, b, n in part.confusions])]
    lines.append(f"Expected calibration error {part.calibration_error:.3f}.")
    lines.append(_table(("confidence", "texts", "mean confidence", "right"), tables.calibration_rows(part)))
    if part.worst:
        rows = [
            (
                one.text + (f" (and {one.cut:,} more characters)" if one.cut else ""),
                f"{one.label} ({tables.percent(one.label_probability)})",
                f"{one.predicted} ({tables.percent(one.probability)})",
            )
            for one in part.worst
        ]
        lines += ["### Worst mistakes", _table(("text", "label", "taken for"), rows)]
    return lines


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are words from wherever: escaped, on one line."""
    body = ["| " + " | ".join(escaped(cut(cell, 500)) for cell in row) + " |" for row in (head, *rows)]
    return "\n".join([body[0], "|" + "---|" * len(head), *body[1:]])


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _code(text: str) -> str:
    """A block of code, between more backticks than the text has in a row."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
