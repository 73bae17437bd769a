"""Studies on the map of a plan: marks of sites, values of provinces, and what the panel says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.errors import InputError, Problem
from layout.labels import LANGUAGES, has, text
from layout.labels.cleaning import clean
from layout.report.extra import Extra, SiteClass, SiteClasses, StudyNote, Words
from layout.report.quantities import known, number, quantity, share

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.study.folder import Study

Rows = list[tuple[Words, Words]]


def study_extras(plan: Plan, folders: Iterable[str | Path]) -> list[Extra]:
    """What the studies of these folders add to the plan's map, in their order.

    Raises FileProblem where a folder holds no study, and InputError where one is damaged or is
    about sites that the plan has not.
    """
    from layout.study.reading import read_study

    found: list[Extra] = []
    for count, folder in enumerate(folders, start=1):
        study = read_study(folder)
        own = _layers(study, plan)
        _check_sites(study, plan, own, str(folder))
        found += [replace(one, key=f"{count}-{one.key}") for one in (*own, _note(study, plan))]
    return found


def _layers(study: Study, plan: Plan) -> list[Extra]:
    made = _LAYERS.get(str(study.record.get("study")))
    return [] if made is None else made(study, plan)


def _check_sites(study: Study, plan: Plan, layers: Sequence[Extra], folder: str) -> None:
    sites = set(map(str, plan.model["sites"]["site"]))
    named = {site for one in layers if isinstance(one, SiteClasses) for site in one.of}
    if unknown := sorted(named - sites):
        values = {
            "site": unknown[0],
            "count": len(unknown),
            "model": str(study.record.get("model")),
            "own": _model(plan),
        }
        raise InputError([Problem("study_sites", "error", folder, values=values)])


def _note(study: Study, plan: Plan) -> StudyNote:
    """The lines of the panel: what kind of study, on what, and what it found."""
    kind = str(study.record.get("study") or "")
    title = _words(f"map.study.{kind}") if has(f"map.study.{kind}") else _both(kind or "study")
    made = _ROWS.get(kind)
    rows = [] if made is None else made(study, plan)
    return StudyNote("note", title, rows, _doubts(study, plan))


def _model(plan: Plan) -> str:
    """The model's name, which the copy in a plan folder has not."""
    return str(plan.record.get("model") or plan.model.name)


def _doubts(study: Study, plan: Plan) -> list[Words]:
    """Where the study is about another model, or the same one with other inputs."""
    model, own_model = str(study.record.get("model") or ""), _model(plan)
    if model != own_model:
        return [_words("map.study.other_model", model=model, own=own_model)]
    own, theirs = ((one.record.get("manifest") or {}).get("inputs") or {} for one in (plan, study))
    both = set(own) & set(theirs)
    changed = sorted(name for name in both if own[name] != theirs[name])
    return [_words("map.study.other_inputs", files=", ".join(changed[:4]))] if changed else []


def _words(key: str, **values: Any) -> Words:
    return {lang: clean(text(key, lang, **values)) for lang in LANGUAGES}


def _both(said: str) -> Words:
    return dict.fromkeys(LANGUAGES, clean(said))


def _amount(value: Any, unit: str) -> Words:
    return {lang: quantity(value, unit, lang) for lang in LANGUAGES}


# ---- alternatives -------------------------------------------------------------------------------


def _alternatives(study: Study, _: Plan) -> list[Extra]:
    from layout.report.extra import ProvinceValues
    from layout.study.alternatives.alternative_tables import LOOKS

    sites, ranges = study["sites"], study["ranges"]
    of = {str(row["site"]): str(row["class"]) for _, row in sites.iterrows()}
    classes = [
        SiteClass(name, _words(f"alternatives.class.{name}"), *look)
        for name, look in LOOKS.items()
        if name in of.values()
    ]
    notes = {str(row["site"]): _alternative_note(row) for _, row in sites.iterrows()}
    own = ranges[(ranges["range_of"] == "province") & (ranges["kind"] == "")]
    spans = (own["greatest_found"] - own["least_found"]).to_numpy(dtype=float)
    values = dict(zip(own["place"].astype(str), map(float, spans), strict=True))
    marks = SiteClasses("alternatives", _words("alternatives.layer"), classes, of, notes)
    shade = ProvinceValues("alternatives", _words("alternatives.span"), "MW", values)
    return [marks, *([shade] if values else [])]


def _alternative_note(row: Any) -> Words:
    proof = _words(f"alternatives.proof.{row['class_proof'] or 'open'}")
    built = {"built": int(row["plans_built"]), "plans": int(row["plans_found"])}
    return {
        lang: f"{proof[lang]} {text('alternatives.built_in', lang, **built)}" for lang in LANGUAGES
    }


def _alternative_rows(study: Study, _: Plan) -> Rows:
    record = study.record
    rows: Rows = [
        (_words("map.study.slack"), _both(share(record.get("within")))),
        (_words("map.study.plans"), _both(str(record.get("plans", "–")))),
    ]
    for name, sites in (record.get("classes") or {}).items():
        if sites and has(f"alternatives.class.{name}"):
            rows.append((_words(f"alternatives.class.{name}"), _sites(len(sites))))
    return rows


def _sites(count: int) -> Words:
    return _words("map.study.sites", count=count)


# ---- uncertainty --------------------------------------------------------------------------------


def _uncertainty(study: Study, plan: Plan) -> list[Extra]:
    from layout.study.uncertainty.uncertainty_map import layers

    return layers(study, plan.model)


