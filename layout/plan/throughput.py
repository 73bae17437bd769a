"""What served compute gets done: tokens a second, training runs a year and days of one (R6)."""

from __future__ import annotations

from collections.abc import Iterator

from layout.plan.ledger import Ledger
from layout.plan.weighing import Figure, quotient
from layout.units import HOURS_PER_YEAR

SECONDS_PER_HOUR = 3600


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Of every class of work that says what an EFLOPS, or one run, comes to.

    ``tokens_per_s_of_<workload>``: served EFLOPS · ``tokens_per_s_per_eflops``.
    ``runs_per_year_of_<workload>``: served EFLOPS · seconds of a year / ``run_eflop``.
    ``run_days_of_<workload>``: ``run_eflop`` over the most that one site serves of the class, days;
    None where nothing of it is served. Both columns are of the base year: with ``efficiency_gain``
    the same compute gets more done every year after it.
    """
    if ledger.base:
        return
    model, service = ledger.model, ledger.service
    years = max(0, ledger.year - model.settings.base_year)
    at_site = service.groupby(["workload", "site"])["served_eflops"].sum()
    of_work = at_site.groupby("workload")
    served, most = of_work.sum(), of_work.max()
    names = ("efficiency_gain", "tokens_per_s_per_eflops", "run_eflop")
    numbers = model["workloads"][list(names)].to_numpy(dtype=float)
    for work, (gain, tokens_per_s, run) in zip(
        model["workloads"]["workload"], numbers, strict=True
    ):
        gained = (1 - gain) ** -years
        eflops, largest = (gained * float(one.get(work, 0.0)) for one in (served, most))
        if tokens_per_s > 0:
            yield f"tokens_per_s_of_{work}", eflops * tokens_per_s, "tokens/s"
        if run > 0:
            runs = eflops * HOURS_PER_YEAR * SECONDS_PER_HOUR / run
            yield f"runs_per_year_of_{work}", runs, "runs/year"
            days = quotient(run, largest * 24 * SECONDS_PER_HOUR)
            yield f"run_days_of_{work}", days, "days"
