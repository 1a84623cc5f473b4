using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What the expressions of a trigger read.</summary>
internal static class TriggerExpressions
{
    /// <summary>Whether any of them reads a field of <c>event</c>, or all of it. An expression that is none reads nothing.</summary>
    public static bool Read(FlowTrigger trigger, string field)
    {
        try
        {
            var parameters = (trigger.Params ?? []).SelectMany(p => FlowExpressions.TextsOf(p.Key, p.Value)).SelectMany(t => FlowTemplate.Parse(t.Text).Expressions);
            var all = trigger.When is { } when ? parameters.Append(CelExpression.Parse(when)) : parameters;
            return all.SelectMany(e => FlowReferences.Find(e.Root)).Any(r => r.Path.Count == 0 || r.Path[0] == field);
        }
        catch (CelSyntaxException)
        {
            return false;
        }
    }
}
