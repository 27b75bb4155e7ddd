"""The state machines of Vigía, by the name of the thing they move."""

from collections.abc import Mapping

from workflows.action import ActionWorkflow
from workflows.annual_plan import AnnualPlanWorkflow
from workflows.audit import AuditWorkflow
from workflows.base import Workflow
from workflows.change_request import ChangeRequestWorkflow
from workflows.finding import FindingWorkflow
from workflows.plan import PlanWorkflow
from workflows.publication import PublicationWorkflow

WORKFLOWS: Mapping[str, type[Workflow]] = {
    "audit": AuditWorkflow,
    "finding": FindingWorkflow,
    "plan": PlanWorkflow,
    "action": ActionWorkflow,
    "change_request": ChangeRequestWorkflow,
    "publication": PublicationWorkflow,
    "annual_plan": AnnualPlanWorkflow,
}
