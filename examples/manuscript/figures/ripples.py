#!/usr/bin/env python3
"""Simulate the example's data; write its figures and tables.

    python3 figures/ripples.py      (standard library, and pdflatex)

Writes figures/ripples.pdf, figures/threshold.pdf, tables/load.tex and
tables/patients.tex, and prints the numbers that the text quotes. The data are
invented. The seed is fixed: a second run draws the same data.
"""

import math
import os
import random
import statistics as st
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRIALS = [203, 196, 210, 188, 201, 214, 192, 205, 195]
ELECTRODES = [4, 6, 3, 5, 4, 7, 2, 5, 6]
LOADS = range(1, 8)
DELAY = 3.0  # seconds of maintenance
T975 = 2.306  # 97.5 % quantile of Student's t with 8 degrees of freedom
BLUE, ORANGE, GREY = "0.12 0.31 0.55", "0.85 0.40 0.10", "0.72 0.76 0.82"


# The data: a list of (patient, load, correct, [(latency, amplitude), ...]).


def poisson(rng, mean):
    count, product, limit = 0, rng.random(), math.exp(-mean)
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def simulate(seed=29):
    rng = random.Random(seed)
    trials = []
    for patient, number in enumerate(TRIALS):
        level, slope = rng.gauss(0.92, 0.13), rng.gauss(-0.18, 0.025)
        centre, delay = rng.gauss(1.20, 0.08), rng.gauss(0.070, 0.012)
        for k in range(number):
            load = k % 7 + 1
            rate = max(0.05, level + slope * (load - 4))
            ripples = []
            for _ in range(poisson(rng, rate * DELAY)):
                latency = -1.0
                while not 0 < latency < DELAY:
                    latency = rng.gauss(centre + delay * (load - 4), 0.55)
                ripples.append((latency, 3 + rng.expovariate(1.0)))
            excess = len(ripples) / DELAY - rate
            chance = 1 / (1 + math.exp(-(2.6 - 0.40 * (load - 4) + 0.75 * excess)))
            trials.append((patient, load, rng.random() < chance, ripples))
    return trials


def rate(ripples, threshold=3.0):
    return sum(amplitude >= threshold for _, amplitude in ripples) / DELAY


def rates(trials, patient, load, threshold=3.0):
    """Mean ripple rate (Hz) of one patient at one load."""
    return st.mean(rate(r, threshold) for p, l, _, r in trials if (p, l) == (patient, load))


def latencies(trials, patient, load):
    """Mean ripple latency (s) of one patient at one load."""
    return st.mean(x for p, l, _, r in trials if (p, l) == (patient, load) for x, _ in r)


def slope(values):
    """Least-squares slope of seven values on load 1 to 7."""
    return sum((load - 4) * v for load, v in zip(LOADS, values)) / 28


def group(values):
    """Mean, 95 % confidence limits and t of one value a patient."""
    mean, error = st.mean(values), sem(values)
    return mean, mean - T975 * error, mean + T975 * error, mean / error


def sem(values):
    return st.stdev(values) / math.sqrt(len(values))


# Drawing: paths are PDF operators, text is set by LaTeX, both in points.


class Page:
    def __init__(self, width, height):
        self.size, self.paths, self.texts = (width, height), [], []

    def line(self, points, colour="0 0 0", width=0.6):
        (x, y), *rest = points
        path = f"{x:.2f} {y:.2f} m " + " ".join(f"{x:.2f} {y:.2f} l" for x, y in rest)
        self.paths.append(f"{colour} RG {width} w 1 J 1 j {path} S")

    def dot(self, x, y, colour, radius=2.0):
        self.paths.append(f"{colour} RG {2 * radius} w 1 J {x:.2f} {y:.2f} m {x:.2f} {y:.2f} l S")

    def text(self, x, y, text, align="c"):
        self.texts.append(rf"\put({x:.2f},{y:.2f}){{\makebox(0,0)[{align}]{{{text}}}}}")

    def turned(self, x, y, text):
        self.text(x, y, rf"\rotatebox{{90}}{{{text}}}")

    def save(self, path):
        width, height = self.size
        source = "\n".join(
            [
                r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{graphicx}",
                r"\usepackage[scaled=0.9]{helvet}\renewcommand{\familydefault}{\sfdefault}",
                rf"\usepackage[paperwidth={width}bp,paperheight={height}bp,margin=0bp]{{geometry}}",
                r"\pagestyle{empty}\parindent0pt\topskip0pt\unitlength1bp",
                r"\pdfinfoomitdate=1\pdftrailerid{}\pdfsuppressptexinfo=-1",
                rf"\begin{{document}}\fontsize{{8}}{{9}}\selectfont\begin{{picture}}({width},{height})",
                r"\put(0,0){\pdfliteral{q " + "\n".join(self.paths) + " Q}}",
                *self.texts,
                r"\end{picture}\end{document}",
            ]
        )
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "figure.tex").write_text(source)
            subprocess.run(
                ["pdflatex", "-no-shell-escape", "-interaction=batchmode", "figure.tex"],
                cwd=folder, check=True, stdout=subprocess.DEVNULL,
                env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
            )
            path.write_bytes((Path(folder) / "figure.pdf").read_bytes())


