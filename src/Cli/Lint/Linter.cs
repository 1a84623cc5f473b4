using System.Text.Json;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Lint;

/// <summary>Finds what is wrong with documents of Slipway's kinds, without a cluster: each by itself, and what they say of each other.</summary>
internal static class Linter
{
    /// <summary>All findings, in the order of the documents and of their lines.</summary>
    public static IReadOnlyList<Finding> Check(IReadOnlyList<LintedDocument> documents)
    {
        var findings = new List<Finding>();
        var sound = new List<LintedDocument>();
        foreach (var document in documents.Where(d => OwnKindCheck.IsOfGroup(d.Document)))
        {
            var causes = OwnKindCheck.Check(document.Document);
            findings.AddRange(causes.Select(c => document.Find(c.Field, c.Message)));
            if (causes.Count == 0) sound.Add(document);
        }

        var places = new Dictionary<string, Dictionary<string, FlowSpec>>(StringComparer.Ordinal);
        foreach (var document in sound.Where(d => d.Document.Kind == nameof(Flow)))
        {
            if (!places.TryGetValue(document.Document.Namespace, out var flows)) places[document.Document.Namespace] = flows = new(StringComparer.Ordinal);
            if (!flows.TryAdd(document.Document.Name, document.Document.Deserialize(KindsJson.Default.Flow)!.Spec))
                findings.Add(document.Find("metadata.name", $"there is another flow {document.Document.Name} among these files; the one that is applied last would count"));
        }

        foreach (var document in sound)
        {
            if (document.Document.Kind == nameof(Flow)) findings.AddRange(CheckFlow(document, places[document.Document.Namespace]));
            else if (document.Document.At("spec.flow").AsText() is { } name && FlowsOf(document, name) is { } flows) findings.AddRange(CheckUse(document, flows[name], flows));
        }

        var order = documents.Select(d => d.File).Distinct().Select((file, i) => (file, i)).ToDictionary();
        return [.. findings.OrderBy(f => order[f.File]).ThenBy(f => f.Position?.Line).ThenBy(f => f.Position?.Column)];

        // Flows of one name may be for several namespaces; a test, or a run whose namespace is not said, may be of any.
        Dictionary<string, FlowSpec>? FlowsOf(LintedDocument document, string flow) =>
            places.GetValueOrDefault(document.Document.Namespace) is { } own && own.ContainsKey(flow) ? own
            : document.Document.Namespace.Length == 0 ? places.Values.FirstOrDefault(p => p.ContainsKey(flow)) : null;
    }

    private static IEnumerable<Finding> CheckFlow(LintedDocument document, Dictionary<string, FlowSpec> flows)
    {
        var flow = document.Document.Deserialize(KindsJson.Default.Flow)!.Spec;
        foreach (var advice in FlowAdvice.Of(flow)) yield return document.Find(advice.Field, advice.Message, isError: false);

        var called = new Dictionary<string, FlowSpec>(StringComparer.Ordinal);
        Collect(flow);
        foreach (var (field, name) in Calls(flow).Where(c => !flows.ContainsKey(c.Flow)))
            yield return document.Find(field, $"the flow {name} is not among these files, so that what it is given and what is read of it was not checked", isError: false);
        if (called.Count == 0) yield break;
        foreach (var cause in FlowRules.Validate(flow, new RunDefinition(flow, called))) yield return document.Find(cause.Field, cause.Message);

        void Collect(FlowSpec caller)
        {
            foreach (var (_, name) in Calls(caller))
                if (flows.TryGetValue(name, out var target) && called.TryAdd(name, target)) Collect(target);
        }
    }

    private static IEnumerable<(string Field, string Flow)> Calls(FlowSpec flow) =>
        from task in FlowRules.FieldsOf(flow) where task.Task.Flow is not null select ($"{task.Field}.flow", task.Task.Flow);

    /// <summary>What a run or a test says of a flow that the flow does not know.</summary>
    private static IEnumerable<Finding> CheckUse(LintedDocument document, FlowSpec flow, Dictionary<string, FlowSpec> flows)
    {
        if (document.Document.Kind == nameof(FlowTest))
            return FlowTestRules.Validate(document.Document.Deserialize(KindsJson.Default.FlowTest)!.Spec, new RunDefinition(flow, flows)).Select(c => document.Find(c.Field, c.Message));
        if (document.Document.Kind != nameof(FlowRun)) return [];
        var given = document.Document.Object("spec")!.Object("params")?.ToDictionary(p => p.Key, p => p.Value);
        if (FlowRunRules.ResolveParams(flow, given).Problem is not { } problem) return [];
        var colon = problem.IndexOf(": ", StringComparison.Ordinal);
        return [document.Find(problem[..colon], problem[(colon + 2)..])];
    }
}
