"""What differs between two plans in words: cost with what is proved, carbon, places, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layout.cli.screen.grid import grid
from layout.cli.screen.heading import money
from layout.cli.screen.numbers import cell, known, number, precise
from layout.cli.screen.verdicts import asked
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names, word
from layout.study.comparing.input_differences import CHANGED, REMOVED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from layout.study.comparing.comparing import Comparison, Pair, Side

PLACES = 3
"""Places named that gain or lose the most."""
INPUTS = 8
"""Changed inputs told one by one; the others are counted."""
PROVINCES = 12
WORTH = 1e-3
"""Share of the greatest difference below which a province is not listed."""
DIGITS = 9
"""Characters of a number that is told as it was written."""
LONGEST = 80
"""Characters of an input that are told."""
LEAST = 5e-4
"""EFLOPS or kt below which a difference is not worth a word."""


def words(found: Comparison, pair: Pair, lang: str) -> list[str]:
    """The most telling differences of one plan from the first, a point each."""
    said = sentences(found, pair, lang)
    return [line for one in said for line in wrap(f"  · {one}", indent="    ")]


def sentences(found: Comparison, pair: Pair, lang: str) -> list[str]:
    """The most telling differences of one plan from the first, a sentence each."""
    side = _side(found, pair.compared)
    names = Names(side.model, lang)
    rows = of_pair(found["decisions"], pair.compared)
    said = [cost_sentence(pair, lang), *_nation(rows, names), *_places(rows, names)]
    return said + _verdicts(of_pair(found["targets"], pair.compared), names)


def _side(found: Comparison, label: str) -> Side:
    return next(side for side in found.sides if side.label == label)


def of_pair(table: pd.DataFrame, label: str) -> pd.DataFrame:
    """The rows of one pair."""
    return table[table["compared"] == label]


def cost_sentence(pair: Pair, lang: str) -> str:
    """How the costs differ; "no difference proved" where the gaps are as wide as that."""
    values: dict[str, Any] = {"first": clean(pair.first), "compared": clean(pair.compared)}
    change, low, high = pair.change_mcny, pair.least_mcny, pair.most_mcny
    if low is None or high is None:
        said = signed_money(change, lang)
        return text("compare.cost.open", lang, change=said, **values)
    values |= {"least": signed_money(low, lang), "most": signed_money(high, lang)}
    if not pair.proved:
        return text("compare.cost.none", lang, **values)
    key = "compare.cost.more" if low > 0 else "compare.cost.less"
    ends = sorted((abs(low), abs(high)))
    values |= {"least": money(ends[0], lang, precise), "most": money(ends[1], lang, precise)}
    return text(key, lang, change=money(abs(change or 0.0), lang, precise), **values)


def signed_money(value: float | None, lang: str) -> str:
    """Money with its sign."""
    if not known(value):
        return text("cli.unknown", lang)
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + money(abs(value), lang, precise)


def signed(value: float) -> str:
    """A number with its sign."""
    return ("+" if value > 0 else "−") + number(abs(value))


def _nation(rows: pd.DataFrame, names: Names) -> list[str]:
    """Carbon, compute in all and additions by kind, as far as they differ."""
    lang, own = names.lang, rows[rows["level"] == "nation"]
    said = []
    for row in own[own["change_value"].abs() > LEAST].to_dict("records"):
        quantity = row["quantity"]
        if quantity not in ("carbon_kt", "compute_eflops_fp32", "added_eflops"):
            continue
        what = text(f"compare.quantity.{quantity}", lang)
        if row["kind"]:
            what += f" ({names.kind(row['kind'])})"
        values = {name: number(row[f"{name}_value"]) for name in ("first", "compared")}
        change = signed(row["change_value"])
        unit = row["quantity_unit"]
        values |= {"year": row["year"], "what": what, "unit": unit, "change": change}
        said.append(text("compare.nation", lang, **values))
    return said


def _places(rows: pd.DataFrame, names: Names) -> list[str]:
    """The provinces with the most more and less compute, and sites that only one plan uses."""
    lang, said = names.lang, []
    last = rows["year"].max()
    fp32 = rows[(rows["quantity"] == "compute_eflops_fp32") & (rows["year"] == last)]
    home = fp32[fp32["level"] == "province"].sort_values(["change_value", "place"])
    for key, part in (("more", home.iloc[::-1]), ("less", home)):
        sign = 1 if key == "more" else -1
        part = part[sign * part["change_value"] > LEAST].head(PLACES)
        listed = [
            f"{names.province(row['place'])} {signed(row['change_value'])}"
            for row in part.to_dict("records")
        ]
        if listed:
            places = text("cli.comma", lang).join(listed)
            said.append(text(f"compare.places.{key}", lang, places=places))
    site = fp32[fp32["level"] == "site"]
    for key, none in (("opened", "first_value"), ("closed", "compared_value")):
        alone = sorted(names.site(place) for place in site[site[none] <= LEAST]["place"])
        if alone:
            shown = text("cli.comma", lang).join(alone[:INPUTS])
            more = "" if len(alone) <= INPUTS else " …"
            values = {"sites": shown + more, "count": len(alone)}
            said.append(text(f"compare.sites.{key}", lang, **values))
    return said


def _verdicts(rows: pd.DataFrame, names: Names) -> list[str]:
    """Targets whose verdict is another one."""
    lang, said = names.lang, []
    for row in rows[rows["change"] != ""].to_dict("records"):
        before, after = (
            word(f"cli.verdict.{row[name]}", lang, str(row[name]) or "–")
            for name in ("first_status", "compared_status")
        )
        values = {"target": clean(row["target"]), "year": row["year"]}
        said.append(text("compare.verdict", lang, before=before, after=after, **values))
    return said


def input_words(found: Comparison, label: str, lang: str) -> list[str]:
    """Which inputs differ: each of a few, the others counted."""
    said, told = input_sentences(found, label, lang)
    lines = wrap(said, indent="  ")
    for one in told:
        lines += wrap(f"  · {one}", indent="    ")
    count = len(of_pair(found["inputs"], label)) - len(told)
    if count:
        lines.append("  " + text("cli.more.in", lang, count=count, file="inputs.csv"))
    return lines


def input_sentences(found: Comparison, label: str, lang: str) -> tuple[str, list[str]]:
    """How many inputs differ, and a few of them in a sentence each."""
    rows = of_pair(found["inputs"], label)
    if rows.empty:
        return text("compare.inputs.none", lang), []
    counts = rows["part"].value_counts().sort_index()
    listed = [f"{_part(str(part), lang)} {count}" for part, count in counts.items()]
    said = text("compare.inputs", lang, count=len(rows), parts=text("cli.comma", lang).join(listed))
    told = []
    for row in _telling_inputs(rows):
        where = row["key"] if row["part"] == "settings" else f"{row['part']}[{row['key']}]"
        where += f".{row['column']}" if row["column"] else ""
        values = {"where": clean(where), "change": text(f"compare.change.{row['change']}", lang)}
        values |= {name: _value(row[f"{name}_text"]) for name in ("first", "compared")}
        told.append(text("compare.input", lang, **values | _whole_target(found, row, lang)))
    return said, told


def _whole_target(found: Comparison, row: Mapping[str, Any], lang: str) -> dict[str, str]:
    """What a target asks that only one of the two has, in words; empty for another row."""
    if row["change"] == CHANGED or not row["key"].startswith("targets."):
        return {}
    name = "first" if row["change"] == REMOVED else "compared"
    model = (found.sides[0] if name == "first" else _side(found, row["compared"])).model
    target = {f"targets.{one.id}": one for one in model.settings.targets}.get(row["key"])
    return {} if target is None else {name: asked(target.model_dump(), Names(model, lang))}


def _telling_inputs(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Settings first, then a few cells of each table in turn, so that no table hides another."""
    number = rows.groupby("part").cumcount()
    order = number.mask(rows["part"] == "settings", -1)
    first = rows.loc[order.sort_values(kind="stable").index].head(INPUTS)
    return _records(first)


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    found: Any = rows.to_dict("records")
    return list(found)


