"""The live picture of a search, for a terminal of any size: what matters most stays where there is little room."""

from collections.abc import Sequence
from statistics import fmean

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from autotune.watching.progress import Progress, Running
from autotune.watching.sparkline import ASCII, BLOCKS, over_time, sparkline
from autotune.watching.usage import Usage
from autotune.words import brief, count, duration, size

_WIDEST_CURVE = 24
_MOST_DECISIONS = 3
_GAP = "  "
_MORE = "\u2026"


class Picture:
    """Draws a search.

    Args:
        plain: only ASCII, for a terminal that knows no other characters.
    """

    def __init__(self, progress: Progress, usage: Usage, plain: bool = False) -> None:
        self.progress = progress
        self.usage = usage
        self._levels = ASCII if plain else BLOCKS
        self._done, self._open = ("#", ".") if plain else ("━", "─")

    def lines(self, width: int, height: int) -> list[Text]:
        """The picture, of lines no wider than `width` and no more than `height` of them."""
        lines = self._lines(width, height)
        for line in lines if self._levels == ASCII else ():
            line.plain = line.plain.replace(_MORE, "~").encode("ascii", "replace").decode()
        return lines

    def _lines(self, width: int, height: int) -> list[Text]:
        progress = self.progress
        if progress.phase == "starting":
            return [_fitted([("starting the workers ...", "")], width)][:height]
        top = [self._head(width), self._bar(width), self._best(width)]
        counts = self._counts(width)
        rows = self._finalists(width) if progress.phase == "confirming" else self._trials(width) if progress.running else []
        if progress.phase == "testing":
            rows = [_fitted([(f"testing on {count(progress.testing, 'text')}", "")], width)]
        room = max(0, height - len(top))
        if len(rows) > room:  # a header is worth less than a trial
            rows = rows[1:]
        if len(rows) > room:
            rows = [*rows[: max(0, room - 1)], _fitted([(f"and {count(len(rows) - room + 1, 'other')}", "dim")], width)] if room else []
        room -= len(rows)
        if room >= 1:
            top.append(counts)
            room -= 1
        told = self._decisions(width, room - 2) if room >= 3 else []
        spaced = room - len(told) - bool(told) >= 1 and bool(rows)
        return [*top, *([Text()] if spaced else []), *rows, *([Text()] if told else []), *told][:height]

    def _head(self, width: int) -> Text:
        progress = self.progress
        clock = f"{duration(progress.elapsed)} gone"
        left = [f"{duration(progress.left)} left"] if progress.left is not None else []
        if progress.estimate is not None:
            left.append(f"about {duration(progress.estimate)} left")
        if progress.plan.seconds is not None:
            clock = f"{duration(progress.elapsed)} of {duration(progress.plan.seconds)}"
        totals = ((progress.ended, progress.plan.trials, "trial"), (progress.epochs, progress.plan.epochs, "epoch"))
        spent = [f"{done} of {count(total, noun)}" for done, total, noun in totals if total]
        name = _cut(progress.name, max(8, width // 3))
        parts = [(name, "bold"), (progress.phase, ""), *((part, "") for part in (*left, *spent, clock))]
        return _fitted(parts, width)

    def _bar(self, width: int) -> Text:
        done = round(self.progress.share * width)
        return Text(self._done * done, style="green", no_wrap=True).append(self._open * (width - done), style="dim")

    def _best(self, width: int) -> Text:
        progress = self.progress
        beaten = [(f"to beat {progress.to_beat[1]:.4f} ({progress.to_beat[0]})", "dim")] if progress.to_beat else []
        short = [(f"to beat {progress.to_beat[1]:.4f}", "dim")] if progress.to_beat else []
        if progress.best is None:
            return _fitted([("no result yet", ""), *beaten], width)
        number, score = progress.best
        parts = [(f"best {progress.plan.metric} {score:.4f}", "bold"), (f"trial {number}", "")]
        history = progress.history
        if len(history) > 1:
            places = min(_WIDEST_CURVE, max(0, width // 4))
            curve = sparkline(over_time(history, progress.elapsed, places), places, self._levels)
            parts += [(curve, "green"), (f"{score - history[0][1]:+.4f}, {duration(progress.elapsed - history[-1][0])} ago", "")]
        long = _fitted([*parts, *beaten], width)
        return long if not beaten or beaten[0][0] in long.plain else _fitted([*parts, *short], width)

    def _counts(self, width: int) -> Text:
        progress = self.progress
        styles = {"failed": "red", "out of memory": "red", "complete": ""}
        parts = [(count(progress.ended, "trial"), "")]
        parts += [(f"{number} {word}", styles.get(word, "")) for word, number in sorted(progress.outcomes.items(), key=_rank) if number]
        usage = self.usage
        if usage.busy is not None:
            parts.append((f"cpu {usage.busy:.1f} of {count(usage.cores, 'core')}", "dim"))
        for gpu in usage.gpus:
            parts.append((f"gpu {gpu.busy:.0%}, {size(gpu.used)} of {size(gpu.memory)}", "dim"))
        return _fitted(parts, width)

    def _trials(self, width: int) -> list[Text]:
        """One line for each trial that is being trained, below their header."""
        metric, running = self.progress.plan.metric, sorted(self.progress.running.items())
        places = min(_WIDEST_CURVE, max(6, width // 8))
        rows = [
            (str(number), _epochs(trial), str(trial.rung), _score(trial.values[-1:]), _score([trial.best] if trial.values else []),
             sparkline(trial.values[-places:], places, self._levels), brief(trial.config))
            for number, trial in running
        ]  # fmt: skip
        head = ("trial", "epoch", "rung", metric, "best", "curve", "configuration")
        shown = (0, 1, 2, 3, 4, 5, 6) if width >= 60 else (0, 1, 3, 5, 6)
        return _table([head, *rows], shown, {1: 5, 3: 6, 4: 6, 5: places}, width, to_the_left=(5, 6))

    def _finalists(self, width: int) -> list[Text]:
        """One line for each finalist: what its runs came to, and how far the one is that is being trained."""
        progress = self.progress
        places = min(_WIDEST_CURVE, max(6, width // 8))
        rows = []
        for trial in progress.finalists:
            scores = [run.score for run in progress.runs if run.trial == trial and run.score is not None]
            now = [running for (number, _), running in sorted(progress.again.items()) if number == trial]
            curves = " ".join(f"{_epochs(run)} {sparkline(run.values[-places:], places, self._levels)}" for run in now)
            mean = f"{fmean(scores):.4f}" if scores else ""
            rows.append((str(trial), f"{len(scores)}/{max(progress.wanted_runs, len(scores))}", mean, _score(scores), curves))
        shown = (0, 1, 2, 3, 4) if width >= 60 else (0, 1, 2, 4)
        scores_wide = 7 * progress.wanted_runs - 1
        return _table([("trial", "runs", "mean", "again", "now"), *rows], shown, {2: 6, 3: scores_wide}, width, to_the_left=(3, 4))

    def _decisions(self, width: int, room: int) -> list[Text]:
        """The last decisions, the newest last, each on up to two lines."""
        told: list[Text] = []
        pruned = False
        for seconds, made in reversed(self.progress.decided):
            if made.kind == "pruned" and pruned:
                continue  # they are counted, there are many, and they would push all else out of sight
            pruned |= made.kind == "pruned"
            who = "" if made.trial is None else f"trial {made.trial} "
            lines = _wrapped(f"{duration(seconds):>7}  {who}{made.kind}: {made.evidence}", width, 2)
            if len(told) + len(lines) > min(room, 2 * _MOST_DECISIONS):
                break
            told = lines + told
        return told


def _epochs(trial: Running) -> str:
    return f"{trial.epoch}/{trial.config.early_stopping.max_epochs}"


def _score(values: Sequence[float | None]) -> str:
    return " ".join(f"{value:.4f}" for value in values if value is not None)


def _rank(entry: tuple[str, int]) -> int:
    order = ("complete", "pruned", "timed out", "cut off", "diverged", "refused", "out of memory", "failed")
    return order.index(entry[0])


def _fitted(parts: Sequence[tuple[str, str]], width: int) -> Text:
    """Parts side by side, as many as fit whole; the first is cut where even that does not."""
    line, used = Text(no_wrap=True), 0
    for number, (part, style) in enumerate(parts):
        text = calm(part)
        needed = cell_len(text) + (len(_GAP) if number else 0)
        if number and used + needed > width:
            continue
        line.append(_GAP if number else "").append(_cut(text, width), style=style)
        used += needed
    return line


def _table(
    rows: Sequence[Sequence[str]], shown: Sequence[int], least: dict[int, int], width: int, to_the_left: Sequence[int]
) -> list[Text]:
    """Rows below their header, which is dim. What is beyond the width is cut.

    Args:
        shown: the columns to show, in their order.
        least: of columns that are filled by and by, how wide they are in any case.
        to_the_left: columns that begin together; others end together.
    """
    wide = {column: max(least.get(column, 0), *(cell_len(calm(row[column])) for row in rows)) for column in shown}
    lines = []
    for number, row in enumerate(rows):
        cells = []
        for column in shown:
            cell = calm(row[column])
            blank = " " * (wide[column] - cell_len(cell))
            cells.append(cell + blank if column in to_the_left else blank + cell)
        lines.append(Text(_cut(_GAP.join(cells).rstrip(), width), style="" if number else "dim", no_wrap=True))
    return lines


def _wrapped(text: str, width: int, most: int) -> list[Text]:
    """A sentence on up to `most` lines, cut where it is longer."""
    lines: list[str] = []
    for word in calm(text).split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        elif len(lines) < most:
            lines.append(word if not lines else f"{' ' * 9}{word}")
        else:
            lines[-1] = _cut(f"{lines[-1]} {word}", width, always=True)
            break
    return [Text(_cut(line, width), style="dim", no_wrap=True) for line in lines]


def _cut(text: str, width: int, always: bool = False) -> str:
    """The text where it fits, else as much of it as does; characters that take two places are never halved."""
    if cell_len(text) <= width and not always:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + _MORE if width else ""


def calm(text: str) -> str:
    """Text that cannot move the cursor, ring, colour the terminal or turn its direction around, whoever wrote it."""
    return "".join(character if character.isprintable() else " " for character in text)
