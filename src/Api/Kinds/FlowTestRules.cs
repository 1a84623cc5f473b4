using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>What a FlowTest must fulfil beyond its schema, and what it must fulfil for a flow.</summary>
public static class FlowTestRules
{
    /// <summary>The causes to refuse a document.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        FlowTest? test;
        try
        {
            test = document.Deserialize(KindsJson.Default.FlowTest);
        }
        catch (JsonException)
        {
            return []; // of a type that the schema refuses by itself
        }

        var causes = new List<StatusCause>();
        foreach (var (path, fake) in test?.Spec.Fakes ?? [])
        {
            if (TaskPath.TryParse(path) is null)
                causes.Add(StatusCause.Invalid($"spec.fakes.{path}", $"\"{path}\"", "must be the path of a task, such as clean, clean[3] or etl.clean"));
            foreach (var (name, file) in (fake?.Files ?? []).Where(f => !IsText(f.Value) && (f.Value as JsonObject)?.All(e => IsText(e.Value)) != true))
                causes.Add(StatusCause.Invalid($"spec.fakes.{path}.files.{name}", CelJson.ToCompactJson(file), "must be a text or, for a directory, a map from the paths of its files to their texts, such as { a.csv: \"1\" }"));
        }

        for (var i = 0; i < (test?.Spec.Checks?.Count ?? 0); i++)
        {
            var check = test!.Spec.Checks![i];
            try
            {
                CelExpression.Parse(check);
            }
            catch (CelSyntaxException e)
            {
                causes.Add(StatusCause.Invalid($"spec.checks[{i}]", $"\"{check}\"", $"is no expression: {e.Message}"));
            }
        }

        return causes;
    }

    private static bool IsText(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String;

    /// <summary>What a test says of a flow that the flow does not have.</summary>
    /// <param name="test">The test.</param>
    /// <param name="definition">The flow, with those that it calls as far as they are known.</param>
    public static IReadOnlyList<StatusCause> Validate(FlowTestSpec test, RunDefinition definition)
    {
        var causes = new List<StatusCause>();
        if (FlowRunRules.ResolveParams(definition.Flow, test.Params).Problem is { } problem && problem.IndexOf(": ", StringComparison.Ordinal) is var colon)
            causes.Add(new StatusCause("FieldValueInvalid", problem[..colon], problem[(colon + 2)..]));
        foreach (var (path, fake) in test.Fakes ?? [])
            Check(path, fake, definition, causes);
        for (var i = 0; i < (test.Checks?.Count ?? 0); i++)
            Check($"spec.checks[{i}]", CelExpression.Parse(test.Checks![i]), definition, causes);
        return causes;
    }

    private static void Check(string path, TaskFake fake, RunDefinition definition, List<StatusCause> causes)
    {
        var field = $"spec.fakes.{path}";
        if (TaskPath.TryParse(path) is not { } place || definition.Find(place) is not var (_, task))
        {
            causes.Add(StatusCause.Invalid(field, $"\"{path}\"", $"the flow has no such task{NearestName.Hint(path, definition.Flow.WrittenTasks.Select(t => t.Name))}"));
            return;
        }

        if (task.IsCall)
            causes.Add(StatusCause.Invalid(field, $"\"{path}\"", $"is a call; name a task in it, such as {path}.TASK"));
        Names("values", fake.Values?.Keys, task.Outputs?.Values?.Keys);
        Names("files", fake.Files?.Keys, task.Outputs?.Files?.Keys);
        foreach (var missing in (task.Outputs?.Values?.Keys ?? Enumerable.Empty<string>()).Where(v => !fake.Fails(int.MaxValue) && fake.Values?.ContainsKey(v) != true))
            causes.Add(StatusCause.Required($"{field}.values.{missing}", "the task leaves it, so what stands for it must"));

        void Names(string kind, IEnumerable<string>? given, IEnumerable<string>? declared)
        {
            foreach (var name in (given ?? []).Except(declared ?? []))
                causes.Add(StatusCause.Invalid($"{field}.{kind}.{name}", $"\"{name}\"", $"task {task.Name} has no {name} under outputs.{kind}{NearestName.Hint(name, declared ?? [])}"));
        }
    }

    /// <summary>A check is read like the condition of a task of always.</summary>
    private static void Check(string field, CelExpression check, RunDefinition definition, List<StatusCause> causes) =>
        FlowExpressionRules.Check(field, new FlowExpression("when", check, ExpressionMoment.Task), new ExpressionScope(definition.Flow, definition.Flow, definition, new FlowTask(), GroupStage.Always), causes);
}
