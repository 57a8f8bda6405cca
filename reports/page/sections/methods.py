"""The methods in words, made from what the run's own files say was done, with signatures and citations."""

from collections import Counter
from collections.abc import Callable, Iterator

from evalkit.records import Claim, Relation
from evalkit.statistics.slope import METHOD as ON_COVERAGE
from evalkit.statistics.t_interval import METHOD as ON_SUBJECT_MEANS
from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.sections.agreement import compared
from reports.page.view import View

_METHODS = {
    ON_SUBJECT_MEANS: "each subject's clips were averaged first, and Student's t was taken on the subject means, so"
    " that the subject and not the clip or the frame is the unit [t]",
}
_TESTS: dict[Relation, str] = {
    "superior": "superior claims say that one arm is better than another by more than the margin (one-sided t)",
    "noninferior": "noninferior claims say that an arm is worse than another by less than the margin (one-sided) [ni]",
    "equivalent": "equivalent claims say that a difference lies within the margin on both sides (two one-sided t tests,"
    " TOST; the absence of a significant difference would show no equivalence) [tost]",
    "at_least": "at-least claims compare an arm with a number from below, relaxed by the margin (one-sided t)",
    "at_most": "at-most claims compare an arm with a number from above, relaxed by the margin (one-sided t)",
}
_SOURCES = {
    "[t]": "Altman DG, Bland JM. Units of analysis. BMJ 1997;314:1874. doi:10.1136/bmj.314.7098.1874",
    "[ni]": "Piaggio G et al. Reporting of noninferiority and equivalence randomized trials: extension of the CONSORT"
    " 2010 statement. JAMA 2012;308:2594-2604. doi:10.1001/jama.2012.87802",
    "[tost]": "Schuirmann DJ. A comparison of the two one-sided tests procedure and the power approach for assessing"
    " the equivalence of average bioavailability. J Pharmacokinet Biopharm 1987;15:657-680. doi:10.1007/BF01068419",
    "[holm]": "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70."
    " jstor:4615733",
    "[bh]": "Benjamini Y, Hochberg Y. Controlling the false discovery rate. J R Stat Soc B 1995;57:289-300."
    " doi:10.1111/j.2517-6161.1995.tb02031.x",
    "[cr2]": "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance estimation and hypothesis"
    " testing in fixed effects models. J Bus Econ Stat 2018;36:672-683. doi:10.1080/07350015.2016.1247004",
    "[ba]": "Bland JM, Altman DG. Agreement between methods of measurement with multiple observations per individual."
    " J Biopharm Stat 2007;17:571-582. doi:10.1080/10543400701329422",
}


def section(view: View) -> Section:
    """Paragraphs, a table of metrics with their signatures, and the sources that the text names."""
    paragraphs = [text for part in _PARTS for text in part(view)]
    cited = [(mark, source) for mark, source in _SOURCES.items() if any(mark in text for text in paragraphs)]
    metrics = [(m.name, m.summary, m.better, m.unit, m.signature, m.source) for m in view.metrics.values()]
    columns = ("metric", "what_it_is", "better", "unit", "signature", "source")
    context = {"paragraphs": paragraphs, "metrics": metrics, "cited": cited,
               "download": csv_download("metrics.csv", columns, metrics, "plan.json")}  # fmt: skip
    return Section("methods", "Methods", rendered("sections/methods.html.j2", **context))


def _clips(view: View) -> Iterator[str]:
    clips = view.run.plan["clips"]
    pairings = Counter(str(clip["pairing"]) for clip in clips)
    subjects = len({clip["subject_id"] for clip in clips})
    wanted = " and ".join(f"{column} = {value}" for column, value in view.study["population"].items())
    yield (
        f"The study took {len(clips)} clips of {subjects} subjects, those of split {view.study['split']!r} in its"
        f" manifest ({', '.join(f'{count} {name}' for name, count in sorted(pairings.items()))})."
        f" {f'Statistics are about clips with {wanted}.' if wanted else 'Statistics are about all of them.'}"
        " The plan (clips, arms, metrics, regions, claims, margins, seed) was frozen and hashed before anything was"
        f" measured; seed {view.study['seed']}."
    )


def _arms(view: View) -> Iterator[str]:
    regions = view.run.plan["regions"]
    names = ", ".join(view.arms)
    yield (
        f"{len(view.arms)} {'arm was' if len(view.arms) == 1 else 'arms were'} given each clip that has what they need:"
        f" {names}. What each is stands under “How this came about”. Sector and flow mask were found by the same code"
        f" for all arms (screen version {regions['screen']}, flow version {regions['flow']}), if the manifest brings no"
        f" mask; the seam reaches {regions['seam_width']} pixels to both sides of the mask's border. Measurements were"
        " taken from the frames as the arms gave them, never from the videos shown here."
    )
    for name, identity in view.run.plan.get("tasks", {}).items():
        yield f"Task {name} ({identity.get('kind', 'of its own kind')}) fitted a model of its own."


def _estimates(view: View) -> Iterator[str]:
    methods = dict.fromkeys(e.method for e in view.run.estimates)
    levels = sorted({e.level for e in view.run.estimates if e.relation is None})
    said = "; ".join(f"{name}: {_METHODS[name]}" if name in _METHODS else name for name in methods)
    level = " and ".join(f"{100 * each:g}" for each in levels)
    yield (
        f"Means and their {level} % intervals ({said}). Below six subjects there is no interval and no test. A failed"
        " translation counts as the worst value of a metric; in a claim it counts as either end of what the metric can"
        " be, whichever is less convenient to a verdict. What is undefined is left out and counted."
    )


def _claims(view: View) -> Iterator[str]:
    claims: list[Claim] = view.claims
    if not claims:
        yield "The study makes no claim, and no test was made for one."
        return
    tests = "; ".join(_TESTS[name] for name in dict.fromkeys(claim.relation for claim in claims))
    families = Counter(claim.family for claim in claims)
    alphas = ", ".join(f"{name}: {count} at alpha {next(c.alpha for c in claims if c.family == name):g}"
                       for name, count in families.items())  # fmt: skip
    yield (
        f"Claims: {tests}. p was adjusted by Holm within each family [holm] ({alphas}). Supported: adjusted p at most"
        " alpha; refuted: the interval lies wholly on the wrong side of the margin; else inconclusive; not evaluable"
        " where too many clips failed or have no value."
    )


def _exploratory(view: View) -> Iterator[str]:
    if view.run.strata:
        yield (
            f"Strata ({', '.join(view.study['strata'])}) are exploratory: p adjusted by Benjamini and Hochberg over all"
            " tests on strata [bh], and no verdict."
        )
    if view.run.slopes:
        methods = dict.fromkeys(slope.method for slope in view.run.slopes)
        mark = " [cr2]" if ON_COVERAGE in methods else ""
        yield (
            f"Slopes on coverage ({'; '.join(methods)}){mark} are exploratory too, and adjusted in the same way over"
            " all slopes [bh]."
        )
    if compared(view)[0]:
        yield "Limits of agreement count the variance between subjects and within them [ba]; they are descriptive."


_PARTS: tuple[Callable[[View], Iterator[str]], ...] = (_clips, _arms, _estimates, _claims, _exploratory)
