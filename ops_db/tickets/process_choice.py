"""Which process a ticket takes: the one question both the opening of a ticket and a rule's try-out put to the rules."""

from __future__ import annotations


def first_rule(
    columns: str, *, project: str, area: str, trade: str, category: str, is_public_area: str, severity: str
) -> str:
    """A subquery for `columns` of the first rule, by position, of which everything it names is true.

    Each term is an SQL expression; where it is null the ticket does not tell, and a rule that asks for it does not fit.
    """
    return f"""
        (select {columns} from ops.process_rule as rule
         where (rule.project_id = {project} or rule.project_id is null)
           and (rule.area_id = {area} or rule.area_id is null)
           and (rule.trade = {trade} or rule.trade is null)
           and (rule.category_code = {category} or rule.category_code is null)
           and (rule.is_public_area = {is_public_area} or rule.is_public_area is null)
           and (rule.severity = {severity} or rule.severity is null)
         order by rule.position limit 1)"""  # noqa: S608  The terms are SQL of ours, never what somebody typed.
