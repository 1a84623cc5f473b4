using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Selectors;

namespace Slipway.Api.Kinds;

/// <summary>Rules of a flow's triggers.</summary>
internal static class FlowTriggerRules
{
    private const string Root = "event";

    private static readonly CelType OfFlow = CelType.Object(Root, new Dictionary<string, CelType>
    {
        ["run"] = CelType.String,
        ["flow"] = CelType.String,
        ["phase"] = CelType.String,
        ["message"] = CelType.String,
        ["params"] = CelType.Dyn,
        ["values"] = CelType.Dyn,
    });

    private static readonly CelType OfWebhook = CelType.Object(Root, new Dictionary<string, CelType>
    {
        ["id"] = CelType.String,
        ["body"] = CelType.Dyn,
        ["headers"] = CelType.Dyn,
    });

    private static readonly CelType OfResource = CelType.Object(Root, new Dictionary<string, CelType>
    {
        ["type"] = CelType.String,
        ["object"] = CelType.Dyn,
        ["oldObject"] = CelType.Dyn,
    });

    private static readonly CelType OfFiles = CelType.Object(Root, new Dictionary<string, CelType>
    {
        ["name"] = CelType.String,
        ["path"] = CelType.String,
        ["size"] = CelType.Int,
        ["modified"] = CelType.Timestamp,
    });

    private static readonly CelType OfBucket = CelType.Object(Root, new Dictionary<string, CelType>
    {
        ["bucket"] = CelType.String,
        ["key"] = CelType.String,
        ["name"] = CelType.String,
        ["size"] = CelType.Int,
        ["modified"] = CelType.Timestamp,
        ["etag"] = CelType.String,
    });

    private static readonly string[] Changes = [ResourceTrigger.Added, ResourceTrigger.Modified, ResourceTrigger.Deleted];

    private static readonly string[] Ends = [FlowPhase.Succeeded, FlowPhase.Failed];

    /// <summary>No flow may be started by its own end. Circles of several flows are not seen: each flow is looked at alone.</summary>
    /// <param name="name">Name of the flow; null where it is not known.</param>
    /// <param name="spec">The flow.</param>
    /// <param name="causes">Where what is wrong goes.</param>
    public static void CheckOwnEnd(string? name, FlowSpec spec, List<StatusCause> causes)
    {
        for (var i = 0; i < (spec.Triggers?.Count ?? 0); i++)
        {
            if (spec.Triggers![i].Flow?.Name is { Length: > 0 } other && other == name)
                causes.Add(StatusCause.Invalid($"spec.triggers[{i}].flow.name", $"\"{other}\"", "a flow that each of its runs starts again never ends; use repeat in a task, or a schedule"));
        }
    }

    public static void Check(FlowSpec spec, List<StatusCause> causes)
    {
        for (var i = 0; i < (spec.Triggers?.Count ?? 0); i++)
        {
            var (path, trigger) = ($"spec.triggers[{i}]", spec.Triggers![i]);
            if (spec.Triggers.Take(i).Any(t => t.Name == trigger.Name))
                causes.Add(StatusCause.Duplicate($"{path}.name", $"\"{trigger.Name}\""));
            if (new object?[] { trigger.Flow, trigger.Webhook, trigger.Resource, trigger.Files, trigger.Bucket }.Count(source => source is not null) != 1)
                causes.Add(StatusCause.Required(path, "must have one of flow, webhook, resource, files and bucket, which says what starts a run"));
            var type = TypeOf(trigger);
            CheckChoice($"{path}.flow.phases", trigger.Flow?.Phases, Ends, causes);
            CheckChoice($"{path}.resource.changes", trigger.Resource?.Changes, Changes, causes);
            CheckSelector($"{path}.resource.labelSelector", trigger.Resource?.LabelSelector, causes);
            CheckFiles($"{path}.files", trigger.Files, causes);
            CheckBucket($"{path}.bucket", trigger.Bucket, causes);
            FlowPodRules.CheckAccount($"{path}.resource.serviceAccountName", trigger.Resource?.ServiceAccountName, causes);
            if (trigger.When is { } when)
                CheckCondition($"{path}.when", when, type, causes);
            CheckParams($"{path}.params", trigger, spec, type, causes);
        }
    }

    private static CelType TypeOf(FlowTrigger trigger) => trigger switch
    {
        { Webhook: not null } => OfWebhook,
        { Resource: not null } => OfResource,
        { Files: not null } => OfFiles,
        { Bucket: not null } => OfBucket,
        _ => OfFlow,
    };

    private static void CheckChoice(string path, List<string>? chosen, string[] known, List<StatusCause> causes)
    {
        if (chosen is { Count: 0 })
            causes.Add(StatusCause.Invalid(path, "[]", $"nothing would ever start a run; leave it out, or name some of {string.Join(", ", known)}"));
        for (var i = 0; i < (chosen?.Count ?? 0); i++)
        {
            if (!known.Contains(chosen![i]))
                causes.Add(StatusCause.NotSupported($"{path}[{i}]", $"\"{chosen[i]}\"", known));
        }
    }