def _value(said: str) -> str:
    """An input as it is told: a long number with six digits, a long text cut."""
    try:
        return clean(said) if 0 < len(said) <= DIGITS else precise(float(said))
    except ValueError:
        return clean(said if len(said) <= LONGEST else said[: LONGEST - 1] + "…") or "–"


def _part(part: str, lang: str) -> str:
    return word(f"table.{part}", lang, text("compare.settings", lang))


def province_table(found: Comparison, pair: Pair, lang: str) -> list[str]:
    """Compute and cost of the provinces that differ the most, side by side."""
    rows = of_pair(found["decisions"], pair.compared)
    names = Names(_side(found, pair.compared).model, lang)
    last = rows["year"].max()
    own = rows[(rows["level"] == "province") & (rows["year"] == last) & (rows["kind"] == "")]
    wide = own.pivot(index="place", columns="quantity")
    table = wide["change_value"].abs().fillna(0.0)
    if "compute_eflops_fp32" not in table:
        return []
    order = table.sort_values("compute_eflops_fp32", ascending=False, kind="stable").index
    worth = (table > table.max() * WORTH) & (table > LEAST)
    moved = [place for place in order if worth.loc[place].any()][:PROVINCES]
    header = [text("compare.column.place", lang)]
    columns = []
    for quantity in ("compute_eflops_fp32", "cost_mcny", "carbon_kt"):
        for side in ("first", "compared"):
            columns.append((side, quantity))
            header.append(
                f"{text(f'compare.short.{quantity}', lang)}\n{text(f'compare.side.{side}', lang)}"
            )
    body = [
        [
            names.province(str(place)),
            *(
                cell(wide.get((f"{side}_value", quantity), {}).get(place))
                for side, quantity in columns
            ),
        ]
        for place in moved
    ]
    return grid(header, body) if body else []
