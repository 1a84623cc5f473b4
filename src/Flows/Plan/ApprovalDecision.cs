using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Decides what becomes of an item of a task with approve. What was decided becomes an attempt without a pod, so that the ledger keeps it.</summary>
internal static class ApprovalDecision
{
    public static void Decide(PlanContext context, GroupState group, TaskState state, ItemState item, bool isStopping)
    {
        if (item.Last is { } last)
        {
            (item.Phase, item.Message) = last.Succeeded ? (FlowPhase.Succeeded, null) : (FlowPhase.Failed, last.Message);
            return;
        }

        if (context.View.Approvals.FirstOrDefault(a => a.Task == item.Path.Text) is { } approval)
        {
            context.Decided.Add(Record(context.View, group, item, approval));
            return;
        }

        if (context.View.Fakes is { } fakes)
        {
            var approved = TaskFake.Find(fakes, item.Path)?.Fails(1) != true;
            context.Decided.Add(Record(context.View, group, item, new TaskApproval { Task = item.Path.Text, Approved = approved, By = "the test" }));
            return;
        }

        if (isStopping)
        {
            item.Phase = FlowPhase.Skipped;
            return;
        }

        if (PodTemplate.Text("approve.message", state.Task.Approve?.Message ?? "", group.Scope.ForItem(state, item), out var problem) is not { } question)
        {
            (item.Phase, item.Message) = (FlowPhase.Failed, $"{item.Path}: {problem}");
            return;
        }

        context.AwaitsDecision = true;
        item.Message = $"{item.Path} waits for approval{(question.Length > 0 ? $": {PodTrouble.OneLine(question)}" : "")} (slipway approve {context.View.Name} {item.Path.Argument})";
    }

    private static AttemptRecord Record(RunView view, GroupState group, ItemState item, TaskApproval approval)
    {
        var why = string.IsNullOrEmpty(approval.Message) ? "" : $": {PodTrouble.OneLine(approval.Message)}";
        return new AttemptRecord
        {
            Path = item.Path,
            Number = 1,
            Item = item.Item is null ? null : FlowScope.ItemText(item.Item),
            Pod = "",
            PodUid = "",
            Image = "",
            Params = CallParameters.Json(group.Params),
            End = approval.At is { } at ? new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)) : view.Now,
            Reason = approval.Approved ? AttemptReason.Succeeded : AttemptReason.Denied,
            Message = $"{item.Path} was {(approval.Approved ? "approved" : "denied")} by {approval.By}{why}",
        };
    }
}