    private static void CheckSelector(string path, string? selector, List<StatusCause> causes)
    {
        try
        {
            LabelSelector.Parse(selector ?? "");
        }
        catch (ApiException e)
        {
            causes.Add(StatusCause.Invalid(path, JsonValue.Create(selector!).ToJsonString(), e.Message));
        }
    }

    private static void CheckFiles(string path, FilesTrigger? files, List<StatusCause> causes)
    {
        if (files?.Directory.Split('/').Contains("..") == true)
            causes.Add(StatusCause.Invalid($"{path}.directory", JsonValue.Create(files.Directory).ToJsonString(), "must not contain .."));
        CheckPattern($"{path}.pattern", files?.Pattern, "is compared with the names of files, which have no /", causes);
        if (files?.Directory.Contains('\0', StringComparison.Ordinal) == true)
            causes.Add(StatusCause.Invalid($"{path}.directory", JsonValue.Create(files.Directory).ToJsonString(), "must not contain the character NUL, which no name has"));
        CheckInterval($"{path}.interval", files?.Interval, causes);
    }

    private static void CheckBucket(string path, BucketTrigger? bucket, List<StatusCause> causes)
    {
        if (bucket is null)
            return;
        if (bucket.Endpoint.Length > 0)
            ArtifactStoreRules.CheckEndpoint($"{path}.endpoint", bucket.Endpoint, causes);
        CheckPattern($"{path}.pattern", bucket.Pattern, "is compared with what follows the last / of a key; name what comes before in prefix", causes);
        CheckInterval($"{path}.interval", bucket.Interval, causes);
    }

    private static void CheckPattern(string path, string? pattern, string why, List<StatusCause> causes)
    {
        if (pattern?.Contains('/', StringComparison.Ordinal) == true)
            causes.Add(StatusCause.Invalid(path, JsonValue.Create(pattern).ToJsonString(), why));
    }

    private static void CheckInterval(string path, string? interval, List<StatusCause> causes)
    {
        if (interval is not null && !LookInterval.TryParse(interval, out _))
            causes.Add(StatusCause.Invalid(path, JsonValue.Create(interval).ToJsonString(), $"{FlowDuration.Form}, from 1s to 24h"));
    }

    private static void CheckParams(string path, FlowTrigger trigger, FlowSpec spec, CelType type, List<StatusCause> causes)
    {
        foreach (var (name, value) in trigger.Params ?? [])
        {
            if (spec.Params.TrueForAll(p => p.Name != name))
                causes.Add(StatusCause.Invalid($"{path}.{name}", $"\"{name}\"", $"the flow has no such parameter{NearestName.Hint(name, spec.Params.Select(p => p.Name))}"));
            CheckValue($"{path}.{name}", value, type, causes);
        }

        foreach (var parameter in spec.Params)
        {
            if (parameter.Default is null && trigger.Params?.ContainsKey(parameter.Name) != true)
                causes.Add(StatusCause.Required($"{path}.{parameter.Name}", "the parameter has no default, so the trigger must set it"));
        }
    }

    private static void CheckValue(string path, JsonNode? value, CelType type, List<StatusCause> causes)
    {
        foreach (var (field, text) in FlowExpressions.TextsOf(path, value))
        {
            try
            {
                foreach (var expression in FlowTemplate.Parse(text).Expressions)
                    TypeOf(field, expression, type, causes);
            }
            catch (CelSyntaxException e)
            {
                causes.Add(StatusCause.Invalid(field, JsonValue.Create(text).ToJsonString(), $"is no expression: {e.Message}"));
            }
        }
    }

    private static void CheckCondition(string path, string text, CelType type, List<StatusCause> causes)
    {
        try
        {
            var expression = CelExpression.Parse(text);
            if (TypeOf(path, expression, type, causes) is { } found)
                FlowTypeRules.CheckCondition(path, expression, found, causes);
        }
        catch (CelSyntaxException e)
        {
            causes.Add(StatusCause.Invalid(path, $"\"{text}\"", $"is no expression: {e.Message}"));
        }
    }

    /// <summary>The type of an expression; null if something is wrong with it, which is told.</summary>
    private static CelType? TypeOf(string path, CelExpression expression, CelType type, List<StatusCause> causes)
    {
        foreach (var reference in FlowReferences.Find(expression.Root))
        {
            var problem = reference.Root != Root ? $"there is no {reference.Root}{NearestName.Hint(reference.Root, [Root])}; an expression of a trigger knows event"
                : reference.Path is [var field, ..] && !type.Fields.ContainsKey(field) ? $"event has no {field}{NearestName.Hint(field, type.Fields.Keys)}; it has {string.Join(", ", type.Fields.Keys)}"
                : null;
            if (problem is null)
                continue;
            causes.Add(StatusCause.Invalid(path, FlowTypeRules.Quoted(expression), problem));
            return null;
        }

        return FlowTypeRules.TypeOf(path, expression, CelEnvironment.Everything.With([new CelVariable(Root, type)]), causes);
    }
}
