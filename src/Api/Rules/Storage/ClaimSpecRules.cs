using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Storage;

/// <summary>The rules of what a claim asks for, in a claim or in a template of one.</summary>
internal static class ClaimSpecRules
{
    private static readonly string[] AccessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    public static void Validate(JsonObject spec, string path, List<StatusCause> causes)
    {
        if (spec.Array("accessModes") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{path}.accessModes", "at least 1 access mode is required"));
        SelectorRules.Validate(spec.Object("selector"), $"{path}.selector", causes);
        Modes(spec.Array("accessModes"), $"{path}.accessModes", causes);
        var storage = spec.Object("resources")?.Object("requests")?["storage"];
        if (storage is null) causes.Add(StatusCause.Required($"{path}.resources[storage]"));
        else if (ResourceRules.Read(storage) is { Sign: <= 0 } amount) causes.Add(StatusCause.Invalid($"{path}.resources[storage]", Quote(amount.ToString()), "must be greater than zero"));
        Grammar(spec, "storageClassName", Names.SubdomainError, path, causes);
        Grammar(spec, "volumeAttributesClassName", Names.SubdomainError, path, causes);
        Supported(spec, "volumeMode", ["Block", "Filesystem"], path, causes);
        Sources(spec, path, causes);
    }

    /// <summary>Adds what is wrong with a list of access modes.</summary>
    public static void Modes(JsonArray? modes, string path, List<StatusCause> causes)
    {
        foreach (var mode in modes ?? [])
            if (!AccessModes.Contains(mode.AsText())) causes.Add(StatusCause.NotSupported(path, mode.Shown(), AccessModes));
        var single = modes?.Any(m => m.AsText() == "ReadWriteOncePod") == true;
        if (single && modes!.Any(m => m.AsText() != "ReadWriteOncePod" && AccessModes.Contains(m.AsText()))) causes.Add(StatusCause.Forbidden(path, "may not use ReadWriteOncePod with other access modes"));
    }

    private static void Sources(JsonObject spec, string path, List<StatusCause> causes)
    {
        var (old, current) = (spec.Object("dataSource"), spec.Object("dataSourceRef"));
        if (old is not null) Source(old, $"{path}.dataSource", causes);
        if (current is not null) Source(current, $"{path}.dataSourceRef", causes);
        if (current?.Text("namespace") is { Length: > 0 } ns)
        {
            if (Names.LabelError(ns) is { } error) causes.Add(StatusCause.Invalid($"{path}.dataSourceRef.namespace", Quote(ns), error));
            if (old is not null) causes.Add(StatusCause.Invalid(path, Quote($"{path}.dataSource"), "may not be specified when dataSourceRef.namespace is specified"));
        }
        else if (old is not null && current is not null && (Text("apiGroup") || Text("kind") || Text("name")))
        {
            causes.Add(StatusCause.Invalid(path, Quote($"{path}.dataSource"), "must match dataSourceRef"));
        }

        bool Text(string name) => (old.Text(name) ?? "") != (current.Text(name) ?? "");
    }

    private static void Source(JsonObject source, string path, List<StatusCause> causes)
    {
        Required(source, "name", path, causes);
        Required(source, "kind", path, causes);
        if (string.IsNullOrEmpty(source.Text("apiGroup")) && source.Text("kind") != "PersistentVolumeClaim")
            causes.Add(StatusCause.Invalid(path, Quote(source.Text("kind") ?? ""), "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
        Grammar(source, "apiGroup", Names.SubdomainError, path, causes);
    }
}
