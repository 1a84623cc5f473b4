using System.Text.Json;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Manifests;

/// <summary>The flows of some files, and what they call of each other.</summary>
internal sealed class FlowFiles
{
    private readonly Dictionary<string, Manifest> flows = new(StringComparer.Ordinal);

    /// <exception cref="CommandException">A flow is not sound, or is there twice.</exception>
    public FlowFiles(IEnumerable<Manifest> manifests)
    {
        foreach (var manifest in manifests.Where(m => OwnKindCheck.IsOfGroup(m.Document) && m.Document.Kind == nameof(Flow)))
        {
            if (OwnKindCheck.Check(manifest.Document) is { Count: > 0 } causes)
                throw manifest.Refusal(causes);
            if (!flows.TryAdd(manifest.Document.Name, manifest))
                throw new CommandException($"{manifest.Source}: there is another flow {manifest.Document.Name} in {flows[manifest.Document.Name].Source}");
        }
    }

    /// <summary>Names of the flows.</summary>
    public IReadOnlyCollection<string> Names => flows.Keys;

    /// <summary>The document of a flow; null if there is none.</summary>
    public Manifest? Find(string name) => flows.GetValueOrDefault(name);

    /// <summary>A flow with all that it calls, checked as a whole.</summary>
    /// <exception cref="CommandException">A flow that is called is not there, or what it is given does not fit.</exception>
    public RunDefinition Definition(string name)
    {
        var called = new Dictionary<string, FlowSpec>(StringComparer.Ordinal);
        var definition = new RunDefinition(Spec(name), called);
        Collect(name, definition.Flow, called);
        return FlowRules.Validate(definition.Flow, definition) is { Count: > 0 } causes ? throw flows[name].Refusal(causes) : definition;
    }

    private void Collect(string name, FlowSpec caller, Dictionary<string, FlowSpec> called)
    {
        foreach (var target in caller.WrittenTasks.Select(t => t.Flow).OfType<string>().Where(t => !called.ContainsKey(t)))
        {
            if (!flows.ContainsKey(target))
                throw new CommandException($"{flows[name].Source}: the flow {target}, which a task calls, is not among these files; name its file too");
            called[target] = Spec(target);
            Collect(target, called[target], called);
        }
    }

    private FlowSpec Spec(string name) => flows[name].Document.Deserialize(KindsJson.Default.Flow)!.Spec;
}