class Axes:
    """A panel: maps data to the page and draws its two axes."""

    def __init__(self, page, box, xs, ys):
        self.page, (self.left, self.bottom, self.width, self.height) = page, box
        self.xs, self.ys = xs, ys

    def at(self, x, y):
        (x0, x1), (y0, y1) = self.xs, self.ys
        return (self.left + (x - x0) / (x1 - x0) * self.width,
                self.bottom + (y - y0) / (y1 - y0) * self.height)

    def axes(self, letter, xlabel, ylabel, xticks, yticks, form="{:g}"):
        page, left, bottom = self.page, self.left, self.bottom
        page.line([(left, bottom + self.height), (left, bottom), (left + self.width, bottom)])
        for value in xticks:
            x, _ = self.at(value, self.ys[0])
            page.line([(x, bottom), (x, bottom - 2.5)])
            page.text(x, bottom - 8, f"{value:g}")
        for value in yticks:
            _, y = self.at(self.xs[0], value)
            page.line([(left, y), (left - 2.5, y)])
            page.text(left - 5, y, form.format(value).replace("-", "--"), "r")
        page.text(left + self.width / 2, bottom - 20, xlabel)
        page.turned(left - 27, bottom + self.height / 2, ylabel)
        page.text(left - 30, bottom + self.height + 10, rf"\bfseries {letter}", "l")

    def curve(self, xs, ys, colour, width=0.6):
        self.page.line([self.at(x, y) for x, y in zip(xs, ys)], colour, width)

    def point(self, x, low, y, high, colour):
        self.page.line([self.at(x, low), self.at(x, high)], colour, 1.0)
        self.page.dot(*self.at(x, y), colour)


def trace(rng, axes_raw, axes_band):
    """One second of field potential with a 90 Hz ripple, raw and band-passed."""
    times = [k / 1000 for k in range(1000)]
    waves = [(f, rng.uniform(0, 2 * math.pi), 26 / f**0.9) for f in range(2, 60)]
    fast = [(f, rng.uniform(0, 2 * math.pi), 0.75) for f in range(72, 118, 3)]
    band = [sum(a * math.sin(2 * math.pi * f * t + p) for f, p, a in fast)
            + 26 * math.exp(-((t - 0.52) / 0.028) ** 2) * math.sin(2 * math.pi * 90 * t)
            for t in times]
    raw = [b + sum(a * math.sin(2 * math.pi * f * t + p) for f, p, a in waves)
           - 20 * math.exp(-((t - 0.54) / 0.06) ** 2) for t, b in zip(times, band)]
    axes_raw.curve(times, raw, "0.25 0.28 0.33", 0.5)
    axes_band.curve(times, band, BLUE, 0.5)


def draw_ripples(by_rate, by_latency):
    page = Page(454, 140)
    raw = Axes(page, (10, 73, 120, 51), (0, 1), (-45, 45))
    band = Axes(page, (10, 30, 120, 34), (0, 1), (-30, 30))
    trace(random.Random(4), raw, band)
    page.text(4, 130, r"\bfseries a", "l")
    page.text(22, 130, "Raw", "l")
    page.text(10, 64, "70--120\\,Hz", "l")
    page.line([(100, 24), (124, 24)], width=1.2)
    page.text(112, 16, "200\\,ms")
    page.line([(136, 38), (136, 38 + 34 * 30 / 60)], width=1.2)
    page.turned(143, 46.5, "30\\,\\textmu V")

    panels = [("b", 184, "Ripple rate (Hz)", (0, 2), (0, 0.5, 1, 1.5, 2), by_rate, BLUE),
              ("c", 340, "Ripple latency (s)", (0.8, 1.7), (0.8, 1.0, 1.2, 1.4, 1.6), by_latency, ORANGE)]
    for letter, left, label, limits, ticks, values, colour in panels:
        axes = Axes(page, (left, 32, 108, 88), (0.6, 7.4), limits)
        axes.axes(letter, "Letters held", label, LOADS, ticks, "{:.1f}")
        for row in values:
            axes.curve(LOADS, row, GREY)
        columns = list(zip(*values))
        axes.curve(LOADS, [st.mean(c) for c in columns], colour, 1.4)
        for load, column in zip(LOADS, columns):
            mean, error = st.mean(column), sem(column)
            axes.point(load, mean - error, mean, mean + error, colour)
    page.save(ROOT / "figures/ripples.pdf")