def _uncertainty_rows(study: Study, _: Plan) -> Rows:
    record = study.record
    solved = f"{record.get('solved')} / {record.get('samples')}"
    rows: Rows = [(_words("map.study.samples"), _both(solved))]
    spread: Any = study["spread"].set_index("measure")
    if "cost_mcny" in spread.index:
        low, high = (spread.at["cost_mcny", name] for name in ("p05", "p95"))
        parts = [_amount(float(value), "mcny") for value in (low, high)]
        span = {lang: f"{parts[0][lang]} – {parts[1][lang]}" for lang in LANGUAGES}
        rows.append((_words("map.study.cost_90"), span))
    odds: Any = study["target_odds"]
    for target, chance in zip(odds["target"], odds["probability"], strict=True):
        if known(chance):
            rows.append((_both(str(target)), _both(share(chance))))
    return rows


# ---- targets, explain, settle, suitability ------------------------------------------------------


def _target_rows(study: Study, plan: Plan) -> Rows:
    """Every target as all of them together meet it, and what it costs beside the others."""
    tests: Any = study["tests"]
    titles = {one.id: one.title for one in plan.model.settings.targets}
    together = tests[tests["question"] == "together"].set_index("target")["status"]
    without = tests[tests["question"] == "without"].set_index("target")["difference_mcny"]
    rows: Rows = []
    for target in dict.fromkeys(map(str, tests["target"])):
        title = titles.get(target)
        named = {
            lang: clean((title.in_language(lang) if title is not None else "") or target)
            for lang in LANGUAGES
        }
        status = str(together.get(target, "not_applicable"))
        mark = {"pass": "✓", "fail": "✗"}.get(status, "—")  # nosec B105 # a verdict
        cost = without.get(target)
        costs = known(cost) and abs(float(cost)) > 0
        said = {
            lang: f"{mark} {quantity(float(cost), 'mcny', lang)}" if costs else mark
            for lang in LANGUAGES
        }
        rows.append((named, said))
    return rows


def _explained(study: Study, _: Plan) -> list[Extra]:
    table = study.tables.get("explained_sites")
    if table is None or table.empty:
        return []
    classes = [
        SiteClass("built", _words("map.study.built"), "square", 3),
        SiteClass("idle", _words("map.study.not_built"), "cross", 4),
    ]
    of = {
        str(site): "built" if mw > 0 else "idle"
        for site, mw in zip(table["site"], table["new_mw"], strict=True)
    }
    notes = {str(row["site"]): _explained_note(row) for _, row in table.iterrows()}
    return [SiteClasses("explain", _words("map.study.explain"), classes, of, notes)]


def _explained_note(row: Any) -> Words:
    """What building there saves, or what keeps the site from being built."""
    if known(row["saves_mcny"]):
        saves = _amount(float(row["saves_mcny"]), "mcny")
        return {lang: text("map.study.saves", lang, value=saves[lang]) for lang in LANGUAGES}
    parts: list[Words] = []
    if known(row["rise_mcny"]):
        rise = _amount(float(row["rise_mcny"]), "mcny")
        values = {"mw": number(row["least_mw"])}
        parts.append(
            {lang: text("map.study.rise", lang, value=rise[lang], **values) for lang in LANGUAGES}
        )
    if known(row["capital_fall"]):
        parts.append(_words("map.study.capital_fall", share=share(float(row["capital_fall"]))))
    return {lang: " ".join(part[lang] for part in parts) for lang in LANGUAGES}


def _settled(study: Study, _: Plan) -> list[Extra]:
    from layout.study.explaining.settle_map import layers

    return list(layers(study))


def _swept(study: Study, _: Plan) -> list[Extra]:
    from layout.study.runs.sweep_map import layers

    return list(layers(study))


def _settled_rows(study: Study, _: Plan) -> Rows:
    rows: Rows = []
    total: Any = (study.record.get("compensation") or {}).get("total_mcny")
    if known(total):
        rows.append((_words("map.study.compensation"), _amount(float(total), "mcny")))
    return rows


def _suitable(study: Study, plan: Plan) -> list[Extra]:
    """What `layout suitability` draws: classes by rank, the best score of every province."""
    from layout.report.boundaries import shipped_boundaries
    from layout.report.sheet.place import homes
    from layout.study.suitability.suitability_map import layers

    return layers(study, homes(plan.model, shipped_boundaries()))


def _suitable_rows(study: Study, _: Plan) -> Rows:
    record = study.record
    rows: Rows = [
        (_words(f"suitability.status.{name}"), _sites(int(record.get(name) or 0)))
        for name in ("ranked", "excluded", "too_little_known")
        if record.get(name)
    ]
    weights = "example" if record.get("example_weights") else "own"
    return [
        *rows,
        (_words("suitability.column.weight"), _words(f"suitability.weights.short.{weights}")),
    ]


def _indexed(study: Study, plan: Plan) -> list[Extra]:
    """What `layout index` draws: provinces by index, and by how the plan changes it."""
    from layout.study.index.index_map import layers
    from layout.study.index.writing import codes_of

    return layers(study, codes_of(plan.model))


def _index_rows(study: Study, plan: Plan) -> Rows:
    """That it is not the published index, whose weights, and who is first."""
    from layout.study.index.index_map import panel

    return panel(study, plan.model)


_LAYERS: dict[str, Callable[[Study, Plan], list[Extra]]] = {
    "alternatives": _alternatives,
    "uncertainty": _uncertainty,
    "explain": _explained,
    "settle": _settled,
    "sweep": _swept,
    "suitability": _suitable,
    "index": _indexed,
}
_ROWS: dict[str, Callable[[Study, Plan], Rows]] = {
    "settle": _settled_rows,
    "alternatives": _alternative_rows,
    "uncertainty": _uncertainty_rows,
    "targets": _target_rows,
    "suitability": _suitable_rows,
    "index": _index_rows,
}
