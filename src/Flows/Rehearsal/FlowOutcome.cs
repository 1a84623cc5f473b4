using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What a condition on the end of a run came to.</summary>
/// <param name="Text">The condition.</param>
/// <param name="Problem">What it is in place of true; null if it is true.</param>
/// <param name="Facts">What it refers to, with the values.</param>
public sealed record FlowCheck(string Text, string? Problem, IReadOnlyList<KeyValuePair<string, string>> Facts);

/// <summary>What a run has come to, for conditions on it.</summary>
public sealed class FlowOutcome
{
    private const int FactLength = 400;

    private readonly GroupState root;

    private FlowOutcome(RunView end, string phase, string? message)
    {
        root = GroupState.OfRun(new PlanContext(end));
        Phase = phase;
        Message = message ?? "";
    }

    /// <summary>Phase of the run.</summary>
    public string Phase { get; }

    /// <summary>Why it has failed, in one line; empty if it has not.</summary>
    public string Message { get; }

    /// <summary>The outcome of a rehearsal.</summary>
    public static FlowOutcome Of(FlowRehearsal rehearsal) => new(rehearsal.End, rehearsal.Status.Phase, rehearsal.Status.Message);

    /// <summary>The outcome of a run that has ended.</summary>
    /// <param name="start">The run before it began.</param>
    /// <param name="record">The run with its attempts, as the API of the ledger shows it.</param>
    public static FlowOutcome Of(RunView start, JsonObject record)
    {
        var end = start with
        {
            Attempts = [.. record["attempts"]!.AsArray().Select(a => AttemptJson.Parse(a!.AsObject()))],
            Start = AttemptJson.Time(record, "startTime") ?? start.Start,
            Now = AttemptJson.Time(record, "completionTime") ?? start.Now,
        };
        return new(end, (string?)record["phase"] ?? "", (string?)record["message"]);
    }

    /// <summary>Evaluates a condition, which must be an expression.</summary>
    public FlowCheck Check(string text)
    {
        var expression = CelExpression.Parse(text);
        var scope = root.Scope.AtTheEnd();
        var problem = expression.Evaluate(scope) switch
        {
            CelBool { Value: true } => null,
            CelBool => "is false",
            CelError error => $"has no value: {error.Message}",
            var other => $"must be true or false, but is of type {other.TypeName}",
        };
        return new FlowCheck(text, problem, problem is null ? [] : [.. FlowReferences.Find(expression.Root).Select(Name).Distinct().Select(n => KeyValuePair.Create(n, Shown(CelExpression.Parse(n).Evaluate(scope))))]);
    }

    /// <summary>A reference as an expression: <c>tasks['make-report'].values.rows</c>. What comes after that may lie in an item of a list, whose index it does not say.</summary>
    private static string Name(FlowReference reference) => reference.Root + string.Concat(reference.Path.Take(reference is { Root: "tasks", Path: [_, "values" or "files", ..] } ? 3 : 2).Select(p => p.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? $".{p}" : $"['{p}']"));

    private static string Shown(CelValue value)
    {
        try
        {
            var text = value is CelError error ? $"nothing: {error.Message}" : CelJson.ToCompactJson(CelJson.ToJson(value));
            return text.Length <= FactLength ? text : $"{text[..FactLength]}… ({text.Length} characters)";
        }
        catch (FormatException e)
        {
            return e.Message; // JSON has no word for it, such as for what a task has not written
        }
    }
}