def draw_threshold(relative):
    page = Page(230, 140)
    axes = Axes(page, (46, 34, 170, 98), (2.8, 6.2), (-30, 0))
    axes.axes("", "Detection threshold (s.d.)", r"Change per letter (\%)",
              (3, 4, 5, 6), (-30, -20, -10, 0), "{:.0f}")
    for threshold, (mean, low, high, _) in relative.items():
        axes.point(threshold, low, mean, high, BLUE)
    page.save(ROOT / "figures/threshold.pdf")


# Tables and text.


def table(path, spec, head, rows):
    lines = [f"% Written by figures/{Path(__file__).name}.", rf"\begin{{tabular}}{{{spec}}}", r"  \toprule",
             rf"  {head} \\", r"  \midrule", *(rf"  {row} \\" for row in rows), r"  \bottomrule", r"\end{tabular}"]
    path.write_text("\n".join(lines) + "\n")


def number(value, digits=2):
    return f"{value:.{digits}f}" if value >= 0 else f"$-{-value:.{digits}f}$"


def main():
    trials = simulate()
    patients = range(len(TRIALS))
    by_rate = [[rates(trials, p, l) for l in LOADS] for p in patients]
    by_latency = [[latencies(trials, p, l) for l in LOADS] for p in patients]
    rate_slopes = [slope(row) for row in by_rate]
    latency_slopes = [slope(row) for row in by_latency]

    relative = {}
    for threshold in (3, 4, 5, 6):
        per_patient = []
        for p in patients:
            row = [rates(trials, p, l, threshold) for l in LOADS]
            per_patient.append(100 * slope(row) / st.mean(row))
        relative[threshold] = group(per_patient)

    draw_ripples(by_rate, by_latency)
    draw_threshold(relative)

    rows = []
    for load in LOADS:
        chosen = [t for t in trials if t[1] == load]
        column, late = [r[load - 1] for r in by_rate], [r[load - 1] for r in by_latency]
        rows.append(f"{load} & {len(chosen)} & {100 * st.mean(t[2] for t in chosen):.1f} & "
                    f"{st.mean(column):.2f} ({sem(column):.2f}) & {st.mean(late):.2f} ({sem(late):.2f})")
    table(ROOT / "tables/load.tex", "rrrcc",
          r"Letters & Trials & Correct (\%) & Ripple rate (Hz) & Ripple latency (s)", rows)
    rows = []
    for p in patients:
        mine = [t for t in trials if t[0] == p]
        rows.append(f"P{p + 1} & {ELECTRODES[p]} & {len(mine)} & {100 * st.mean(t[2] for t in mine):.1f} & "
                    f"{number(rate_slopes[p])} & {1000 * latency_slopes[p]:.0f}")
    table(ROOT / "tables/patients.tex", "lrrrrr",
          r"Patient & Contacts & Trials & Correct (\%) & Rate (Hz/letter) & Latency (ms/letter)", rows)

    difference = []
    for p in patients:
        # Within load, so that harder trials do not make the difference.
        parts = []
        for l in LOADS:
            right = [rate(r) for q, m, ok, r in trials if (q, m, ok) == (p, l, True)]
            wrong = [rate(r) for q, m, ok, r in trials if (q, m, ok) == (p, l, False)]
            if right and wrong:
                parts += [(st.mean(right) - st.mean(wrong), len(wrong))]
        difference.append(sum(d * n for d, n in parts) / sum(n for _, n in parts))

    print(f"trials {len(trials)}, ripples {sum(len(t[3]) for t in trials)}, electrodes {sum(ELECTRODES)}, "
          f"correct {100 * st.mean(t[2] for t in trials):.1f} %")
    for name, values in (("rate", rate_slopes), ("latency", latency_slopes), ("right - wrong", difference)):
        print("{}: mean {:.4f}, 95 % CI {:.4f} to {:.4f}, t(8) = {:.2f}".format(name, *group(values)))
    for threshold, values in relative.items():
        print("threshold {}: {:.1f} % per letter ({:.1f} to {:.1f}), t(8) = {:.1f}".format(threshold, *values))


if __name__ == "__main__":
    main()
