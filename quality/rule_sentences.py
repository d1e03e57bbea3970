"""What each rule is called, what it expects and what to do where it does not hold, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from quality.expectations import Filled, Fresh, Kept, Rare, Related, Rule, Steady, Unique, Volume, Within
from quality.reports import Finding, finding


@dataclass(frozen=True, slots=True)
class Sentence:
    """How one rule is put."""

    name: str
    expected: str
    advice: str
    advice_zh: str


# Long because every rule has its words here, side by side.
def sentence(rule: Rule, rows_before: int | None = None) -> Sentence:
    """The rule in words; `rows_before` are the rows of the previous build."""
    match rule:
        case Volume(at_least=at_least):
            return Sentence(
                "has_rows",
                f"at least {at_least:,} rows",
                "Look at the last landing of its source: anju feed land.",
                "请检查该来源最近一次接入：anju feed land。",
            )
        case Steady():
            return Sentence(
                "row_count_is_steady",
                _steady(rule, rows_before),
                "A batch is missing or was read twice: compare the manifests of the raw tables. If it is meant, move "
                "warehouse/current.json away and publish again: without a previous build nothing is compared.",
                "可能缺少批次或重复读取：请核对原始区清单。若确属预期，请移走 warehouse/current.json 后重新发布。",
            )
        case Kept(loss=loss):
            return Sentence(
                "rows_are_kept",
                f"at least {1 - loss:.0%} of the rows that came in",
                "Too many break a rule of the table: anju feed quarantine show names rule and rows.",
                "太多数据行不符合规则：请用 anju feed quarantine show 查看规则与数据行。",
            )
        case Unique(column=column):
            return Sentence(
                f"{column}_is_unique",
                f"each {column} once",
                "Two rows claim to be the same thing: correct them at their source and land again.",
                "两行数据指向同一对象：请在来源系统更正后重新接入。",
            )
        case Filled(column=column, share=share):
            return Sentence(
                f"{column}_is_filled",
                f"a {column} in at least {share:.1%} of the rows",
                "The source stopped sending it, or renamed it: check its contract.",
                "来源可能停止提供或更改了该字段：请检查数据契约。",
            )
        case Within(column=column, share=share):
            return Sentence(
                f"{column}_is_plausible",
                f"{column} {_range(rule)} in at least {share:.1%} of the rows",
                "Values of another unit or of another column are the usual cause: look at the examples.",
                "常见原因是单位或列错位：请查看示例值。",
            )
        case Rare(column=column, share=share):
            return Sentence(
                f"{column}_is_rare",
                f"{column} in at most {share:.1%} of the rows",
                "Look at the rows it marks: a faulty device or feed stands behind them.",
                "请查看被标记的行：通常是设备或接口故障。",
            )
        case Fresh(column=column, days=days):
            return Sentence(
                f"{column}_is_fresh",
                f"newest {column} at most {days} days old",
                "Nothing new came: check whether its source still sends.",
                "没有新数据：请检查来源是否仍在发送。",
            )
        case Related(column=column, to_table=to_table, to_column=to_column, share=share):
            return Sentence(
                f"{column}_is_known",
                f"{share:.1%} of {column} known as {to_table}.{to_column}",
                "The two systems spell or number the same thing differently: look at the examples.",
                "两个系统对同一对象的写法或编号不一致：请查看示例。",
            )


def broken(table: str, rule: Rule, observed: str, rows_before: int | None = None) -> Finding:
    """The finding that the rule does not hold."""
    put = sentence(rule, rows_before)
    return finding(
        put.name, table, observed, put.expected, rule.severity, advice=put.advice, advice_zh=put.advice_zh
    )  # fmt: skip


def could_not_run(table: str, rule: Rule, why: str) -> Finding:
    """The finding that nobody knows whether the rule holds, which is always an error."""
    put = sentence(rule)
    return finding(
        put.name, table, f"a check that could not run ({why})", put.expected, "error",
        advice="A check that could not run counts as failed: mend the table or the rule.",
        advice_zh="无法执行的检查视为未通过：请修复数据表或规则。",
    )  # fmt: skip


def _steady(rule: Steady, rows_before: int | None) -> str:
    if rows_before is None:
        return "as many rows as before"
    fewest, most = rule.bounds(rows_before)
    upto = "" if most is None else f" and at most {most:,}"
    return f"at least {fewest:,}{upto} rows after {rows_before:,} before"


def _range(rule: Within) -> str:
    if rule.high is None:
        return f"from {rule.low:,}"
    return f"up to {rule.high:,}" if rule.low is None else f"from {rule.low:,} to {rule.high:,}"
